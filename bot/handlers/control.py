"""While it runs: status, pause, resume, cancel, start a late one, settle the uncertain."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import Button, Reply
from bot.handlers import confirm, halt, menu
from bot.handlers.turn import Turn, WhichOne
from bot.views import review_card, run_card
from broadcast.errors import Invalid
from broadcast.language import N_
from broadcast.models import Broadcast, UncertainPolicy
from broadcast.services import brake, compose, control, platform_wait, report, review
from broadcast.states import BroadcastStatus

SHOWN, LISTED = 5, 40  # in full; by title


async def show_status(
    turn: Turn, row: Broadcast, *, replaces: bool = False, listed: bool = False
) -> Reply:
    """One broadcast as it stands, with what can be done about it. `listed` among others it is not
    shown whole, so nothing is decided there."""
    if row.status in {BroadcastStatus.DRAFT, BroadcastStatus.IN_REVIEW}:
        look = await compose.look_at(turn.core, row.broadcast_id or 0)
        if turn.decides(look):
            made = review.of_round(await review.decisions(turn.core, look.number), look.submission)
            shown = review_card.review(
                turn.core, turn.speech, look, timezone=turn.admin.timezone, made=made,
                own=look.shaped_by(turn.admin),
            )  # fmt: skip
            look_at = Button(turn.speech.plain("Open"), f"open {look.number}")
            return (
                replace(shown, content=None, buttons=((look_at,),), track=None) if listed else shown
            )
        seen = review_card.card(
            turn.core, turn.speech, look, timezone=turn.admin.timezone, replaces=replaces
        )
        return halt.on_card(turn.core, turn.speech, row, seen, turn.admin)
    return await run_card.draw(turn, row.broadcast_id or 0, replaces=replaces)


async def status(turn: Turn) -> list[Reply]:
    """What is on its way, and before it what keeps it: a halt, a platform that makes us wait."""
    halted = await brake.refresh(turn.core)
    if halted is None or turn.words:
        return [*_waits(turn), *await _on_its_way(turn)]
    still = {row.broadcast_id for row in await brake.stopped_broadcasts(turn.core)}
    others = [row for row in await report.current(turn.core) if row.broadcast_id not in still]
    cards = [await show_status(turn, row, listed=True) for row in others[:SHOWN]]
    return [await halt.shown(turn, halted), *_waits(turn), *cards]


def _waits(turn: Turn) -> list[Reply]:
    said = [
        platform_wait.words(turn.core, turn.speech, key, until, turn.admin.timezone)
        for key, until in platform_wait.now_waiting(turn.core).items()
    ]
    return [Reply(text) for text in said]


async def _on_its_way(turn: Turn) -> list[Reply]:
    if turn.words:
        return [await show_status(turn, await compose.get(turn.core, turn.broadcast_id()))]
    rows = await report.current(turn.core)
    if not rows:
        begin = await menu.rows(turn.core, turn.speech, turn.admin)
        return [Reply(turn.speech.say("Nothing is on its way."), begin)]
    shown = [await show_status(turn, row, listed=len(rows) > 1) for row in rows[:SHOWN]]
    return [*shown, _others(turn, rows[SHOWN:])] if rows[SHOWN:] else shown


def _others(turn: Turn, rows: list[Broadcast]) -> Reply:
    """What did not fit, to be opened one by one."""
    buttons = tuple(
        (Button(review_card.title(turn.speech, row).text, f"status {row.broadcast_id}"),)
        for row in rows[:LISTED]
    )
    count = len(rows)
    return Reply(turn.speech.say_n("… and {n} more", "… and {n} more", count), buttons)


def _running(turn: Turn, rows: list[Broadcast], *wanted: BroadcastStatus) -> int:
    """The number given, else the only one that is in such a state."""
    if turn.words and turn.words[0].lstrip("#").isdecimal():
        return turn.broadcast_id()
    found = [row.broadcast_id for row in rows if row.status in wanted]
    if len(found) != 1 or found[0] is None:
        raise WhichOne(turn.command)
    return found[0]


async def pause(turn: Turn) -> list[Reply]:
    rows = await report.current(turn.core)
    row = await control.pause(turn.core, turn.admin, _running(turn, rows, BroadcastStatus.SENDING))
    return [await show_status(turn, row, replaces=True)]


async def resume(turn: Turn) -> list[Reply]:
    rows = await report.current(turn.core)
    resting = (BroadcastStatus.PAUSED, BroadcastStatus.WATCHING)
    row = await control.resume(turn.core, turn.admin, _running(turn, rows, *resting))
    return [await show_status(turn, row, replaces=True)]


async def cancel(turn: Turn) -> list[Reply]:
    """Stops it, then asks; but for one that is named during its undo hold: there seconds count."""
    rows = await report.current(turn.core)
    wanted = _running(turn, rows, *(BroadcastStatus(row.status) for row in rows))
    found = await compose.get(turn.core, wanted)
    undo = bool(turn.words) and found.status == BroadcastStatus.HOLDING
    open_one = any(r.broadcast_id == wanted for r in rows)
    if open_one and not undo and not _agreed(turn, found):
        row = await control.ask_to_cancel(turn.core, turn.admin, wanted)
        asked = halt.question(turn.speech, row)
        return [
            replace(asked, text=review_card.lines(review_card.title(turn.speech, row), asked.text))
        ]
    row, in_flight = await control.cancel(turn.core, turn.admin, wanted)
    if turn.identity.draft_id == row.broadcast_id:
        await turn.focus(None)
    seen = await show_status(turn, row, replaces=True)
    if row.launched_at is None:
        return [seen]
    said = turn.speech.say("Cancelled. Nobody else will receive it.")
    if in_flight:
        said = turn.speech.say_n(
            "Cancelled. {n} was already on its way.",
            "Cancelled. {n} were already on their way.",
            in_flight,
        )
    return [replace(seen, text=review_card.lines(seen.text, said), notice=said.text)]


def _agreed(turn: Turn, found: Broadcast) -> bool:
    """A button of a question that was answered meanwhile, or is another's, asks anew."""
    return confirm.has_agreed(turn) and (bool(found.cancel_asked) or not turn.request.pressed)


async def keep(turn: Turn) -> list[Reply]:
    """No, it is not cancelled."""
    row = await control.keep(turn.core, turn.admin, turn.broadcast_id())
    return [await show_status(turn, row, replaces=True)]


async def send_now(turn: Turn) -> list[Reply]:
    row = await control.send_now(turn.core, turn.admin, turn.broadcast_id())
    return [await show_status(turn, row, replaces=True)]


async def settle(turn: Turn) -> list[Reply]:
    choice = turn.rest()
    if choice not in {UncertainPolicy.RESEND.value, UncertainPolicy.LEAVE.value}:
        raise Invalid(N_("Please choose with the buttons of /report."))
    broadcast_id = turn.broadcast_id()
    count = await control.decide_uncertain(
        turn.core, turn.admin, broadcast_id, UncertainPolicy(choice)
    )
    speech = turn.speech
    if choice == UncertainPolicy.LEAVE:
        said = speech.say("Left as it is. The report goes on counting them as uncertain.")
    elif not count:
        said = speech.say("Noted. When it ends, I send it again to whoever may have missed it.")
    else:
        said = speech.say_n(
            "Sending again to {n} person.", "Sending again to {n} people.", count
        )  # fmt: skip
    return [Reply(said, ((Button(speech.plain("Report"), f"report {broadcast_id}"),),))]
