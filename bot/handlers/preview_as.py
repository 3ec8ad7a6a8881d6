"""Through whose eyes: a broadcast as one person gets it on one channel, and buttons for other eyes."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import Button, Field, FieldKind, Form, Reply, Rows
from bot.handlers import preview_recipient
from bot.handlers.preview_recipient import ASK, NAMELESS, SAMPLE, SILENT, Wish, made_up
from bot.handlers.turn import Turn
from bot.views.delivery_terms import templates
from bot.views.quotes import note, quoted, warning
from bot.views.reach import account_label
from bot.views.review_card import lines
from broadcast.channel import Problem
from broadcast.context import Core
from broadcast.errors import Invalid, NotFound
from broadcast.language import N_, Speech, languages, speech
from broadcast.message import Message, RichText
from broadcast.models import Subscriber
from broadcast.services import compose, preview
from broadcast.services.console_messages import SEEN
from broadcast.services.preview import Account, Eyes, Sight
from broadcast.services.subscribe import LANGUAGE_NAMES
from broadcast.states import BroadcastStatus
from broadcast.typed import NAME

ASKING = "eyes"


async def show(turn: Turn, broadcast_id: int, words: str, said: str = "") -> list[Reply]:
    """What arrives, in as many messages, and under it who, where, and what is otherwise. `said`: the
    command that shows it to other eyes."""
    look = await compose.look_at(turn.core, broadcast_id)
    wish = preview_recipient.read(turn.core, words)
    if not turn.core.channels:
        raise Invalid(N_("No channel is set up, so there is nothing to see yet."))
    account = wish.account or _usual(turn.core, look)
    if wish.asks:
        return [await _ask(turn, broadcast_id, account)]
    found: list[Subscriber] = []
    if wish.name:
        found = await preview.named(turn.core, wish.name)
        wish = wish if found else made_up(wish)
        if not found and wish.name:
            raise NotFound(
                N_("No channel and no subscriber is called “{name}”."), name=quoted(wish.name[:40])
            )
        if len(found) > 1 and found[0].name.casefold() != wish.name.casefold():
            return [_which(turn, broadcast_id, account, found)]
    elif wish.subscriber_id:
        found = [await preview.person(turn.core, wish.subscriber_id)]
    eyes = _eyes(turn, look, wish, account, found[0] if found else None)
    sight = await preview.see(turn.core, look.broadcast, look.message, eyes)
    replies = _replies(turn, look, sight, whole=not words.strip())
    turned = turn.request.pressed and bool(words.strip())  # by a button of the preview itself
    last = replace(replies[-1], replaces=turned, track=(SEEN, broadcast_id))
    return [*replies[:-1], last]


async def _ask(turn: Turn, number: int, account: Account) -> Reply:
    """Whose eyes: in a form where there is one, else the next words are a name."""
    where = ":".join(account)
    await turn.ask(turn.identity.draft_id, f"{ASKING}:{number}:{where}")
    plain = turn.speech.plain
    field = Field("name", FieldKind.LINES, plain("A subscriber's name"), required=True, limit=60)
    form = Form(plain("See it as whom?"), (field,), f"preview {number} {where}", plain("Preview"))
    text = turn.speech.say("See it as whom? Send me a subscriber's name, or a part of it.")
    back = Button(turn.speech.plain("Back to #{id}", id=number), f"open {number}")
    return Reply(text, ((back,),), form=form)


async def take(turn: Turn, where: str, text: str) -> list[Reply]:
    """The name that was asked for. One that nobody has is asked for again, with the way out."""
    number, _, account = where.partition(":")
    try:
        if not text.strip():
            raise Invalid(N_("Send me a subscriber's name, or a part of it."))
        replies = await show(turn, int(number), f"{account} {text}")
    except (Invalid, NotFound) as no:
        back = Button(turn.speech.plain("Back to #{id}", id=number), f"open {number}")
        return [Reply(turn.speech.say(no.template, **no.values), ((back,),))]
    await turn.focus(turn.identity.draft_id)
    return replies


def _which(turn: Turn, number: int, account: Account, found: list[Subscriber]) -> Reply:
    where = ":".join(account)
    rows = tuple(
        (Button(_person(row.name, row.language), f"preview {number} {where} #{row.subscriber_id}"),)
        for row in found
    )
    return Reply(turn.speech.say("Several have that name. Whom do you mean?"), rows)


def _person(name: str, language: str) -> str:
    return f"{name} · {LANGUAGE_NAMES.get(language, language)}"


def _usual(core: Core, look: compose.Look) -> Account:
    """Where most would get it."""
    most = max(look.reach, key=lambda one: one.people, default=None)
    key = (most.channel, most.account) if most is not None else None
    return key if key in core.channels else next(iter(core.channels))


def _eyes(
    turn: Turn, look: compose.Look, wish: Wish, account: Account, person: Subscriber | None
) -> Eyes:
    if person is not None:
        return Eyes(account, person.name, person.language, person.subscriber_id or 0)
    language = wish.language or str(look.broadcast.audience.get("language") or "")
    language = language or turn.admin.language
    name = "" if wish.nameless else speech(language).plain(SAMPLE)
    return Eyes(account, name, language, silent=wish.silent)


def _replies(turn: Turn, look: compose.Look, sight: Sight, *, whole: bool) -> list[Reply]:
    """`whole`: nobody was named yet, so what others get instead is said with it."""
    words, eyes = turn.speech, sight.eyes
    pages = list(sight.shown)
    answers = [f"[{label}]" for page in pages for label in page.answers]
    under = words.say("Under it: {buttons}", buttons=" ".join(answers)) if answers else None
    text = lines(
        _head(words, look, eyes, several=len(pages)),
        under,
        _unnamed(words, look.message, eyes),
        *(templates(turn.core, words, look) if whole else ()),
        *(note(words, one) for one in sight.notes),
        *(warning(words, one) for one in _trouble(look, sight)),
    )
    rows = _buttons(turn, look, eyes)
    if sight.problems:
        said = words.say("It cannot go out like this yet. What to fix is said below.")
        return [Reply(said, content=look.message, refused=True), Reply(text, rows)]
    if not pages:
        return [Reply(text, rows)]
    first = [Reply(content=page.message) for page in pages[:-1]]
    return [*first, Reply(text, rows, content=pages[-1].message)]


def _trouble(look: compose.Look, sight: Sight) -> list[Problem]:
    """What this channel would refuse, then what else keeps it from going out."""
    every = [*look.warnings, *sight.problems, *look.problems]
    return [one for at, one in enumerate(every) if one not in every[:at]]


def _head(words: Speech, look: compose.Look, eyes: Eyes, *, several: int) -> RichText:
    name = quoted(eyes.name) or words.plain("somebody without a name")
    head = words.say(
        "*#{id}* as {name} sees it: {channel}, {language}",
        id=look.number, name=name, channel=account_label(*eyes.account),
        language=LANGUAGE_NAMES.get(eyes.language, eyes.language),
    )  # fmt: skip
    return head + " " + words.say("({n} messages)", n=several) if several > 1 else head


def _unnamed(words: Speech, message: Message, eyes: Eyes) -> RichText | None:
    """Who has no name, where one is put in."""
    use = message.template(eyes.account[0])
    if eyes.name or use is None or not any(NAME in value for _, value in use.parameters):
        return None
    return words.say("People without a name read what stands above in its place.")


def _buttons(turn: Turn, look: compose.Look, eyes: Eyes) -> Rows:
    """Other channels, other people, the other side of a window, and the way back."""
    plain, number = turn.speech.plain, look.number
    here = _whom(eyes)
    channels = tuple(
        Button(
            _mark(account_label(*key), key == eyes.account),
            f"preview {number} {_where(key)} {here}",
        )
        for key in sorted(turn.core.channels)
    )
    where = _where(eyes.account)
    samples = tuple(
        Button(
            _mark(
                _person(speech(code).plain(SAMPLE), code),
                not eyes.subscriber_id and bool(eyes.name) and code == eyes.language,
            ),
            f"preview {number} {where} {code}",
        )
        for code in languages()
    )
    named = [Button(plain("Somebody by name…"), f"preview {number} {where} {ASK}")]
    if look.message.template(eyes.account[0]) is not None:
        line = f"preview {number} {where} {eyes.language} {NAMELESS} {SILENT}"
        named.append(Button(plain("Without a name"), line))
    window = _window(turn, number, eyes)
    back: tuple[Button, ...] = (Button(plain("Back to #{id}", id=number), f"open {number}"),)
    if look.broadcast.status == BroadcastStatus.DRAFT and turn.writes:
        back = (*back, Button(plain("Submit for approval"), f"submit {number}"))
    rows = [channels if len(channels) > 1 else (), samples, tuple(named), window, back]
    return tuple(row for row in rows if row)


def _window(turn: Turn, number: int, eyes: Eyes) -> tuple[Button, ...]:
    """Somebody made up can have written or not; a person has or has not."""
    if not turn.core.channels[eyes.account].capabilities.window_seconds or eyes.subscriber_id:
        return ()
    line = f"preview {number} {_where(eyes.account)} {_whom(replace(eyes, silent=False))}"
    if eyes.silent:
        return (Button(turn.speech.plain("If they wrote today"), line),)
    return (Button(turn.speech.plain("If silent for 24 hours"), f"{line} {SILENT}"),)


def _whom(eyes: Eyes) -> str:
    if eyes.subscriber_id:
        return f"#{eyes.subscriber_id}"
    parts = (eyes.language, "" if eyes.name else NAMELESS, SILENT if eyes.silent else "")
    return " ".join(filter(None, parts))


def _where(account: Account) -> str:
    return account[0] if account[1] == "default" else ":".join(account)


def _mark(label: str, chosen: bool) -> str:  # noqa: FBT001 - a label and whether it is the one
    return f"• {label}" if chosen else label
