"""What a subscriber says and what we answer: the same words and ledger on every channel.

Opening the conversation is not consent; only the button or the word is (GDPR art. 7, KVKK).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from broadcast import consent_words
from broadcast.consent_words import Kind, Read, Verdict
from broadcast.context import Core
from broadcast.inbound import Answer, Choice, Inbound, InboundKind
from broadcast.language import N_, Speech, channel_label, languages, speech
from broadcast.message import RichText
from broadcast.models import Address, ConsentStatus, Subscriber
from broadcast.name_blanks import is_name
from broadcast.outcome import Reason
from broadcast.services import (
    doubt,
    joining,
    newcomers,
    person,
    posters,
    preference,
    replies,
    reply_language,
    window,
)
from broadcast.services.consent import Agreement
from broadcast.wording import small_talk
from broadcast.wording.small_talk import Talk

LANGUAGE_NAMES = {"en": "English", "tr": "Türkçe"}
LINK_WORDS = frozenset({"link", "bagla"})
MISSED = "missed"  # the data of the button
_ANSWERS = consent_words.YES_WORDS | consent_words.NO_WORDS  # as commands they answer nothing
# Somebody who came back after these may be written to again.
_RETURNABLE = frozenset({Reason.BLOCKED.value, Reason.UNREACHABLE.value})


async def hear(core: Core, inbound: Inbound) -> list[Answer]:
    """Act on one inbound and say what to answer. Safe to repeat with the same inbound."""
    async with core.store.write() as session:
        subscriber, address = await person.find_or_create(core, session, inbound)
        await window.open_window(core, session, inbound, address)
        talk = _Conversation(core, session, inbound, subscriber, address)
        return await talk.answer()


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
            case InboundKind.EDITED | InboundKind.OVERHEARD:
                return await self._glimpsed(heard)
        self._return()
        match heard.kind:
            case InboundKind.START:
                await self._agreement.opened(self._speech, heard.payload)
                return [await self._stand()]
            case InboundKind.CHOICE:
                return [await self._chosen(heard.payload)]
            case InboundKind.COMMAND:
                return await self._command(consent_words.keyword(heard.text))
        return await self._said(heard.text)

    async def _glimpsed(self, heard: Inbound) -> list[Answer]:
        """A message changed later, or said to somebody else: a refusal counts, nothing else is
        answered."""
        if heard.payload != "out":
            verdict = self._read(heard.text).verdict
            if verdict is Verdict.ASK and heard.kind == InboundKind.EDITED:
                return await self._doubted()
            if verdict is not Verdict.OUT:
                return []
        answer = await self._goodbye("word")
        return [answer] if heard.kind == InboundKind.EDITED else []

    def _read(self, text: str) -> Read:
        """In the language they chose or got, in the one their platform is in, and in the house's."""
        own = (self._subscriber.language, self._inbound.language)
        return consent_words.verdict(text, own, self._core.policy.language)

    async def _said(self, text: str) -> list[Answer]:
        first, _, rest = text.strip().partition(" ")
        if consent_words.keyword(first) in LINK_WORDS and (
            not rest.strip() or joining.is_code(rest)
        ):
            return [await self._link(rest)]
        if await self._came_by_link(first, rest):
            text = first
        if consent_words.keyword(text) in newcomers.WORDS | newcomers.PHRASES:
            return [await self._missed()]
        read = self._read(text)
        if (
            read.verdict is not Verdict.NONE
            or consent_words.says_yes(text)
            or consent_words.says_no(text)
        ):
            reply_language.used(self._subscriber, text)
        if read.verdict is Verdict.OUT:
            again = self._address.consent == ConsentStatus.OPTED_OUT
            return self._not_for_ever(await self._goodbye("word"), again=again)
        since = await doubt.asked_at(self._session, self._address.subscriber_id)
        if since is not None:
            return await self._answered(text, read, since)
        if read.verdict is Verdict.IN:
            again = self._agreement.given
            return self._not_for_ever(await self._opt_in("word"), again=again)
        if await self._agreement.asked():
            if consent_words.says_yes(text):
                return [await self._opt_in("word")]
            if consent_words.says_no(text):
                return [await self._declined()]
        return await self._doubted() if read.verdict is Verdict.ASK else await self._nobody(text)

    def _not_for_ever(self, answer: Answer, *, again: bool) -> list[Answer]:
        """A word that changed nothing may be another machine's answer to ours."""
        return [answer] if not again or replies.take_turn(self._core, self._subscriber) else []

    async def _nobody(self, text: str) -> list[Answer]:
        """Words that nobody will read. The invitation is said once, thanks are left alone, and
        another machine gets no answer to each of its answers."""
        wants = small_talk.talk(text)
        invited = self._agreement.given or await self._agreement.invited()
        if consent_words.says_yes(text) and not self._agreement.given:
            invited = False  # a YES that answered nothing: they are asked
        if wants is Talk.NOTHING and invited:
            return []
        if not replies.take_turn(self._core, self._subscriber):
            return []
        if wants is Talk.QUESTION:
            return [await self._honest(invited=invited)]
        return [self._uninvited() if invited and not self._agreement.given else await self._stand()]

    async def _honest(self, *, invited: bool) -> Answer:
        text = replies.nobody_reads(self._core.policy, self._speech)
        if self._agreement.given:
            return Answer(text + " " + self._speech.say(replies.TO_LEAVE))
        follows = self._uninvited() if invited else await self._stand()
        return Answer(text + "\n\n" + follows.text, follows.choices)

    def _uninvited(self) -> Answer:
        """Who knows the invitation, and did not take it, is only told how it stands."""
        text = self._speech.say(replies.NOT_SIGNED_UP, sender=self._core.policy.sender_name)
        return Answer(text, ((Choice(self._speech.plain(N_("Yes, sign me up")), "in"),),))

    async def _came_by_link(self, first: str, rest: str) -> bool:
        """`JOIN poster-door`, the text that stands ready behind a link of ours."""
        if len(rest.split()) != 1 or self._read(first).verdict is not Verdict.IN:
            return False
        code = await posters.known(self._session, rest)
        if code:
            await self._agreement.came(code)
        return bool(code)

    async def _declined(self) -> Answer:
        await self._agreement.decline()
        return Answer(self._speech.say(N_("All right, you will not receive anything from us.")))

    async def _doubted(self) -> list[Answer]:
        """It may be a refusal: nothing more is sent to them before they say."""
        if not await doubt.hold_and_ask(self._core, self._session, self._address):
            return await self._nobody(self._inbound.text)
        return await self._question()

    async def _question(self) -> list[Answer]:
        return await doubt.question_for(
            self._core, self._session, self._address, self._speech, self._inbound.event_id
        )

    async def _answered(self, text: str, read: Read, since: datetime) -> list[Answer]:
        """While we ask whether they want to leave: what it says of that, or the question again."""
        if read.verdict is Verdict.IN:
            return [await self._opt_in("word")]
        recent = self._core.clock() - since < doubt.ANSWERED_BY_WORD_FOR
        if recent and consent_words.says_yes(text):
            return [await self._goodbye("answer")]
        if (
            consent_words.says_stay(text)
            or read.kind is Kind.KEPT
            or (recent and consent_words.says_no(text))
        ):
            return [await self._stay("answer")]
        return await self._question()

    async def _stay(self, how: str) -> Answer:
        replaces = how == "button"
        if not await self._agreement.stay(how):
            return await self._stand(replaces=replaces)
        text = self._speech.say(
            N_("All right, you stay. *{sender}* goes on writing to you."),
            sender=self._core.policy.sender_name,
        )
        return Answer(text, replaces=replaces)

    async def _command(self, word: str) -> list[Answer]:
        if word == "language":
            return [self._languages()]
        if word in LINK_WORDS:
            return [await self._link(self._inbound.payload)]
        if word in newcomers.WORDS:
            return [await self._missed()]
        read = self._read(word)
        if read.verdict is Verdict.OUT:
            return [await self._goodbye("command")]
        if read.verdict is Verdict.ASK and word not in _ANSWERS:
            return await self._doubted()
        return [await self._stand()]  # /join too: a command tapped in a menu is not the word typed

    async def _link(self, code: str) -> Answer:
        """Without a code: give one. With one: this is the same person as there."""
        if not joining.is_code(code):
            made = await joining.issue(self._core, self._session, self._subscriber)
            text = self._speech.say(
                N_("Send us `LINK {code}` from your other app within {n} minutes."),
                code=made, n=joining.CODE_MINUTES,
            )  # fmt: skip
            return Answer(text)
        joined = await joining.redeem(
            self._core, self._session, code, self._subscriber, self._address
        )
        if joined:
            return await self._joined()
        return Answer(self._speech.say(N_("That code does not work. Write LINK to get a new one.")))

    async def _joined(self) -> Answer:
        """They are one person from now on, with what they had said on each: who agreed on several
        channels may name one, who left on one hears where it goes on."""
        places = await preference.places(self._session, self._address.subscriber_id)
        known = await person.addresses(self._session, self._address.subscriber_id)
        silent = [one.channel for one in known if one.channel not in places]
        if not places:
            return Answer(self._speech.say(
                N_("Done: we know both as you. You get no announcements on either. Write YES here to "
                   "get them here.")
            ))  # fmt: skip
        done = self._speech.say(N_("Done. You will get each announcement only once."))
        if silent:
            done = self._speech.say(
                N_("Done. Announcements come to you on {channels}, and not on {others}."),
                channels=self._named(places), others=self._named(silent),
            )  # fmt: skip
        if len(places) < 2:
            return Answer(done)
        rows = tuple((Choice(channel_label(channel), f"on:{channel}"),) for channel in places)
        return Answer(done + " " + self._speech.say(N_("Where would you like to get them?")), rows)

    def _named(self, channels: list[str]) -> str:
        return ", ".join(channel_label(channel) for channel in dict.fromkeys(channels))

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
        if verb == "out":  # under a broadcast, that is not answered in its place
            return await self._goodbye("button", replaces=not value)
        if verb == doubt.STAY:
            return await self._stay("button")
        if verb == "on":
            return await self._prefer(value)
        if verb == MISSED:
            return await self._missed()
        if verb == "keep":
            return await self._only_here()
        if verb == "lang" and not value:
            return self._languages(replaces=True)
        if verb == "lang" and value in languages():
            reply_language.chose(self._subscriber, value)
            return await self._stand(replaces=True)
        return await self._stand()

    async def _opt_in(self, how: str) -> Answer:
        shown = await self._agreement.opt_in(how)
        text = self._welcome()
        if not shown:
            text = text + "\n\n" + self._agreement.privacy(self._speech)
        return Answer(text, await self._what_was_missed(), replaces=how == "button")

    async def _what_was_missed(self) -> tuple[tuple[Choice, ...], ...]:
        """A newcomer is offered it once, and only where there is something."""
        if not await newcomers.missed(self._core, self._session, self._subscriber, self._address):
            return ()
        return ((Choice(self._speech.plain(N_("What did I miss?")), MISSED),),)

    async def _missed(self) -> Answer:
        """The announcements from before they joined, as far as their authors allow it."""
        if not self._agreement.given:
            return await self._stand()
        if self._address.asked_at is not None:
            return (await self._question() or [await self._stand()])[0]
        coming = await newcomers.ask(self._core, self._session, self._subscriber, self._address)
        if not coming:
            return Answer(
                self._speech.say(N_("There is nothing from before that you can still get."))
            )
        return Answer(
            self._speech.say_n(
                "Here is the last announcement.", "Here are the last {n} announcements.", coming
            )
        )

    def _welcome(self) -> RichText:
        name, sender = self._subscriber.name, self._core.policy.sender_name
        if not is_name(name):
            return self._speech.say(
                N_("Welcome. *{sender}* will write to you here. Write STOP to leave."),
                sender=sender,
            )
        return self._speech.say(
            N_("Welcome, {name}. *{sender}* will write to you here. Write STOP to leave."),
            name=name, sender=sender,
        )  # fmt: skip

    async def _goodbye(self, how: str, *, replaces: bool = False) -> Answer:
        """It is for the person, wherever they are known; the answer says where, and lets them keep
        the others."""
        stopped = await self._agreement.opt_out(how)
        again = Choice(self._speech.plain(N_("Subscribe again")), "in")
        if kept := await preference.places(self._session, self._address.subscriber_id):
            return self._left_here(kept, replaces=replaces)  # they had chosen so before
        if not stopped:
            text = self._speech.say(N_("Done. You will not receive anything more from us."))
            return Answer(text, ((again,),), replaces=replaces)
        text = self._speech.say(
            N_(
                "Done. You will not receive anything more from us, neither here nor on {others}. "
                "To leave only here, press the button."
            ),
            others=_labels(stopped),
        )
        return Answer(text, ((self._keep(stopped),), (again,)), replaces=replaces)

    def _keep(self, stopped: list[str]) -> Choice:
        others = _labels(stopped)
        if len(set(stopped)) > 1:
            return Choice(self._speech.plain(N_("Keep the others")), "keep")
        return Choice(self._speech.plain(N_("Keep {channel}"), channel=others), "keep")

    async def _only_here(self) -> Answer:
        kept = await self._agreement.keep_others()
        return self._left_here(kept, replaces=True) if kept else await self._stand(replaces=True)

    def _left_here(self, kept: list[str], *, replaces: bool) -> Answer:
        text = self._speech.say(
            N_(
                "Done. Nothing more comes to you here. On {others} you still hear from us; to leave "
                "there too, write STOP there."
            ),
            others=_labels(kept),
        )
        return Answer(text, replaces=replaces)

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
        if await doubt.asked_at(self._session, self._address.subscriber_id) is not None:
            text = self._speech.say(doubt.QUESTION, sender=self._core.policy.sender_name)
            return Answer(text, (*doubt.choices(self._speech), language), replaces)
        text = self._speech.say(
            N_("You receive announcements from *{sender}*. Write STOP to leave."),
            sender=self._core.policy.sender_name,
        )
        text = text + "\n\n" + self._agreement.privacy(self._speech)
        leave = Choice(self._speech.plain(N_("Leave")), "out")
        return Answer(text, (language, (leave,)), replaces)


def _labels(channels: list[str]) -> str:
    return ", ".join(channel_label(channel) for channel in dict.fromkeys(channels))
