"""Content nobody asked for: kept, and asked what it is. Nothing a draft holds is replaced unasked."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import Button, Reply, Rows
from bot.handlers import incoming_content, preview
from bot.handlers.turn import Turn
from bot.views import review_card
from broadcast.errors import TooLate
from broadcast.language import N_
from broadcast.message import Message, RichText
from broadcast.models import Broadcast, Written
from broadcast.services import compose, reuse, unasked_content, versions
from broadcast.services.unasked_content import Became
from broadcast.states import BroadcastStatus

_DONE = {
    Became.NOTHING: N_("Then it was nothing. The draft is as it was."),
    Became.REPLACED: N_("It is the message of *#{id}* now. What was there before is saved."),
    Became.ADDED: N_("It is added to *#{id}*."),
}


async def take_in(turn: Turn, message: Message) -> list[Reply]:
    """A message that answers no question: part of an album that has its place, the first words of
    an empty draft, or what its author has to say a word about."""
    incoming_content.sendable(message)
    if (known := await _of_its_album(turn, message)) is not None:
        return known
    row = await _open_draft(turn)
    if row is None:
        return [_offer(turn, await _keep(turn, message, None), await _latest(turn))]
    if turn.identity.asking == "content":
        return await _asked_for(turn, row, message)
    if compose.message_of(row).is_empty:
        return await incoming_content.take(turn, row.broadcast_id or 0, message)
    return [_ask(turn, await _keep(turn, message, row.broadcast_id))]


async def _open_draft(turn: Turn) -> Broadcast | None:
    """What this person is writing; also what they were just asked for the message of."""
    if turn.identity.draft_id is None:
        return None
    row = await compose.get(turn.core, turn.identity.draft_id)
    return row if row.status == BroadcastStatus.DRAFT or turn.identity.asking == "content" else None


async def _asked_for(turn: Turn, row: Broadcast, message: Message) -> list[Reply]:
    number = row.broadcast_id or 0
    try:
        compose.may_edit(turn.admin, row)
    except TooLate as gone:  # deleted, or sent, meanwhile: what they wrote is not lost with it
        await turn.focus(None)
        kept = await _keep(turn, message, None)
        offer = _offer(turn, kept, None)
        why = review_card.sentence(turn.speech, gone.template, gone.values)
        return [replace(offer, text=review_card.lines(why, offer.text))]
    had = not compose.message_of(row).is_empty
    shown = await incoming_content.take(turn, number, message)
    return [*await say_replaced(turn, number), *shown] if had else shown


async def say_replaced(turn: Turn, number: int) -> list[Reply]:
    """Says that what was there is kept, and gives it back."""
    text = turn.speech.say(_DONE[Became.REPLACED], id=number)
    rows = await back_rows(turn, number)
    return [Reply(text, rows)] if rows else []


async def back_rows(turn: Turn, number: int) -> Rows:
    """The button that puts back what the last change took away."""
    if not (last := await versions.latest(turn.core, number)):
        return ()
    return ((Button(turn.speech.plain("Put it back"), f"putback {number} {last}"),),)


async def _of_its_album(turn: Turn, part: Message) -> list[Reply] | None:
    """The part goes where the album is: a draft, or what its author is asked about."""
    request = turn.request
    if not request.album:
        return None
    place = (request.actor.frontend, request.conversation, request.album)
    number = await incoming_content.draft_of_album(turn)
    if number is not None and await _is_draft(turn, number):
        shown = await incoming_content.take(turn, number, part)
        return [
            *await say_replaced(turn, number),
            *shown,
        ]  # of an album's answers the last is shown
    kept = await unasked_content.of_album(turn.core, *place)
    if kept is None:
        return None
    whole = incoming_content.joined(unasked_content.content_of(kept), part)
    kept.messages = [*kept.messages, request.message_id]
    await unasked_content.rewrite(turn.core, kept, whole)
    if kept.became == Became.ADDED and kept.broadcast_id is not None:

        def with_part(now: Message) -> Message:
            return incoming_content.joined(now, part)

        return await incoming_content.follow(turn, kept.broadcast_id, with_part, whole=False)
    if kept.became == "":
        kept.content = whole.model_dump(mode="json")
        return [await ask_again(turn, kept)]
    return []


async def _is_draft(turn: Turn, number: int) -> bool:
    """Its approval does not end by a part that came late."""
    return (await compose.get(turn.core, number)).status == BroadcastStatus.DRAFT


async def _keep(turn: Turn, message: Message, number: int | None) -> Written:
    request = turn.request
    return await unasked_content.keep(
        turn.core, turn.admin, request.actor.frontend, request.conversation, message,
        message_id=request.message_id, album=request.album, broadcast_id=number,
    )  # fmt: skip


def _title(kept: Written) -> str:
    return review_card.quoted(unasked_content.content_of(kept).title())


def _ask(turn: Turn, kept: Written, before: RichText | None = None) -> Reply:
    say, plain = turn.speech.say, turn.speech.plain
    text = say(
        "*#{id}* has its message already. What is this one: “{title}”?",
        id=kept.broadcast_id, title=_title(kept),
    )  # fmt: skip
    one = kept.written_id
    rows = (
        (
            Button(plain("Replace"), f"place {one} replace"),
            Button(plain("Add"), f"place {one} add"),
        ),
        (Button(plain("It was nothing"), f"place {one} nothing"),),
        (Button(plain("Make this a broadcast"), f"place {one} make"),),
    )
    return Reply(review_card.lines(before, text), rows)


def _offer(turn: Turn, kept: Written, latest: Broadcast | None) -> Reply:
    plain, one = turn.speech.plain, kept.written_id
    text = turn.speech.say("I keep this: “{title}”. What shall I do with it?", title=_title(kept))
    rows: Rows = ((Button(plain("Make this a broadcast"), f"place {one} make"),),)
    if latest is not None:
        number = latest.broadcast_id
        label = plain("Put it into #{id}", id=number)
        rows = (*rows, (Button(label, f"place {one} ask {number}"),))
    rows = (*rows, (Button(plain("It was nothing"), f"place {one} nothing"),))
    return Reply(text, rows)


async def _latest(turn: Turn) -> Broadcast | None:
    rows = await compose.drafts(turn.core, turn.admin)
    return rows[0] if rows else None


async def ask_again(turn: Turn, kept: Written) -> Reply:
    """The question about it, once more."""
    if kept.broadcast_id is None:
        return _offer(turn, kept, await _latest(turn))
    return _ask(turn, kept)


async def place(turn: Turn) -> list[Reply]:
    """`/place 7 replace`, `add`, `nothing`, `make`: what the kept message is; `ask 3` asks about #3."""
    number, _, rest = turn.request.arguments.strip().partition(" ")
    wish, _, about = rest.strip().partition(" ")
    if not number.isdecimal():
        raise TooLate(unasked_content.NOT_HERE)
    kept = await unasked_content.get(turn.core, turn.admin, min(int(number), 2**53))
    if kept.became in unasked_content.PLACED:
        return [_placed(turn, kept)]
    match wish:
        case "nothing":
            return await _nothing(turn, kept)
        case "make":
            return await _make(turn, kept)
        case "replace" | "add":
            return await _put(turn, kept, Became.ADDED if wish == "add" else Became.REPLACED)
        case "ask" if about.isdecimal():
            return await _ask_about(turn, kept, min(int(about), 2**53))
        case _:
            return [await _meant(turn, kept)]


def _placed(turn: Turn, kept: Written) -> Reply:
    """Pressed twice, or late: what became of it, and nothing more."""
    number = kept.broadcast_id
    text = turn.speech.say("That is done already: it went into *#{id}*.", id=number)
    rows = ((Button(turn.speech.plain("Open #{id}", id=number), f"open {number}"),),)
    return Reply(text, rows, notice=text.text[:190])


async def _nothing(turn: Turn, kept: Written) -> list[Reply]:
    await unasked_content.decide(
        turn.core, turn.admin, kept.written_id or 0, Became.NOTHING, kept.broadcast_id
    )
    said = N_("Then it was nothing.") if kept.broadcast_id is None else _DONE[Became.NOTHING]
    meant = Button(turn.speech.plain("I did mean it"), f"place {kept.written_id} again")
    return [Reply(turn.speech.say(said), ((meant,),), replaces=True)]


async def _meant(turn: Turn, kept: Written) -> Reply:
    """They said it was nothing, and it was something."""
    number = kept.broadcast_id
    await unasked_content.decide(turn.core, turn.admin, kept.written_id or 0, Became.ASKED, number)
    return replace(await ask_again(turn, kept), replaces=True)


async def _ask_about(turn: Turn, kept: Written, number: int) -> list[Reply]:
    row = await compose.get(turn.core, number)
    compose.may_edit(turn.admin, row)
    if row.status != BroadcastStatus.DRAFT:
        return [_not_a_draft(turn, kept, row)]
    if compose.message_of(row).is_empty:
        return await _put(turn, kept, Became.REPLACED, number)
    await unasked_content.decide(turn.core, turn.admin, kept.written_id or 0, Became.ASKED, number)
    kept.broadcast_id = number
    return [replace(_ask(turn, kept), replaces=True)]


async def _make(turn: Turn, kept: Written) -> list[Reply]:
    row = await compose.new(turn.core, turn.admin)
    number = row.broadcast_id or 0
    await unasked_content.decide(turn.core, turn.admin, kept.written_id or 0, Became.MADE, number)
    shown = await incoming_content.put(
        turn, number, unasked_content.content_of(kept), kept.messages, kept.album
    )
    head = turn.speech.say("*#{id}* is a draft now.", id=number)
    return [Reply(head, replaces=True), *shown]


async def _put(turn: Turn, kept: Written, became: Became, number: int | None = None) -> list[Reply]:
    """Into its draft, as long as it is one: nobody's approval ends by a late press."""
    number = number or kept.broadcast_id
    if number is None:
        return [await ask_again(turn, kept)]
    row = await compose.get(turn.core, number)
    if row.status != BroadcastStatus.DRAFT:
        return [_not_a_draft(turn, kept, row)]
    compose.may_edit(turn.admin, row)
    base = compose.message_of(row) if became == Became.ADDED else None
    await unasked_content.decide(turn.core, turn.admin, kept.written_id or 0, became, number, base)
    content = unasked_content.content_of(kept)
    if became == Became.ADDED:
        shown = await incoming_content.add(turn, number, content)
    else:
        shown = await incoming_content.put(turn, number, content, kept.messages, kept.album)
    head = turn.speech.say(_DONE[became], id=number)
    return [Reply(head, await back_rows(turn, number), replaces=True), *shown]


def _not_a_draft(turn: Turn, kept: Written, row: Broadcast) -> Reply:
    plain, number = turn.speech.plain, row.broadcast_id
    text = turn.speech.say(
        "*#{id}* is {status} now, so nothing was changed in it. What you wrote is saved.",
        id=number, status=review_card.status_words(turn.speech, row),
    )  # fmt: skip
    make = Button(plain("Make this a broadcast"), f"place {kept.written_id} make")
    rows: Rows = ((make,),)
    if row.status in reuse.TAKEN_BACK and row.launched_at is None:
        rows = ((Button(plain("Take back #{id}", id=number), f"takeback {number}"),), *rows)
    return Reply(text, rows)


async def putback(turn: Turn) -> list[Reply]:
    """`/putback 3 2`: version 2 is the message of #3 again; without a version, the list of them."""
    number = turn.broadcast_id()
    version = turn.rest()
    if not version.isdecimal():
        return await list_versions(turn)
    await reuse.put_back(turn.core, turn.admin, number, min(int(version), 2**53))
    await incoming_content.retire(turn, number)
    await turn.focus(number)
    text = turn.speech.say("*#{id}* has its earlier message again.", id=number)
    return [Reply(text), *await preview.show(turn, number)]


async def list_versions(turn: Turn) -> list[Reply]:
    """`/versions 3`: what its message was before, the latest first."""
    number = turn.broadcast_id()
    compose.may_edit(turn.admin, await compose.get(turn.core, number))
    kept = (await versions.kept(turn.core, number))[:10]
    say, plain = turn.speech.say, turn.speech.plain
    back = (Button(plain("Back"), f"open {number}"),)
    if not kept:
        return [Reply(say("*#{id}* has no earlier versions.", id=number), (back,))]
    head = say("What *#{id}* said before, the latest first:", id=number)
    told = [
        say(
            "{number}. {title} (until {moment})", number=one.number,
            title=review_card.quoted(versions.message_of(one).title()) or "…",
            moment=turn.speech.moment(one.at, turn.admin.timezone),
        )
        for one in kept
    ]  # fmt: skip
    buttons = [
        Button(plain("Put back {number}", number=one.number), f"putback {number} {one.number}")
        for one in kept
    ]
    rows = tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))
    return [Reply(review_card.lines(head, *told), (*rows, back))]
