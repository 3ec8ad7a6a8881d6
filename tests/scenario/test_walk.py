"""A random walk of admins, subscribers, platform and crashes over the real services and SQLite.

Whatever happens: the sums are those of the rows, no state is entered but by the table, nobody is
lost, nobody gets it twice who was not asked about, after a pause or a cancel was answered nobody else
is sent to, and after a STOP not that person.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections import Counter
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from broadcast.engine import runner as engine
from broadcast.errors import CannotDo
from broadcast.inbound import Inbound, InboundKind
from broadcast.message import Message, RichText
from broadcast.models import UncertainPolicy
from broadcast.outcome import Reason
from broadcast.safety import Limits
from broadcast.services import compose, control, report, retry, review, safety, schedule, subscribe
from broadcast.states import TRANSITIONS, BroadcastStatus, DeliveryStatus, may_become
from tests.scenario.house import KEY, House
from tests.scenario.moods import Mortal, Platform

T = TypeVar("T")
S, D = BroadcastStatus, DeliveryStatus
PEOPLE, MOST = 12, 8  # of each walk; the most broadcasts of one
VISITED: set[BroadcastStatus] = set()


class Walk(RuleBasedStateMachine):
    """`again` counts how often an admin had a person of a broadcast sent to once more."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.house = House(Path(self.folder.name), undo_hold_seconds=0.0)
        self.house.core.policy = replace(
            self.house.core.policy, limits=Limits(window=10, failed=40), max_attempts=3,
            canary_wait_seconds=0.02, reapprove_growth_people=4,
        )  # fmt: skip
        self.run(self.house.open(PEOPLE))
        self.run(self.watch_the_states())
        self.platform = Platform(random.Random(0))
        self.house.core.channels[KEY] = self.platform
        self.words: dict[int, list[str]] = {}  # what it said first, and as it was corrected
        self.quiet: dict[int, int] = {}  # broadcasts that may begin nothing: how much had begun
        self.again: Counter[tuple[int, str]] = Counter()
        self.left: dict[str, int] = {}  # who said STOP: how often they had been called
        self.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(work, 60))

    async def watch_the_states(self) -> None:
        """The database itself notes every change of a state, whoever makes it."""
        async with self.house.store.bulk() as db:
            await db.execute(text("CREATE TABLE step (was TEXT, became TEXT)"))
            await db.execute(
                text("""CREATE TRIGGER steps AFTER UPDATE OF status ON broadcast
                WHEN new.status <> old.status
                BEGIN INSERT INTO step VALUES (old.status, new.status); END""")
            )

    def start(self) -> None:
        self.ledger = Mortal(self.house.store)
        self.run(self.ledger.recover())
        self.runner = self.loop.create_task(
            engine.Runner(self.house.core, self.ledger, {KEY: self.house.pacer}).run()
        )

    def stop(self) -> None:
        self.runner.cancel()
        self.run(asyncio.wait({self.runner}))  # type: ignore[arg-type]

    def teardown(self) -> None:
        self.stop()
        VISITED.update(became for _, became in self.run(self.steps()))
        self.run(self.house.store.close())
        self.loop.close()
        self.folder.cleanup()

    def attempt(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What an admin tries may well be refused: with a sentence, and nothing else."""
        try:
            return self.run(work)
        except CannotDo:
            return None

    def one(self, chance: int) -> int:
        return sorted(self.words)[chance % len(self.words)]

    @initialize(seed=st.integers(0, 1 << 30))
    def begin_with_one_on_its_way(self, seed: int) -> None:
        self.write(None, launch=True)
        self.a_busy_day(seed)

    # Admins. Few rules with many choices: chance picks among rules evenly, and most launches matter.

    @precondition(lambda self: len(self.words) < MOST)
    @rule(
        at=st.sampled_from([None, None, None, 60, 4000]),
        launch=st.booleans(),
        canary=st.sampled_from(["off", "3", "40%", "3 ask"]),
    )
    def write_another(self, at: int | None, launch: bool, canary: str) -> None:
        self.write(at, launch=launch, canary=canary)

    def write(self, at: int | None, *, launch: bool, canary: str = "off") -> None:
        words = f"words {len(self.words)}"
        number = self.run(self.house.draft(words))
        self.words[number] = [words]
        self.run(safety.set_canary(self.house.core, self.house.author, number, canary))
        if at:
            moment = self.house.now + timedelta(seconds=at)
            self.run(schedule.set_time(self.house.core, self.house.author, number, moment))
        if launch:
            self.approve(number)

    @precondition(lambda self: self.words)
    @rule(chance=st.integers(0, 5), act=st.sampled_from(["edit", "approve", "approve", "now"]))
    def before_it_starts(self, chance: int, act: str) -> None:
        number = self.one(chance)
        if act == "approve":
            self.approve(number)
        elif act == "now":
            self.attempt(control.send_now(self.house.core, self.house.approver, number))
        else:
            words = self.words[number][-1] + "!"  # one that was launched is corrected, if it rests
            new = Message(text=RichText(text=words))
            if self.attempt(compose.set_message(self.house.core, self.house.author, number, new)):
                self.words[number].append(words)

    def approve(self, number: int) -> None:
        seen = self.attempt(review.submit(self.house.core, self.house.author, number))
        if seen is not None:
            work = review.approve(self.house.core, self.house.approver, number, seen.submission)
            if self.attempt(work):
                self.quiet.pop(number, None)  # of a correction: it goes on

    @precondition(lambda self: self.words)
    @rule(
        chance=st.integers(0, 5),
        act=st.sampled_from(["pause", "resume", "resume", "cancel", "resend", "retry"]),
        decisive=st.integers(0, 2),
    )
    def while_it_runs(self, chance: int, act: str, decisive: int) -> None:
        number = self.one(chance)
        match act:
            case "pause":
                self.stop_it(number, control.pause(self.house.core, self.house.author, number))
            case "cancel" if decisive == 0:
                self.stop_it(number, control.cancel(self.house.core, self.house.author, number))
            case "resume":
                self.resume(number)
            case "resend":
                self.resend(number)
            case "retry":
                reasons = frozenset({Reason.UNAVAILABLE.value, Reason.TOO_MANY_ATTEMPTS.value})
                self.attempt(retry.retry(self.house.core, self.house.approver, number, reasons))

    def stop_it(self, number: int, work: Coroutine[Any, Any, Any]) -> None:
        if self.attempt(work):
            self.quiet[number] = self.begun(number)

    def begun(self, number: int) -> int:
        return sum(self.platform.began[words] for words in self.words[number])

    def arrived(self, number: int, value: str) -> int:
        """How often they got it, in whatever words."""
        return sum(self.platform.arrived[words, value] for words in self.words[number])

    def resume(self, number: int) -> None:
        before = self.quiet.pop(number, None)
        gone_on = self.attempt(control.resume(self.house.core, self.house.approver, number))
        if gone_on is None and before is not None:
            self.quiet[number] = before

    def resend(self, number: int) -> None:
        if self.run(self.house.status(number)) != S.COMPLETED:
            return
        unsure = self.people(number, D.UNCERTAIN)
        work = control.decide_uncertain(
            self.house.core, self.house.approver, number, UncertainPolicy.RESEND
        )
        if self.attempt(work):
            self.again.update((number, value) for value in unsure)

    # Subscribers, time, and what breaks

    @rule(who=st.integers(0, PEOPLE - 1), word=st.sampled_from(["STOP", "START", "JOIN"]))
    def say(self, who: int, word: str) -> None:
        number = f"u{self.house.now.timestamp()}{who}{word}{sum(self.platform.began.values())}"
        said = Inbound(number, *KEY, str(1000 + who), InboundKind.TEXT, word)
        self.left.pop(said.address, None)
        self.run(subscribe.hear(self.house.core, said))
        if word == "STOP":
            self.left[said.address] = self.platform.called[said.address]

    @rule(seconds=st.sampled_from([-90, 30, 90, 5000]))
    def move_the_clock(self, seconds: int) -> None:
        self.house.now += timedelta(seconds=seconds)
        self.house.core.wake.set()

    @rule(seconds=st.sampled_from([0.0, 0.01, 0.05, 0.1]), seed=st.integers(0, 1 << 30))
    def let_it_work(self, seconds: float, seed: int) -> None:
        self.platform.rng.seed(seed)
        self.run(asyncio.sleep(seconds))

    @rule(seed=st.integers(0, 1 << 30))
    def let_it_finish(self, seed: int) -> None:
        self.platform.rng.seed(seed)
        self.run(asyncio.sleep(0.3))

    @rule(after=st.sampled_from([0.0, 0.02, 0.04, 0.06]))
    def crash(self, after: float) -> None:
        self.run(asyncio.sleep(after))
        self.ledger.dead = True
        self.stop()
        self.house.core.revoked.clear()  # only memory: the next process reads the rows
        self.start()

    @rule(seed=st.integers(0, 1 << 30))
    def a_busy_day(self, seed: int) -> None:
        """Much in little time: chance alone lets most of it happen while nothing is being sent."""
        rng = random.Random(seed)
        self.platform.rng.seed(seed)
        for _ in range(20):
            number = self.one(rng.randrange(6))
            act = rng.choices(
                ("say", "work", "pause", "resume", "write", "crash", "cancel"),
                (12, 16, 2, 6, 4, 2, 1),
            )[0]
            match act:
                case "say":
                    self.say(rng.randrange(PEOPLE), rng.choice(("STOP", "START", "JOIN", "JOIN")))
                case "work":
                    self.run(asyncio.sleep(rng.choice((0.0, 0.005, 0.01, 0.03))))
                case "pause" | "cancel":
                    stop = control.pause if act == "pause" else control.cancel
                    self.stop_it(number, stop(self.house.core, self.house.author, number))
                case "resume":
                    self.resume(number)
                case "write" if len(self.words) < MOST:
                    self.write(None, launch=True, canary=rng.choice(("off", "3", "40%")))
                case "crash":
                    self.crash(0.0)

    # What holds, always

    def people(self, number: int, *statuses: DeliveryStatus) -> set[str]:
        async def find() -> set[str]:
            async with self.house.store.read() as session:
                rows = await session.execute(
                    text("""SELECT a.value, d.status FROM delivery d
                    JOIN address a ON a.address_id = d.address_id WHERE d.broadcast_id = :b"""),
                    {"b": number},
                )
                return {value for value, status in rows if status in statuses}

        return self.run(find())

    @invariant()
    def the_sums_are_those_of_the_rows(self) -> None:
        for number in self.words:
            status, planned, rows, still_open = self.run(self.books(number))
            assert planned == rows
            assert status != S.COMPLETED or not still_open
            sums = self.run(report.sums(self.house.core, number))
            ended = sums.sent + sums.failed + sums.skipped + sums.uncertain
            assert sums.planned == ended + sums.open

    async def steps(self) -> list[tuple[S, S]]:
        async with self.house.store.read() as session:
            rows = await session.execute(text("SELECT DISTINCT was, became FROM step"))
            return [(S(was), S(became)) for was, became in rows]

    @invariant()
    def states_are_entered_by_the_table(self) -> None:
        for was, became in self.run(self.steps()):
            # The last yes approves and starts the hold, or sets the time, in one transaction.
            through = TRANSITIONS[S.APPROVED] if was == S.IN_REVIEW else frozenset()
            allowed = TRANSITIONS[was] | through
            assert became in allowed or may_become(was, became, launched=True), (was, became)

    async def books(self, number: int) -> tuple[str, int, int, int]:
        """At one moment: status, planned, rows, open ones."""
        async with self.house.store.read() as session:
            found = await session.execute(
                text("""SELECT b.status, b.planned_total, count(d.delivery_id),
                COALESCE(sum(d.status < 20), 0) FROM broadcast b
                LEFT JOIN delivery d ON d.broadcast_id = b.broadcast_id
                WHERE b.broadcast_id = :b GROUP BY b.broadcast_id"""),
                {"b": number},
            )
            status, planned, rows, still_open = found.one()
            return str(status), int(planned), int(rows), int(still_open)

    @invariant()
    def nobody_is_sent_to_after_a_pause_or_a_cancel(self) -> None:
        for number, begun in self.quiet.items():
            assert self.begun(number) == begun

    @invariant()
    def nobody_is_sent_to_after_a_stop(self) -> None:
        for value, called in self.left.items():
            assert self.platform.called[value] == called, value

    @invariant()
    def nobody_gets_two_and_nobody_is_lost(self) -> None:
        for number in self.words:
            for value in self.people(number, D.SENT):
                assert self.arrived(number, value) >= 1
            for value in {value for _, value in self.platform.arrived}:
                assert self.arrived(number, value) <= 1 + self.again[number, value], value

    @invariant()
    def failed_and_skipped_did_not_get_it(self) -> None:
        for number in self.words:
            for value in self.people(number, D.FAILED, D.SKIPPED):
                assert self.arrived(number, value) <= self.again[number, value]


@pytest.mark.timeout(300)
def test_the_walk_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_AFTER_ERROR_SECONDS", 0.01)
    monkeypatch.setattr(engine, "_TICK_SECONDS", 0.02)
    with structlog.testing.capture_logs():  # thousands of tracebacks, made for reading
        run_state_machine_as_test(
            Walk,
            settings=settings(
                max_examples=12, stateful_step_count=20, deadline=None, database=None,
                derandomize=True, phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
    assert {S.SCHEDULED, S.SENDING, S.WATCHING, S.PAUSED, S.COMPLETED, S.CANCELLED} <= VISITED
