"""One address's consent, and the ledger that proves it: every event one line, none ever changed."""

from __future__ import annotations

import hashlib

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.core import Core
from broadcast.heard import Inbound
from broadcast.language import N_, Speech
from broadcast.message import RichText
from broadcast.models import SOURCE_LONGEST, Address, ConsentEvent, ConsentStatus
from broadcast.outcome import Reason
from broadcast.store import evidence

WELCOME = N_(
    "*{sender}* sends announcements here. Would you like to receive them? Press the button or "
    "write YES. You can leave at any time by writing STOP."
)
KEPT = N_("For this we keep your name, language and address here, and use them for nothing else.")
PRIVACY = N_("How we treat your data: {url}")


class Agreement:
    """What one inbound does to one address, inside its transaction.

    An event that has already written its line changes nothing, so a redelivered opt-in cannot
    undo a later opt-out.
    """

    def __init__(
        self, core: Core, session: AsyncSession, inbound: Inbound, address: Address
    ) -> None:
        self._core, self._session = core, session
        self._inbound, self._address = inbound, address

    @property
    def given(self) -> bool:
        return self._address.consent == ConsentStatus.OPTED_IN

    def wording(self, speech: Speech) -> RichText:
        """Who writes, what for, how to agree and to leave; then the privacy notice."""
        text = speech.say(WELCOME, sender=self._core.policy.sender_name)
        return text + "\n\n" + self.privacy(speech)

    def privacy(self, speech: Speech) -> RichText:
        text = speech.say(KEPT)
        if url := self._core.policy.privacy_url:
            text = text + " " + speech.say(PRIVACY, url=url)
        return text

    async def opened(self, speech: Speech, source: str) -> None:
        """They opened the conversation and are shown the wording; that alone is no consent."""
        wording = "" if self.given else self.wording(speech).text
        await self._write("opened", "start", source, wording, speech.language)

    async def show(self, speech: Speech) -> RichText:
        """The wording, noted as shown unless it is what they saw last."""
        text = self.wording(speech)
        last = await self._last_shown()
        if last is None or last.wording != text.text:
            await self._write("shown", "", "", text.text, speech.language)
        return text

    async def asked(self) -> bool:
        """Whether our question stands: they were shown it and have not agreed."""
        return not self.given and await self._last_shown() is not None

    async def opt_in(self, how: str) -> bool:
        """Returns whether they had been shown what for; the ledger quotes what they saw."""
        shown = await self._last_shown()
        wording, language = (shown.wording, shown.language) if shown else ("", "")
        if await self._write("opt_in", how, await self._source(), wording, language):
            self._address.consent = ConsentStatus.OPTED_IN
            self._core.revoked.discard(self._address.address_id or 0)
        return shown is not None

    async def opt_out(self, how: str) -> None:
        if await self._write("opt_out", how, await self._source(), "", ""):
            # Before the commit: a delivery already claimed must see it now; too early is no harm.
            self._core.revoked.add(self._address.address_id or 0)
            self._address.consent = ConsentStatus.OPTED_OUT

    async def decline(self) -> None:
        """They answered no. Nothing changes for somebody who never agreed."""
        await self._write("declined", "answer", await self._source(), "", "")

    async def blocked(self) -> None:
        await self.opt_out("blocked")
        if self._address.suppressed != Reason.PLATFORM_STOP:
            self._address.suppressed = Reason.BLOCKED.value
        if self._inbound.at is not None:
            await evidence.blocked(self._session, self._address.address_id or 0, self._inbound.at)

    async def platform_stop(self) -> None:
        self._core.revoked.add(self._address.address_id or 0)
        self._address.suppressed = Reason.PLATFORM_STOP.value
        await self._write("platform_stop", "platform", "", "", "")

    async def platform_resume(self) -> None:
        """Takes back what they told the platform; a STOP they wrote to us stands."""
        if self._address.suppressed == Reason.PLATFORM_STOP:
            self._address.suppressed = ""
            await self._write("platform_resume", "platform", "", "", "")
            if self.given:
                self._core.revoked.discard(self._address.address_id or 0)

    async def _last_shown(self) -> ConsentEvent | None:
        return await self._latest(
            col(ConsentEvent.kind).in_(("opened", "shown")), ConsentEvent.wording != ""
        )

    async def _source(self) -> str:
        """The deep link they last came by, so that an opt-in can be traced to its poster."""
        found = await self._latest(ConsentEvent.kind == "opened", ConsentEvent.source != "")
        return found.source if found else ""

    async def _latest(self, *where: object) -> ConsentEvent | None:
        found: ConsentEvent | None = await self._session.scalar(
            select(ConsentEvent)
            .where(ConsentEvent.address_id == self._address.address_id, *where)  # type: ignore[arg-type]
            .order_by(col(ConsentEvent.consent_event_id).desc())
            .limit(1)
        )
        return found

    async def _write(self, kind: str, how: str, source: str, wording: str, language: str) -> bool:
        """Append one line; False when this very event has already written it."""
        event_id = self._inbound.event_id
        if await self._latest(ConsentEvent.event_id == event_id, ConsentEvent.kind == kind):
            return False
        version = hashlib.sha256(wording.encode()).hexdigest()[:12] if wording else ""
        self._session.add(
            ConsentEvent(
                address_id=self._address.address_id or 0, channel=self._inbound.channel,
                kind=kind, at=self._core.clock(), how=how, source=source[:SOURCE_LONGEST], wording=wording,
                wording_version=version, language=language, event_id=event_id,
            )
        )  # fmt: skip
        return True
