"""`/home`: five facts about the house for one person, each with the buttons that act (drawn pure).

What waits for them, what runs, what is planned, the last result, the subscribers: Slack's Home tab
draws the same facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.chat import Button, Reply, Rows
from bot.handlers import menu
from bot.handlers.turn import Turn
from bot.views import moves, review_card
from bot.views.progress import bar
from broadcast.language import N_, Speech
from broadcast.message import RichText
from broadcast.models import Admin, Broadcast, Role
from broadcast.pause import may_go_on
from broadcast.services import approval_standing, brake, dashboard
from broadcast.services.dashboard import Dashboard, Run, Why
from broadcast.states import BroadcastStatus
from broadcast.store.subscribers import Moves

SHOWN = 5  # of each fact
AGAIN = "again"
_B = BroadcastStatus
_WRITES = frozenset({Role.AUTHOR, Role.OWNER})
_WAITS = {
    Why.APPROVE: N_("waits for your approval"),
    Why.LATE: N_("its time has passed"),
    Why.DOUBT: N_("some may have missed it"),
    Why.SENT_BACK: N_("sent back to you"),
    Why.DRAFT: N_("your draft"),
}
_ACTS = frozenset({"pause", "resume", "cancel", "correct", "submit"})
_NOTHING = {
    "waits": N_("Nothing waits for you."),
    "runs": N_("Nothing is running."),
    "planned": N_("Nothing is planned."),
    "last": N_("Nothing has been sent yet."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of a fact, and what can be done about it."""

    text: RichText
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """`empty`: its one line says that there is nothing. `more`: where the rest of it is."""

    head: str
    lines: tuple[Line, ...]
    more: RichText | None = None
    buttons: tuple[Button, ...] = ()
    empty: bool = False


async def show(turn: Turn) -> list[Reply]:
    """All five in one message; `home again` puts them in place of the older ones."""
    seen = await dashboard.of(turn.core, turn.admin, await dashboard.house(turn.core))
    found = facts(turn.speech, turn.admin, seen)
    parts: list[RichText | None] = [stopped(turn.speech, turn.admin, seen)]
    rows: list[tuple[Button, ...]] = []
    for fact in found:
        head = None if fact.empty else turn.speech.say("*{head}*", head=fact.head)
        lines = [line.text for line in fact.lines]
        parts += [head, *lines, fact.more, RichText(text=" ")]
        rows += [line.buttons for line in fact.lines if line.buttons]
        rows += [fact.buttons] if fact.buttons else []
    refresh = Button(turn.speech.plain("Refresh"), f"home {AGAIN}")
    text = review_card.lines(*parts[:-1])
    return [Reply(text, (*rows, *foot(turn.speech, turn.admin, seen, refresh)),
                  replaces=turn.rest() == AGAIN)]  # fmt: skip


def stopped(speech: Speech, admin: Admin, seen: Dashboard) -> RichText | None:
    """Who stopped everything, while that stands."""
    halted = seen.house.halted
    return None if halted is None else menu.standing_words(speech, admin, halted)


def facts(
    speech: Speech, admin: Admin, seen: Dashboard, *, shown: int = SHOWN, still: bool = False
) -> list[Fact]:
    """The five, always in this order, at most `shown` lines each. `still`: without the numbers that
    move by themselves."""
    return [
        _waits(speech, seen, shown),
        _running(speech, admin, seen, shown, still=still),
        _planned(speech, admin, seen, shown),
        _last(speech, seen.house.last),
        _subscribers(speech, seen, still=still),
    ]


def foot(speech: Speech, admin: Admin, seen: Dashboard, *more: Button) -> Rows:
    """What else there is to do; the brake, or for whom it does something the way to lift it."""
    plain, halted = speech.plain, seen.house.halted
    first = [Button(plain("New broadcast"), "new")] if admin.role in _WRITES else []
    if seen.drafts:
        first.append(Button(plain("Your drafts: {n}", n=seen.drafts), "drafts"))
    last = [*more, Button(plain("More…"), "menu")]
    if halted is None:
        last.insert(0, Button(plain("🛑 Stop everything"), "halt"))
    elif admin.role == Role.OWNER or admin.admin_id == halted.admin_id:
        last.insert(0, Button(plain(brake.LIFT), f"lift {halted.halt_id}"))
    return tuple(tuple(row) for row in (first, last) if row)


def _fact(
    speech: Speech, head: str, kind: str, lines: Sequence[Line], left: int, command: str
) -> Fact:
    if not lines:
        return Fact(speech.plain(head), (Line(speech.say(_NOTHING[kind])),), empty=True)
    more = speech.say("… and {n} more: /{command}", n=left, command=command) if left > 0 else None
    return Fact(speech.plain(head), tuple(lines), more)


def _waits(speech: Speech, seen: Dashboard, shown: int) -> Fact:
    lines = [
        Line(
            speech.say(
                "{title} · {status}", title=review_card.title(speech, row), status=speech.plain(_WAITS[why])
            ),
            _about(speech, row, why),
        )
        for row, why in seen.waits[:shown]
    ]  # fmt: skip
    rest = [why for _, why in seen.waits[shown:]]
    own = bool(rest) and all(why in {Why.DRAFT, Why.SENT_BACK} for why in rest)
    command = "drafts" if own else "approve"
    return _fact(speech, N_("Waits for you"), "waits", lines, len(rest), command)


def _about(speech: Speech, row: Broadcast, why: Why) -> tuple[Button, ...]:
    """A yes is given on the card, which shows what it is about; here is the way there."""
    number, plain = row.broadcast_id, speech.plain
    match why:
        case Why.APPROVE:
            return (Button(plain("Look at #{id}", id=number), f"approve {number}"),)
        case Why.LATE:
            now = Button(plain("Send #{id} now", id=number), f"sendnow {number}")
            return (now, _open(speech, row))
        case Why.DOUBT:
            again = Button(plain("Send #{id} again", id=number), f"settle {number} resend")
            return (again, Button(plain("Leave it"), f"settle {number} leave"))
        case _:
            return (Button(plain("Go on with #{id}", id=number), f"open {number}"),)


def _open(speech: Speech, row: Broadcast) -> Button:
    return Button(speech.plain("Open #{id}", id=row.broadcast_id), f"status {row.broadcast_id}")


def _running(speech: Speech, admin: Admin, seen: Dashboard, shown: int, *, still: bool) -> Fact:
    halted = seen.house.halted is not None
    runs = seen.house.running
    lines = [
        Line(_way(speech, run, halted=halted, still=still),
             (_open(speech, run.broadcast), *_acts(speech, admin, run.broadcast)))
        for run in runs[:shown]
    ]  # fmt: skip
    return _fact(speech, N_("Running"), "runs", lines, len(runs) - shown, "status")


def _way(speech: Speech, run: Run, *, halted: bool, still: bool) -> RichText:
    """What it is doing, how far it is, and why it rests."""
    row, sums = run.broadcast, run.sums
    status = review_card.status_words(speech, row)
    if halted and row.status == _B.SENDING:
        status = speech.plain("stopped")
    head = speech.say("{title} · {status}", title=review_card.title(speech, row), status=status)
    way = why = None
    if row.launched_at is not None and sums.planned and not still:
        done = sums.planned - sums.open
        way = speech.say(
            "{bar} {share} % · sent to {sent} of {planned}", bar=bar(done, sums.planned),
            share=100 * done // sums.planned, sent=speech.number(sums.sent),
            planned=speech.number(sums.planned),
        )  # fmt: skip
    if row.pause_reason:
        why = speech.say(
            "Reason: {reason}", reason=review_card.pause_words(speech, row.pause_reason)
        )
    return review_card.lines(head, way, why)


def _acts(speech: Speech, admin: Admin, row: Broadcast) -> tuple[Button, ...]:
    """The buttons of its card that this person may press, with its number."""
    return tuple(
        Button(f"{button.label} #{row.broadcast_id}", button.command)
        for buttons in review_card.open_buttons(speech, row)
        for button in buttons
        if _may(admin, row, button.command.partition(" ")[0])
    )


def _may(admin: Admin, row: Broadcast, verb: str) -> bool:
    own = row.author_id == admin.admin_id
    if verb not in _ACTS:
        return False
    if verb == "resume":
        return may_go_on(row, admin)
    if verb in {"correct", "submit"}:
        return own and admin.role in _WRITES
    return verb == "pause" or own or admin.role in approval_standing.DECIDERS


def _planned(speech: Speech, admin: Admin, seen: Dashboard, shown: int) -> Fact:
    lines = [
        Line(
            speech.say(
                "{title} · {status}", title=review_card.title(speech, row), status=_next(speech, admin, row)
            ),
            (_open(speech, row), *_acts(speech, admin, row)),
        )
        for row in seen.planned[:shown]
    ]  # fmt: skip
    left = len(seen.planned) - shown
    return _fact(speech, N_("Planned"), "planned", lines, left, "status")


def _next(speech: Speech, admin: Admin, row: Broadcast) -> str:
    state = review_card.status_words(speech, row)
    if row.scheduled_at is None:
        return state
    at = speech.moment(row.scheduled_at, admin.timezone)
    return at if row.status == _B.SCHEDULED else f"{at} · {state}"


def _last(speech: Speech, run: Run | None) -> Fact:
    if run is None:
        return _fact(speech, N_("Last result"), "last", (), 0, "")
    sums, number, plain = run.sums, run.broadcast.broadcast_id, speech.plain
    counted = [
        plain(sentence, n=speech.number(count))
        for sentence, count in (
            (N_("failed: {n}"), sums.failed), (N_("skipped: {n}"), sums.skipped),
            (N_("uncertain: {n}"), sums.uncertain), (N_("not sent: {n}"), sums.open),
        )
        if count
    ]  # fmt: skip
    text = speech.say(
        "{title} · sent to {sent} of {planned}", title=review_card.title(speech, run.broadcast),
        sent=speech.number(sums.sent), planned=speech.number(sums.planned),
    )  # fmt: skip
    missed = RichText(text=" · ".join(counted)) if counted else None
    buttons = [Button(plain("Report #{id}", id=number), f"report {number}")]
    if sums.failed or sums.skipped or sums.uncertain:
        buttons.append(Button(plain("Who missed it"), f"missed {number}"))
    line = Line(review_card.lines(text, missed), tuple(buttons))
    return Fact(plain("Last result"), (line,))


def _subscribers(speech: Speech, seen: Dashboard, *, still: bool) -> Fact:
    people, plain = seen.house.people, speech.plain
    text = speech.say_n("{n} subscriber", "{n} subscribers", 0 if still else people.now)
    moved = "" if still else moves.moves(speech, Moves(people.joined, people.left))
    if moved:
        text = text + " · " + speech.say("this week: {moves}", moves=moved)
    buttons = (
        Button(plain("Subscribers"), "subscribers"), Button(plain("Share the link"), "share"),
    )  # fmt: skip
    return Fact(plain("Subscribers"), (Line(text, buttons),))
