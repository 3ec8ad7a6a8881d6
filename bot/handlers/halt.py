"""The emergency brake: stop everything first, then show what was stopped and ask."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import Button, Reply, Rows
from bot.handlers import menu
from bot.handlers.turn import Turn
from bot.views import review_card
from broadcast.context import Core, Halted
from broadcast.language import Speech
from broadcast.message import RichText
from broadcast.models import Admin, Broadcast, Role
from broadcast.services import brake, report
from broadcast.states import BroadcastStatus

SHOWN = 8
_MOVES = frozenset({BroadcastStatus.HOLDING, BroadcastStatus.SENDING, BroadcastStatus.WATCHING})


async def halt_now(turn: Turn) -> list[Reply]:
    halted, in_flight = await brake.halt(turn.core, turn.admin)
    return [await shown(turn, halted, in_flight)]


async def lift(turn: Turn) -> list[Reply]:
    """`/lift`: the halt that stands; `/lift 3`: that one only, as its buttons say."""
    number = int(turn.words[0]) if turn.words and turn.words[0].isdecimal() else 0
    another = await brake.lift(turn.core, turn.admin, number)
    if another is not None:
        return [await shown(turn, another)]
    rows = await menu.rows(turn.core, turn.speech, turn.admin)
    if resting := await brake.paused(turn.core):
        return [await _rests(turn, resting, rows)]
    text = turn.speech.say("▶️ Nothing is stopped. Everything goes on.")
    return [Reply(text, rows, notice=text.text)]


async def _rests(turn: Turn, resting: list[Broadcast], rows: Rows) -> Reply:
    """The brake is off; what was paused by itself or by somebody goes on by nobody's *all*."""
    head = turn.speech.say("▶️ Nothing is stopped any more. Still paused:")
    text = review_card.lines(head, *[await _line(turn, row) for row in resting[:SHOWN]])
    each = tuple(
        (Button(turn.speech.plain("Open #{id}", id=row.broadcast_id), f"open {row.broadcast_id}"),)
        for row in resting[:SHOWN]
    )
    return Reply(text, (*each, *rows), notice=head.text)


async def shown(turn: Turn, halted: Halted, in_flight: int = 0) -> Reply:
    """What stands still, and what can be done about it."""
    speech, rows = turn.speech, await brake.stopped_broadcasts(turn.core)
    found = [await _line(turn, row) for row in rows[:SHOWN]]
    late = None
    if in_flight:
        late = speech.say_n(
            "{n} message was already on its way.", "{n} messages were already on their way.",
            in_flight,
        )  # fmt: skip
    more = len(rows) - SHOWN
    rest = speech.say_n("… and {n} more", "… and {n} more", more) if more > 0 else None
    nothing = None if rows else speech.say("Nothing was on its way.")
    text = review_card.lines(
        menu.standing_words(turn.speech, turn.admin, halted), late, *found, rest, nothing
    )
    each = tuple(
        (
            Button(speech.plain("Open #{id}", id=row.broadcast_id), f"open {row.broadcast_id}"),
            Button(speech.plain("Cancel #{id}", id=row.broadcast_id), f"cancel {row.broadcast_id}"),
        )
        for row in rows[:SHOWN]
    )
    return Reply(text, (*lifting(speech, turn.admin, halted), *each))


def lifting(speech: Speech, admin: Admin | None, halted: Halted) -> Rows:
    """The button, for whom it does something; `admin` None: for all who see it."""
    if admin is not None and admin.role != Role.OWNER and admin.admin_id != halted.admin_id:
        return ()
    return ((Button(speech.plain(brake.LIFT), f"lift {halted.halt_id}"),),)


async def _line(turn: Turn, row: Broadcast) -> RichText:
    speech = turn.speech
    title, state = review_card.title(speech, row), review_card.status_words(speech, row)
    if row.launched_at is None:
        return speech.say("· {title} · {status}", title=title, status=state)
    sums = await report.sums(turn.core, row.broadcast_id or 0)
    return speech.say(
        "· {title} · sent to {sent} of {planned}", title=title, sent=speech.number(sums.sent),
        planned=speech.number(sums.planned),
    )  # fmt: skip


def on_card(
    core: Core, speech: Speech, row: Broadcast, reply: Reply, reader: Admin | None = None
) -> Reply:
    """What a card of it says and offers besides: a question that stands, a halt, the brake.
    `reader`: None where all the team reads it."""
    if row.cancel_asked and row.status != BroadcastStatus.CANCELLED:
        asked = question(speech, row, speech.say("Shall it be cancelled?"))
        reply = replace(
            reply, text=review_card.lines(reply.text, asked.text), buttons=asked.buttons
        )
    halted = core.brake.halted
    if halted is not None and row.status in _MOVES | {BroadcastStatus.SCHEDULED}:
        text = review_card.lines(speech.say(menu.stands(reader), name=halted.name), reply.text)
        return replace(reply, text=text, buttons=(*lifting(speech, reader, halted), *reply.buttons))
    if row.status not in _MOVES:
        return reply
    stop = Button(speech.plain("🛑 Stop everything"), "halt")
    return replace(reply, buttons=(*reply.buttons, (stop,)))


def question(speech: Speech, row: Broadcast, asked: RichText | None = None) -> Reply:
    """Whether it is cancelled; `asked`: in other words than to whoever wants to. It says that it
    rests before somebody answers."""
    number, say = row.broadcast_id, speech.say
    ran = row.status == BroadcastStatus.PAUSED != row.cancel_asked
    if ran:
        rests = say("It is paused until you answer.")
    else:
        rests = say("Nothing of it goes out before you answer.")
    text = review_card.lines(
        asked or say("Are you sure?"),
        say("The broadcast stops for good. What was sent stays sent."),
        rests,
    )
    no = speech.plain("No, go on") if ran else speech.plain("No, keep it")
    return Reply(
        text,
        (
            (Button(speech.plain("Cancel #{id}", id=number), f"cancel {number} now"),),
            (Button(no, f"keep {number}"),),
        ),
    )
