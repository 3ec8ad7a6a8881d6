"""What a subscriber says and what we answer: the same words and ledger on every channel.

Opening the conversation is not consent; only the button or the word is (GDPR art. 7, KVKK).
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from broadcast import consent
from broadcast.core import Core
from broadcast.heard import Answer, Choice, Inbound, InboundKind
from broadcast.language import N_, Speech, channel_label, choose, languages, speech
from broadcast.models import Address, Subscriber
from broadcast.outcome import Reason
from broadcast.services import identity, preference, window
from broadcast.services.agreement import Agreement

LANGUAGE_NAMES = {"en": "English", "tr": "Türkçe"}
LINK_WORDS = frozenset({"link", "bagla"})
# Somebody who came back after these may be written to again.
_RETURNABLE = frozenset({Reason.BLOCKED.value, Reason.UNREACHABLE.value})


async def hear(core: Core, inbound: Inbound) -> list[Answer]:
    """Act on one inbound and say what to answer. Safe to repeat with the same inbound."""
    async with core.store.write() as session:
        subscriber, address = await _meet(core, session, inbound)
        if inbound.previous_address:
            known = await identity.moved(core, session, inbound, address)
            subscriber = known or subscriber
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
        self._agreement = Agreement(core, session, inbound, address)

    @property
    def _speech(self) -> Speech:
        return speech(self._subscriber.language)

    async def answer(self) -> list[Answer]:
        heard = self._inbound
        match heard.kind:
            case InboundKind.BLOCKED:
                await self._agreement.blocked()
                return []
            case InboundKind.UNBLOCKED:
                self._return()
                return []
            case InboundKind.MOVED:
                return []
            case InboundKind.PLATFORM_STOP:
                await self._agreement.platform_stop()
                return []
            case InboundKind.PLATFORM_RESUME:
                await self._agreement.platform_resume()
                return []
        self._return()
        match heard.kind:
            case InboundKind.START:
                await self._agreement.opened(self._speech, heard.payload)
                return [await self._stand()]
            case InboundKind.CHOICE:
                return [await self._chosen(heard.payload)]
            case InboundKind.COMMAND:
                return [await self._command(consent.keyword(heard.text))]
        return [await self._said(heard.text)]

    async def _said(self, text: str) -> Answer:
        first, _, rest = text.strip().partition(" ")
        if consent.keyword(first) in LINK_WORDS:
            return await self._link(rest)
        if consent.says_stop(text):
            return await self._goodbye("word")
        if consent.says_join(text):
            return await self._opt_in("word")
        if consent.says_yes(text) and await self._agreement.asked():
            return await self._opt_in("word")
        if consent.says_no(text) and await self._agreement.asked():
            await self._agreement.decline()
            return Answer(self._speech.say(N_("All right, you will not receive anything from us.")))
        return await self._stand()

    async def _command(self, word: str) -> Answer:
        if word in consent.OPT_OUT_WORDS:
            return await self._goodbye("command")
        if word == "language":
            return self._languages()
        if word in LINK_WORDS:
            return await self._link(self._inbound.payload)
        return await self._stand()  # /join too: a command tapped in a menu is not the word typed

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
            return await self._joined()
        return Answer(self._speech.say(N_("That code does not work. Write LINK to get a new one.")))

    async def _joined(self) -> Answer:
        """They are one person from now on; who agreed on several channels may name one."""
        done = self._speech.say(N_("Done. You will get each announcement only once."))
        places = await preference.places(self._session, self._address.subscriber_id)
        if len(places) < 2:
            return Answer(done)
        rows = tuple((Choice(channel_label(channel), f"on:{channel}"),) for channel in places)
        return Answer(done + " " + self._speech.say(N_("Where would you like to get them?")), rows)

    async def _prefer(self, channel: str) -> Answer:
        if channel not in await preference.places(self._session, self._address.subscriber_id):
            return await self._stand(replaces=True)
        self._subscriber.preferred = channel
        text = self._speech.say(
            N_("All right. They come to you on {channel}."), channel=channel_label(channel)
        )
        return Answer(text, replaces=True)

    async def _chosen(self, payload: str) -> Answer:
        verb, _, value = payload.partition(":")
        if verb == "in":
            return await self._opt_in("button")
        if verb == "out":
            return await self._goodbye("button")
        if verb == "on":
            return await self._prefer(value)
        if verb == "lang" and not value:
            return self._languages(replaces=True)
        if verb == "lang" and value in languages():
            self._subscriber.language = value
            return await self._stand(replaces=True)
        return await self._stand()

    async def _opt_in(self, how: str) -> Answer:
        shown = await self._agreement.opt_in(how)
        text = self._speech.say(
            N_("Welcome, {name}. *{sender}* will write to you here. Write STOP to leave."),
            name=self._subscriber.name or "🙂", sender=self._core.policy.sender_name,
        )  # fmt: skip
        if not shown:
            text = text + "\n\n" + self._agreement.privacy(self._speech)
        return Answer(text, replaces=how == "button")

    async def _goodbye(self, how: str) -> Answer:
        await self._agreement.opt_out(how)
        text = self._speech.say(N_("Done. You will not receive anything more from us."))
        again = self._speech.plain(N_("Subscribe again"))
        return Answer(text, ((Choice(again, "in"),),), replaces=how == "button")

    def _return(self) -> None:
        """They wrote to us, so we can reach them again; their consent stays what it was."""
        if self._address.suppressed in _RETURNABLE:
            self._address.suppressed = ""

    def _languages(self, *, replaces: bool = False) -> Answer:
        rows = tuple(
            (Choice(LANGUAGE_NAMES.get(code, code), f"lang:{code}"),) for code in languages()
        )
        return Answer(self._speech.say(N_("Which language shall we use?")), rows, replaces)

    async def _stand(self, *, replaces: bool = False) -> Answer:
        """How it stands between us, and what they can do about it: also our help."""
        tongues = " / ".join(LANGUAGE_NAMES.get(code, code) for code in languages())
        language = (Choice(tongues, "lang"),)
        if not self._agreement.given:
            yes = self._speech.plain(N_("Yes, sign me up"))
            text = await self._agreement.show(self._speech)
            return Answer(text, ((Choice(yes, "in"),), language), replaces)
        text = self._speech.say(
            N_("You receive announcements from *{sender}*. Write STOP to leave."),
            sender=self._core.policy.sender_name,
        )
        text = text + "\n\n" + self._agreement.privacy(self._speech)
        leave = Choice(self._speech.plain(N_("Leave")), "out")
        return Answer(text, (language, (leave,)), replaces)
