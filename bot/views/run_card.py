"""The one card of a broadcast once it was decided: hold, schedule, run and report (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.chat import Button, Reply, Rows
from bot.handlers import halt
from bot.handlers.turn import Turn
from bot.views import next_steps
from bot.views.progress import bar, counts
from bot.views.review_card import (
    Decisions,
    decision,
    lines,
    open_buttons,
    pause_words,
    reason_words,
    status_words,
    title,
    tracked,
)
from broadcast.language import Speech
from broadcast.message import RichText
from broadcast.models import Broadcast, UncertainPolicy
from broadcast.services import compose, report, review
from broadcast.services.compose import Look
from broadcast.services.report import NOTHING, Sums
from broadcast.states import BroadcastStatus

ENDED = frozenset({BroadcastStatus.COMPLETED, BroadcastStatus.CANCELLED, BroadcastStatus.FAILED})


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast it goes, `rate` per second (0: not known yet), and what is left, `eta` in seconds."""

    rate: float = 0.0
    eta: float = 0.0


async def draw(turn: Turn, broadcast_id: int, *, replaces: bool = False) -> Reply:
    """As it stands, for whoever asks."""
    core = turn.core
    look = await compose.look_at(core, broadcast_id)
    made = review.of_round(await review.decisions(core, broadcast_id), look.submission)
    reasons = await report.reasons(core, broadcast_id) if look.broadcast.launched_at else ()
    made_card = card_of(
        turn.speech, look, made, timezone=turn.admin.timezone, at=core.clock(), reasons=reasons,
        halted=core.brake.halted is not None,
    )  # fmt: skip
    made_card = halt.on_card(core, turn.speech, look.broadcast, made_card, turn.admin)
    return Reply(made_card.text, made_card.buttons, replaces=replaces, track=made_card.track)


def card_of(
    speech: Speech, look: Look, made: Decisions, *, timezone: str, at: datetime,
    reasons: Sequence[tuple[str, int]] = (), pace: Pace = Pace(), halted: bool = False,
) -> Reply:  # fmt: skip
    """`made`: who decided in this round. `reasons`: why some missed it, with how many each.
    `halted`: everything is stopped."""
    row = look.broadcast
    said = [decision(speech, *one, timezone) for one in made if one[0].approved]
    if row.launched_at is None:
        state, buttons = _before_launch(speech, row, timezone, at), open_buttons(speech, row)
        return Reply(lines(title(speech, row), *said, state), buttons, track=tracked(look))
    sums, status = look.sums or NOTHING, status_words(speech, row)
    if halted and row.status == BroadcastStatus.SENDING:
        status, pace = speech.plain("stopped"), Pace()
    text = lines(
        title(speech, row),
        speech.say("Status: {status}", status=status),
        *said,
        *_run(speech, row, sums, reasons, pace),
    )
    return Reply(text, _buttons(speech, row, sums), track=tracked(look))


def _before_launch(speech: Speech, row: Broadcast, timezone: str, at: datetime) -> RichText:
    due = row.scheduled_at or row.hold_until
    match BroadcastStatus(row.status):
        case BroadcastStatus.HOLDING:
            left = (row.hold_until - at).total_seconds() if row.hold_until else 0.0
            return speech.say("Starts in {duration}.", duration=speech.duration(left))
        case BroadcastStatus.SCHEDULED if due is not None:
            return speech.say("Goes out {moment}.", moment=speech.moment(due, timezone))
        case BroadcastStatus.LATE:
            moment = speech.moment(due, timezone) if due else ""
            return speech.say(
                "Its time ({moment}) has passed. Send it now all the same?", moment=moment
            )
        case BroadcastStatus.CANCELLED:
            return speech.say("It was cancelled before it started. Nobody received it.")
        case _:
            return speech.say("Status: {status}", status=status_words(speech, row))


def _run(
    speech: Speech, row: Broadcast, sums: Sums, reasons: Sequence[tuple[str, int]], pace: Pace
) -> list[RichText | None]:
    """How far it is; at its end, how long it took and who missed it."""
    done = sums.planned - sums.open
    share = f"{100 * done // sums.planned} %" if sums.planned else ""
    way = RichText(text=f"{bar(done, sums.planned)} {share}".rstrip())
    speed = None
    moves = row.status == BroadcastStatus.SENDING
    if moves and round(pace.rate, 1) > 0 and sums.open:  # else the time left would be days
        speed = speech.say(
            "{rate} a second, about {duration} left",
            rate=speech.number(round(pace.rate, 1)), duration=speech.duration(pace.eta),
        )  # fmt: skip
    why = None
    if row.pause_reason:
        why = speech.say("Reason: {reason}", reason=pause_words(speech, row.pause_reason))
    ended = row.status in ENDED
    return [
        None if ended else way,
        counts(speech, sums),
        speed,
        why,
        _took(speech, row) if ended else None,
        *(_missed(speech, reasons) if ended else ()),
        _question(speech, row, sums),
    ]


def _took(speech: Speech, row: Broadcast) -> RichText | None:
    if not (row.launched_at and row.completed_at):
        return None
    seconds = (row.completed_at - row.launched_at).total_seconds()
    return speech.say("Took {duration}", duration=speech.duration(seconds))


def _missed(speech: Speech, reasons: Sequence[tuple[str, int]]) -> list[RichText]:
    return [
        speech.say("· {reason}: {n}", reason=reason_words(speech, reason), n=speech.number(count))
        for reason, count in reasons
        if reason
    ]


def is_doubtful(row: Broadcast, sums: Sums) -> bool:
    """Whether somebody has still to decide about those who may have missed it."""
    left = row.uncertain_policy == UncertainPolicy.LEAVE
    return bool(sums.uncertain) and row.status == BroadcastStatus.COMPLETED and not left


def _question(speech: Speech, row: Broadcast, sums: Sums) -> RichText | None:
    if not is_doubtful(row, sums):
        return None
    return speech.say_n(
        "{n} person may or may not have received it. Send again, or leave it?",
        "{n} people may or may not have received it. Send again, or leave it?",
        sums.uncertain,
    )


def doubt_buttons(speech: Speech, row: Broadcast) -> tuple[Button, ...]:
    number = row.broadcast_id
    return (
        Button(speech.plain("Send again"), f"settle {number} resend"),
        Button(speech.plain("Leave it"), f"settle {number} leave"),
    )


def _buttons(speech: Speech, row: Broadcast, sums: Sums) -> Rows:
    if row.status not in ENDED:
        return open_buttons(speech, row)
    rows: list[tuple[Button, ...]] = []
    if is_doubtful(row, sums):
        rows.append(doubt_buttons(speech, row))
    if sums.failed or sums.skipped or sums.uncertain:
        rows.append((Button(speech.plain("Who missed it"), f"missed {row.broadcast_id}"),))
    return (*rows, *next_steps.rows(speech, row))
