"""What there is to do now, as buttons: at most five jobs that fit, then the brake and all the rest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from sqlmodel import col, select

from bot.chat import Button, Reply, Rows
from bot.handlers.turn import Turn
from bot.views.review_card import lines
from broadcast.context import Core, Halted
from broadcast.language import N_, Speech
from broadcast.message import RichText
from broadcast.models import Admin, Broadcast, Role
from broadcast.services import approval_standing, brake, compose, report
from broadcast.states import BroadcastStatus

MOST = 5
commands: set[str] = set()  # that there are; the table of commands says
_STANDS = N_(
    "🛑 {name} has stopped everything. Nothing goes out until {name} or an owner lets it go on."
)
_STANDS_TO_AN_OWNER = N_(
    "🛑 {name} has stopped everything. Nothing goes out until {name} or you let it go on."
)
_ROW, _COUNTED = 2, 10
_WRITES = frozenset({Role.AUTHOR, Role.OWNER})
_GROUPS = (
    (N_("*Writing*"), (
        "new", "drafts", "audience", "templates", "preview", "test", "schedule", "canary", "submit",
    )),
    (N_("*Sending*"), (
        "home", "approve", "reject", "status", "pause", "resume", "correct", "cancel", "halt",
    )),
    (N_("*Afterwards*"), ("report", "missed", "retry", "history")),
    (N_("*Team and you*"), ()),
)  # fmt: skip


class Known(Protocol):
    """A command as the table of commands has it."""

    @property
    def name(self) -> str: ...

    @property
    def description(self) -> str: ...

    @property
    def roles(self) -> Collection[str]: ...


async def rows(core: Core, speech: Speech, admin: Admin) -> Rows:
    """At most MOST jobs for this person, two a row; in the last row the brake and all the rest."""
    halted = await brake.refresh(core)
    jobs = await _jobs(core, speech, admin)
    made = [tuple(jobs[at : at + _ROW]) for at in range(0, len(jobs), _ROW)]
    more = Button(speech.plain("More…"), "menu all")
    if halted is None:
        return (*made, (Button(speech.plain("🛑 Stop everything"), "halt"), more))
    if admin.role == Role.OWNER or admin.admin_id == halted.admin_id:
        lift = Button(speech.plain(brake.LIFT), f"lift {halted.halt_id}")
        return ((lift,), *made, (more,))
    return (*made, (more,))


async def greeting(turn: Turn) -> Reply:
    """What stands in the way, and what fits now."""
    hello = turn.speech.say("Hello, {name}. What shall we do?", name=turn.admin.name)
    made = await rows(turn.core, turn.speech, turn.admin)
    halted, stopped = turn.core.brake.halted, None
    if halted is not None:
        stopped = standing_words(turn.speech, turn.admin, halted)
    return Reply(lines(stopped, hello), made)


def stands(reader: Admin | None) -> str:
    """Who has stopped everything, as a sentence for this reader; None where all the team reads it."""
    return _STANDS_TO_AN_OWNER if reader and reader.role == Role.OWNER else _STANDS


def standing_words(speech: Speech, admin: Admin, halted: Halted) -> RichText:
    """Who stopped everything, and who can let it go on."""
    if halted.admin_id == admin.admin_id:
        return speech.say(
            "🛑 Everything is stopped, on every channel. Nothing goes out until you or an owner lets "
            "it go on."
        )
    return speech.say(stands(admin), name=halted.name)


async def _jobs(core: Core, speech: Speech, admin: Admin) -> list[Button]:
    """The most urgent first."""
    plain = speech.plain
    current = await report.current(core)
    asked = [row for row in current if row.status == BroadcastStatus.IN_REVIEW]
    waiting = len(await approval_standing.waiting_for(core, admin, asked[:_COUNTED]))
    count = f"{waiting}+" if len(asked) > _COUNTED else str(waiting)
    running = sum(row.status in brake.RUNS for row in current)
    jobs = []
    if waiting:
        jobs.append(Button(plain("Waiting for you: {n}", n=count), "approve"))
    if running:
        jobs.append(Button(plain("Running: {n}", n=running), "status"))
    if admin.role in _WRITES:
        jobs.append(Button(plain("New broadcast"), "new"))
    if (last := await _last(core)) is not None:
        jobs.append(Button(plain("Last report"), f"report {last}"))
    if "subscribers" in commands:
        jobs.append(Button(plain("Subscribers"), "subscribers"))
    if admin.role in _WRITES and (drafts := len(await compose.drafts(core, admin))):
        jobs.append(Button(plain("Your drafts: {n}", n=drafts), "drafts"))
    if not running:
        jobs.append(Button(plain("Status"), "status"))
    return [*jobs, Button(plain("Team"), "team")][:MOST]


async def _last(core: Core) -> int | None:
    """The last one that was sent."""
    query = (
        select(Broadcast.broadcast_id)
        .where(
            Broadcast.status == BroadcastStatus.COMPLETED, col(Broadcast.launched_at).is_not(None)
        )
        .order_by(col(Broadcast.completed_at).desc())
        .limit(1)
    )
    async with core.store.read() as session:
        return await session.scalar(query)


def everything(speech: Speech, table: Sequence[Known]) -> list[Reply]:
    """All of these, a reply for each kind of work."""
    found = {row.name: row for row in table}
    sorted_in = {name for _, names in _GROUPS for name in names}
    replies = []
    for head, names in _GROUPS:
        own = names or tuple(name for name in found if name not in sorted_in)
        buttons = [
            Button(speech.capital(speech.plain(found[name].description)), name)
            for name in own
            if name in found
        ]
        if buttons:
            made = tuple(tuple(buttons[at : at + _ROW]) for at in range(0, len(buttons), _ROW))
            replies.append(Reply(speech.say(head), made))
    return replies
