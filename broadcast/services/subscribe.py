"""What a subscriber says and what we answer: the same words and ledger on every channel.

Opening the conversation is not consent; only the button or the word is (GDPR art. 7, KVKK).
"""

from __future__ import annotations

import hashlib

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast import consent
from broadcast.core import Core
from broadcast.language import N_, Speech, choose, languages, speech
from broadcast.message import RichText
from broadcast.models import Address, ConsentEvent, ConsentStatus, Subscriber
from broadcast.ports import Answer, Choice, Inbound, InboundKind, Reason
from broadcast.services import identity, window

WELCOME = N_(
    "*{sender}* sends announcements here. If you would like to receive them, press the button. "
    "You can leave at any time by writing STOP."
)
PRIVACY = N_("How we treat your data: {url}")
LANGUAGE_NAMES = {"en": "English", "tr": "Türkçe"}
LINK_WORDS = frozenset({"link", "bagla"})
# Somebody who came back after these may be written to again.
_RETURNABLE = frozenset({Reason.BLOCKED.value, Reason.UNREACHABLE.value})


async def hear(core: Core, inbound: Inbound) -> list[Answer]:
    """Act on one inbound and say what to answer. Safe to repeat with the same inbound."""
    async with core.store.write() as session:
        subscriber, address = await _meet(core, session, inbound)
        await window.opened(core, session, inbound, address)
        talk = _Conversation(core, session, inbound, subscriber, address)
        return await talk.answer()


async def _meet(core: Core, session: AsyncSession, inbound: Inbound) -> tuple[Subscriber, Address]:
    """The person behind an address, made known on first sight (without consent)."""
    address = await session.scalar(
        select(Address).where(
            Address.channel == inbound.channel,
            Address.account == inbound.account,
            Address.value == inbound.address,
        )
    )
    if address is not None:
        subscriber = await session.get(Subscriber, address.subscriber_id)
        assert subscriber is not None
        if inbound.name and subscriber.name != inbound.name:
            subscriber.name = inbound.name
        return subscriber, address
    subscriber = await identity.same_phone(session, inbound.phone) or Subscriber(
        name=inbound.name,
        language=choose(inbound.language, core.policy.language),
        phone=inbound.phone,
        created_at=core.clock(),
    )
    session.add(subscriber)
    await session.flush()
    address = Address(
        subscriber_id=subscriber.subscriber_id or 0,
        channel=inbound.channel,
        account=inbound.account,
        value=inbound.address,
    )
    session.add(address)
    await session.flush()
    return subscriber, address


class _Conversation:
    """One inbound being answered, inside one transaction."""

    def __init__(
        self,
        core: Core,
        session: AsyncSession,
        inbound: Inbound,
        subscriber: Subscriber,
        address: Address,
    ) -> None:
        self._core, self._session, self._inbound = core, session, inbound
        self._subscriber, self._address = subscriber, address

    @property
    def _speech(self) -> Speech:
        return speech(self._subscriber.language)

    async def answer(self) -> list[Answer]:
        heard = self._inbound
        match heard.kind:
            case InboundKind.BLOCKED:
                await self._opt_out("blocked", suppress=Reason.BLOCKED)
                return []
            case InboundKind.UNBLOCKED:
                self._return()
                return []
            case InboundKind.MOVED:
                await identity.moved(self._session, heard, self._address)
                return []
            case InboundKind.PLATFORM_STOP:
                self._core.revoked.add(self._address.address_id or 0)
                self._address.suppressed = Reason.PLATFORM_STOP.value
                await self._write_ledger("platform_stop", source="platform")
                return []
            case InboundKind.PLATFORM_RESUME:
                await self._resumed_by_platform()
                return []
            case InboundKind.START:
                self._return()
                await self._write_ledger("opened", source=heard.payload)
                return [self._welcome()]
            case InboundKind.CHOICE:
                return await self._chosen(heard.payload)
            case InboundKind.COMMAND:
                return await self._command(consent.keyword(heard.text))
        self._return()
        first, _, rest = heard.text.strip().partition(" ")
        if consent.keyword(first) in LINK_WORDS:
            return [await self._link(rest)]
        if consent.says_stop(heard.text):
            return await self._goodbye("word")
        if consent.says_join(heard.text):
            return await self._opt_in("word")
        return [self._help()]

    async def _command(self, word: str) -> list[Answer]:
        self._return()
        if word in consent.OPT_OUT_WORDS:
            return await self._goodbye("command")
        if word in consent.OPT_IN_WORDS:
            return [self._welcome()]
        if word == "language":
            return [self._languages()]
        if word in LINK_WORDS:
            return [await self._link(self._inbound.payload)]
        return [self._help()]

    async def _link(self, code: str) -> Answer:
        """Without a code: give one. With one: this is the same person as there."""
        if not code.strip():
            made = await identity.issue(self._core, self._session, self._subscriber)
            text = self._speech.say(
                N_("Send us `LINK {code}` from your other app within {n} minutes."),
                code=made, n=identity.CODE_MINUTES,
            )  # fmt: skip
            return Answer(text)
        joined = await identity.redeem(
            self._core, self._session, code, self._subscriber, self._address
        )
        if joined:
            return Answer(self._speech.say(N_("Done. You will get each announcement only once.")))
        return Answer(self._speech.say(N_("That code does not work. Write LINK to get a new one.")))

    async def _resumed_by_platform(self) -> None:
        """Takes back what they told the platform; a STOP they wrote to us stands."""
        if self._address.suppressed == Reason.PLATFORM_STOP:
            self._address.suppressed = ""
            await self._write_ledger("platform_resume", source="platform")
            if self._address.consent == ConsentStatus.OPTED_IN:
                self._core.revoked.discard(self._address.address_id or 0)

    async def _chosen(self, payload: str) -> list[Answer]:
        verb, _, value = payload.partition(":")
        if verb == "in":
            self._return()
            return await self._opt_in("button")
        if verb == "out":
            return await self._goodbye("button")
        if verb == "lang" and value in languages():
            self._subscriber.language = value
            return [self._help(replaces=True)]
        return [self._help()]

    async def _opt_in(self, how: str) -> list[Answer]:
        if self._address.consent != ConsentStatus.OPTED_IN:
            self._address.consent = ConsentStatus.OPTED_IN
            await self._write_ledger("opt_in", source=how)
        self._core.revoked.discard(self._address.address_id or 0)
        text = self._speech.say(
            N_("You are in, {name}. Write STOP whenever you want to leave."),
            name=self._subscriber.name or "🙂",
        )
        return [Answer(text, replaces=how == "button")]

    async def _goodbye(self, how: str) -> list[Answer]:
        await self._opt_out(how)
        text = self._speech.say(N_("Done. You will not receive anything more from us."))
        again = self._speech.plain(N_("Subscribe again"))
        return [Answer(text, ((Choice(again, "in"),),))]

    async def _opt_out(self, how: str, suppress: Reason | None = None) -> None:
        # Before the commit: a delivery already claimed must see it now; too early does no harm.
        self._core.revoked.add(self._address.address_id or 0)
        if suppress and self._address.suppressed != Reason.PLATFORM_STOP:
            self._address.suppressed = suppress.value
        if self._address.consent != ConsentStatus.OPTED_OUT:
            self._address.consent = ConsentStatus.OPTED_OUT
            await self._write_ledger("opt_out", source=how)

    def _return(self) -> None:
        """They wrote to us, so we can reach them again; their consent stays what it was."""
        if self._address.suppressed in _RETURNABLE:
            self._address.suppressed = ""

    def _wording(self) -> RichText:
        text = self._speech.say(WELCOME, sender=self._core.policy.sender_name)
        if url := self._core.policy.privacy_url:
            text = text + "\n\n" + self._speech.say(PRIVACY, url=url)
        return text

    def _welcome(self) -> Answer:
        if self._address.consent == ConsentStatus.OPTED_IN:
            return self._help()
        yes = self._speech.plain(N_("Yes, send me announcements"))
        other = " / ".join(LANGUAGE_NAMES.get(code, code) for code in languages())
        return Answer(self._wording(), ((Choice(yes, "in"),), (Choice(other, "lang"),)))

    def _languages(self) -> Answer:
        rows = tuple(
            (Choice(LANGUAGE_NAMES.get(code, code), f"lang:{code}"),) for code in languages()
        )
        return Answer(self._speech.say(N_("Which language shall we use?")), rows)

    def _help(self, *, replaces: bool = False) -> Answer:
        if self._inbound.kind == InboundKind.CHOICE and self._inbound.payload == "lang":
            return self._languages()
        if self._address.consent == ConsentStatus.OPTED_IN:
            text = self._speech.say(
                N_(
                    "You receive announcements from *{sender}*. Write STOP to leave, /language to change the language."
                ),
                sender=self._core.policy.sender_name,
            )
            return Answer(text, replaces=replaces)
        yes = self._speech.plain(N_("Yes, send me announcements"))
        return Answer(self._wording(), ((Choice(yes, "in"),),), replaces=replaces)

    async def _write_ledger(self, kind: str, source: str) -> None:
        """Append one line, unless this very event already wrote it."""
        event_id = self._inbound.event_id
        known = await self._session.scalar(
            select(col(ConsentEvent.consent_event_id)).where(
                ConsentEvent.address_id == self._address.address_id,
                ConsentEvent.event_id == event_id,
                ConsentEvent.kind == kind,
            )
        )
        if known is not None:
            return
        wording = self._wording().text
        self._session.add(
            ConsentEvent(
                address_id=self._address.address_id or 0,
                channel=self._inbound.channel,
                kind=kind,
                at=self._core.clock(),
                wording=wording,
                wording_version=hashlib.sha256(wording.encode()).hexdigest()[:12],
                language=self._subscriber.language,
                source=source,
                event_id=event_id,
            )
        )
