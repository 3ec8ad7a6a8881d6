"""A person's consent, address by address, and the ledger that proves it: every event one line, none
ever changed. Agreeing is for one address; leaving is for all of them (docs/decisions/0042)."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.context import Core
from broadcast.inbound import Inbound
from broadcast.language import N_, Speech
from broadcast.message import RichText
from broadcast.models import SOURCE_LONGEST, Address, ConsentEvent, ConsentStatus
from broadcast.outcome import Reason
from broadcast.services import doubt, person
from broadcast.store import proof_of_arrival

WELCOME = N_(
    "*{sender}* sends announcements here. Would you like to receive them? Press the button or "
    "write YES. You can leave at any time by writing STOP."
)
KEPT = N_("For this we keep your name, language and address here, and use them for nothing else.")
PRIVACY = N_("How we treat your data: {url}")
# So long a YES is an answer to our question, and "only here" one to the goodbye.
OPEN_FOR = timedelta(days=3)
# In `ConsentEvent.how` of an opt-out that was said on another address of the same person:
ELSEWHERE, EVERYWHERE = "elsewhere", "everywhere"  # who had agreed here; who had not
_SETTLED = ("opt_in", "opt_out", "declined", "platform_stop")


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

    async def came(self, source: str) -> None:
        """They wrote what stood ready behind a link of ours; nothing was shown to them yet."""
        await self._write("opened", "link", source, "", "")

    async def show(self, speech: Speech) -> RichText:
        """The wording, noted as shown unless it is what they saw last and may still answer."""
        text = self.wording(speech)
        last = await self._last_shown()
        stands = last is not None and last.wording == text.text and await self.asked()
        again = await self._latest(
            _is("opened"), ConsentEvent.event_id == self._inbound.event_id
        )  # the opening has its own line, also when it is handled a second time
        if not stands and again is None:
            await self._write("shown", "", "", text.text, speech.language)
        return text

    async def asked(self) -> bool:
        """Whether our question stands: it is the last thing between us, and not long ago."""
        if self.given:
            return False
        shown, settled = await self._last_shown(), await self._latest(_is(*_SETTLED))
        if shown is None or shown.at < self._core.clock() - OPEN_FOR:
            return False
        return settled is None or _number(settled) < _number(shown)

    async def invited(self) -> bool:
        """Whether they need not be asked anew: they were not long ago, or have already left."""
        if self._address.consent == ConsentStatus.OPTED_OUT:
            return True
        shown = await self._last_shown()
        return shown is not None and shown.at >= self._core.clock() - OPEN_FOR

    async def opt_in(self, how: str) -> bool:
        """Returns whether they had been shown what for; the ledger quotes what they saw."""
        shown = await self._last_shown()
        wording, language = (shown.wording, shown.language) if shown else ("", "")
        if await self._write("opt_in", how, await self._source(), wording, language):
            await self._answered()
            self._address.consent = ConsentStatus.OPTED_IN
            self._core.revoked.discard(self._address.address_id or 0)
        return shown is not None

    async def opt_out(self, how: str) -> list[str]:
        """They leave, wherever we know them. Returns the other channels on which that ended what they
        had agreed to."""
        if await self._leave_here(how):
            await self._answered(leaves=True)
            await self._leave_elsewhere(self._inbound.event_id)
        event_id = self._inbound.event_id
        return [
            one.channel for one in await self._others() if await self._had_agreed(one, event_id)
        ]

    async def _leave_here(self, how: str) -> bool:
        if not await self._write("opt_out", how, await self._source(), "", ""):
            return False
        # Before the commit: a delivery already claimed must see it now; too early is no harm.
        self._core.revoked.add(self._address.address_id or 0)
        self._address.consent = ConsentStatus.OPTED_OUT
        return True

    async def _leave_elsewhere(self, event_id: str) -> None:
        """A line for each address, also where nothing changes: it is the last word there too."""
        for other in await self._others():
            agreed = other.consent == ConsentStatus.OPTED_IN
            if not agreed and (last := await self._settled(other)) is not None:
                agreed = (last.kind, last.how) == ("opt_out", ELSEWHERE)  # asked to stop twice
            self._core.revoked.add(other.address_id or 0)
            other.consent = ConsentStatus.OPTED_OUT
            self._add(other, "opt_out", ELSEWHERE if agreed else EVERYWHERE, event_id)

    async def keep_others(self) -> list[str]:
        """They meant only here: what their last word here ended elsewhere goes on. Returns on which
        channels; none when that word is old, or somebody else's has come since."""
        left = await self._latest(_is("opt_out"))
        if left is None or self.given or left.at < self._core.clock() - OPEN_FOR:
            return []
        if left.how in {ELSEWHERE, EVERYWHERE}:  # said where the answer to it offers this, not here
            return []
        return await self._restore(left.event_id, "kept")

    async def _restore(self, event_id: str, how: str) -> list[str]:
        kept = []
        for other in await self._others():
            if await self._had_agreed(other, event_id):
                other.consent = ConsentStatus.OPTED_IN
                self._core.revoked.discard(other.address_id or 0)
                self._add(other, "opt_in", how, self._inbound.event_id)
                kept.append(other.channel)
        return kept

    async def _had_agreed(self, other: Address, event_id: str) -> bool:
        """Whether nothing was said there since this event ended what they had agreed to."""
        last = await self._settled(other)
        return last is not None and (last.how, last.event_id) == (ELSEWHERE, event_id)

    async def _others(self) -> list[Address]:
        known = await person.addresses(self._session, self._address.subscriber_id)
        return [one for one in known if one.address_id != self._address.address_id]

    async def _answered(self, *, leaves: bool = False) -> bool:
        """Whatever they say of it, it answers the question whether they want to leave."""
        person = self._address.subscriber_id
        return await doubt.take_answer(self._core, self._session, person, leaves=leaves)

    async def stay(self, how: str) -> bool:
        """Asked whether they want to leave, they do not. False: nobody had asked, or they left."""
        if not await self._answered():
            return False
        await self._write("stayed", how, await self._source(), "", "")
        return True

    async def decline(self) -> None:
        """They answered no. Nothing changes for somebody who never agreed."""
        await self._write("declined", "answer", await self._source(), "", "")

    async def blocked(self) -> None:
        """Who blocks closes this door, and has said nothing of the others."""
        await self._leave_here("blocked")
        if self._address.suppressed != Reason.PLATFORM_STOP:
            self._address.suppressed = Reason.BLOCKED.value
        if self._inbound.at is not None:
            await proof_of_arrival.blocked(
                self._session, self._address.address_id or 0, self._inbound.at
            )

    async def platform_stop(self) -> None:
        """They told the platform instead of us: for the person, as if they had told us."""
        self._core.revoked.add(self._address.address_id or 0)
        self._address.suppressed = Reason.PLATFORM_STOP.value
        if await self._write("platform_stop", "platform", "", "", ""):
            await self._answered(leaves=True)
            await self._leave_elsewhere(self._inbound.event_id)

    async def platform_resume(self) -> None:
        """Takes back what they told the platform, everywhere; a STOP they wrote to us stands."""
        if self._address.suppressed != Reason.PLATFORM_STOP:
            return
        stopped = await self._latest(_is("platform_stop"))
        self._address.suppressed = ""
        if not await self._write("platform_resume", "platform", "", "", ""):
            return
        if self.given:
            self._core.revoked.discard(self._address.address_id or 0)
        if stopped is not None and stopped.event_id:
            await self._restore(stopped.event_id, "platform")

    async def _last_shown(self) -> ConsentEvent | None:
        return await self._latest(_is("opened", "shown"), ConsentEvent.wording != "")

    async def _source(self) -> str:
        """The deep link they last came by, so that an opt-in can be traced to its poster."""
        found = await self._latest(ConsentEvent.kind == "opened", ConsentEvent.source != "")
        return found.source if found else ""

    async def _settled(self, address: Address) -> ConsentEvent | None:
        """What was last decided about an address."""
        return await self._latest(_is(*_SETTLED), address=address)

    async def _latest(self, *where: object, address: Address | None = None) -> ConsentEvent | None:
        about = address or self._address
        found: ConsentEvent | None = await self._session.scalar(
            select(ConsentEvent)
            .where(ConsentEvent.address_id == about.address_id, *where)  # type: ignore[arg-type]
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

    def _add(self, address: Address, kind: str, how: str, event_id: str) -> None:
        """A line of another address of theirs."""
        self._session.add(
            ConsentEvent(
                address_id=address.address_id or 0, channel=address.channel, kind=kind,
                at=self._core.clock(), how=how, event_id=event_id,
            )
        )  # fmt: skip


def _is(*kinds: str) -> object:
    return col(ConsentEvent.kind).in_(kinds)


def _number(event: ConsentEvent) -> int:
    return event.consent_event_id or 0
