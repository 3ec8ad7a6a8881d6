"""Plays one round: a broadcast by way of the console, its misfortunes, its end, and the verdict."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from typing import Any

from broadcast.clock import utc_now
from broadcast.outcome import Reason
from broadcast.states import BroadcastStatus
from lab.chaos.misfortunes import Hand
from lab.chaos.plan import Act, Moment, Plan
from lab.chaos.reconciliation import Books, End, Silence, Verdict, connect, judge, too_far_ahead
from lab.chaos.world import APPROVER, AUTHOR, House
from sandbox.stage import Deviation

_END_SECONDS = 60.0
_ANSWERED_SECONDS = 31.5  # more than the longest latency the sandbox is asked for
_LATE_SECONDS = 2.0  # by which the sandbox is later than the product's patience
_QUIET_SECONDS = 0.4
_NEWS_SECONDS = 20.0  # in which a status webhook that was refused comes again
_GRACE_SECONDS = 0.5  # what had left has arrived; the sandbox's own latency comes on top
_EXPIRED_SECONDS = 2.0  # in which something that should not would go out
_WORDS = "Su kesintisi"
_B = BroadcastStatus


@dataclass
class Result:
    """What became of one round.

    Uncertain are two kinds of people: `died` were in flight when the process was killed, at most
    `in_flight_at_kills`; of `unanswered` the platform's answer was lost, at most `ambiguous_answers`.
    """

    plan: Plan
    verdict: Verdict = field(default_factory=Verdict)
    kills: int = 0
    in_flight_at_kills: int = 0
    died: int = 0
    ambiguous_answers: int = 0
    unanswered: int = 0
    people: int = 0
    on_meta: int = 0
    seconds: float = 0.0
    ended: str = ""
    real_enospc: bool = False
    claimed_ahead_seconds: float = 0.0  # the most, at any kill
    ended_by: Counter[End] = field(
        default_factory=Counter
    )  # what was confirmed, and then listened to
    broadcast: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)
    received: dict[str, int] = field(default_factory=dict)
    kept: str = ""  # where the evidence of a round that did not hold is


class Round:
    """`House` is where it happens; it is left running for the next one."""

    def __init__(self, house: House, plan: Plan) -> None:
        self._house, self._plan = house, plan
        self._mark = f"round-{plan.number}-"
        self._rng = random.Random(plan.number)
        self._result = Result(plan)
        self._resent: dict[str, str] = {}  # whom an admin had sent to again, and why
        self._marker = 0
        self._broadcast = 0
        self._hand = Hand(house, self._rng)

    async def play(self) -> Result:
        begun, result = monotonic(), self._result
        result.real_enospc = self._house.lane.disk.real
        try:
            await self._prologue()
            await self._storm()
            await self._until_it_ended()
            if self._plan.resend:
                await self._resend()
            await self._judge()
        except Deviation as wrong:
            result.verdict.wrong += [*self._hand.ended_by_itself, str(wrong)]
        finally:
            await self._hand.heard()
            self._house.lane.disk.free()
            result.faults = await self._house.ask("faults", "GET")
            await self._house.ask("faults", "DELETE")
            result.broadcast = self._broadcast
            result.seconds = monotonic() - begun
        return result

    # Before the storm

    async def _prologue(self) -> None:
        """Written by one, approved by the other, in the console."""
        house = self._house
        if house.canary != (self._plan.canary or "off") or house.product is None:
            house.canary = self._plan.canary or "off"
            await house.close()
            await house.start()
        self._marker = self._hand.since = (await house.ask("received", "GET"))["marker"]
        self._hand.mark, self._hand.asked_before = self._mark, await house.asked()
        self._hand.grace = _GRACE_SECONDS + max(map(_latency, self._plan.faults), default=0.0)
        words = f"{self._mark} {_WORDS}: yarın 10:00-14:00"
        self._broadcast = self._hand.broadcast = await house.draft(words, photo=self._plan.photo)
        if self._plan.expires:
            await self._expire()
        if self._plan.scheduled:
            at = utc_now() + timedelta(minutes=30, seconds=house.clock_offset)
            await self._set_time(f"{at:%Y-%m-%d %H:%M}")
        await house.approve(self._broadcast, self._break)
        if self._plan.scheduled:
            await house.until("the approval", self._is_scheduled)
            if self._rng.random() < 0.5:
                await self._hand.do(Moment(0.0, Act.KILL))
            house.move_clock(31 * 60)

    async def _set_time(self, when: str) -> None:
        text = f"/schedule {self._broadcast} {when}"
        await self._house.ask("say", person=AUTHOR, text=text)
        approved = r"When: [^\n]*approved"
        shown = approved if when == "now" else rf"(?!{approved})When: "
        await self._house.see(AUTHOR, "the moment on the card", shown)

    async def _expire(self) -> None:
        """Approved for later, then its author changes the time: the approval is void. The time comes,
        and passes; then it is submitted anew."""
        house = self._house

        async def nothing() -> None:
            return None

        at = utc_now() + timedelta(minutes=30, seconds=house.clock_offset)
        await self._set_time(f"{at:%Y-%m-%d %H:%M}")
        await house.approve(self._broadcast, nothing)
        await house.until("the approval", self._is_scheduled)
        at += timedelta(minutes=1)
        text = f"/schedule {self._broadcast} {at:%Y-%m-%d %H:%M}"
        await house.ask("say", person=AUTHOR, text=text)
        await house.until("the end of the approval", self._is_draft)
        before = await house.received(self._mark, self._marker)
        silence = Silence(End.EXPIRED_APPROVAL, before)
        if self._rng.random() < 0.5:
            await self._hand.do(Moment(0.0, Act.KILL))
        house.move_clock(32 * 60)
        await self._wait_expired()
        self._result.ended_by[End.EXPIRED_APPROVAL] += 1
        received = await house.received(self._mark, self._marker)
        self._result.verdict.hear([silence], received)
        await self._set_time("now")

    async def _wait_expired(self) -> None:
        await asyncio.sleep(_EXPIRED_SECONDS)

    async def _is_draft(self) -> bool:
        return self._books().status == _B.DRAFT

    async def _break(self) -> None:
        for fault in self._plan.faults:
            await self._house.ask("faults", **fault)

    async def _is_scheduled(self) -> bool:
        return self._books().status in {_B.SCHEDULED, _B.SENDING}

    # The storm

    async def _storm(self) -> None:
        await self._house.until("the launch", self._launched)
        begun = monotonic()
        guardian = asyncio.create_task(self._hand.supervise())
        try:
            async with asyncio.TaskGroup() as all_at_once:
                for moment in self._plan.moments:
                    all_at_once.create_task(self._at(begun, moment))
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        finally:
            guardian.cancel()
            await asyncio.gather(guardian, return_exceptions=True)

    async def _launched(self) -> bool:
        return self._books().status not in {_B.IN_REVIEW, _B.APPROVED, _B.SCHEDULED, _B.HOLDING}

    async def _at(self, begun: float, moment: Moment) -> None:
        await asyncio.sleep(max(0.0, begun + moment.at - monotonic()))
        await self._hand.do(moment)

    # After it

    async def _until_it_ended(self) -> None:
        """Whatever paused goes on; then the rows have to say that it is over."""
        self._house.lane.disk.free()
        end, resumed = monotonic() + _END_SECONDS, 0.0
        while True:
            await self._hand.mend()
            books = self._books()
            if books.status in {_B.COMPLETED, _B.CANCELLED} and not books.open:
                self._result.ended = books.status
                return
            if monotonic() > end:
                product = self._house.product
                raise Deviation(
                    f"it does not end: {books.status} {books.pause_reason!r} {books.counts()}\n"
                    + (product.output[-1000:] if product else "")
                )
            word = {_B.PAUSED: "resume", _B.LATE: "sendnow"}.get(_B(books.status))
            if word and monotonic() - resumed > 1.0:
                resumed = monotonic()
                await self._house.ask("say", person=APPROVER, text=f"/{word} {self._broadcast}")
            await asyncio.sleep(0.05)

    async def _resend(self) -> None:
        """An admin chooses to send again to those nobody is sure about."""
        books = self._books()
        if books.status != _B.COMPLETED or not books.uncertain():
            return
        self._resent = {value: books.deliveries[value][1] for value in books.uncertain()}
        text = f"/settle {self._broadcast} resend"
        await self._house.ask("say", person=APPROVER, text=text)
        await self._house.until("the resending", self._resends)
        await self._until_it_ended()

    async def _resends(self) -> bool:
        return (
            not self._books().uncertain() & self._resent.keys()
            or self._books().status != _B.COMPLETED
        )

    async def _judge(self) -> None:
        house, result = self._house, self._result
        silences = await self._hand.heard()
        await self._silence()
        result.received = await house.received(self._mark, self._marker)
        if house.meta is not None:
            await self._news(house.meta.on("whatsapp") & result.received.keys())
        books = self._books()
        verdict = judge(books, result.received, self._audience(books), set(self._resent))
        verdict.wrong = self._hand.ended_by_itself + verdict.wrong
        verdict.after = result.verdict.after
        result.verdict = verdict
        verdict.hear(silences, result.received)
        result.ended_by.update(one.end for one in silences)
        self._judge_claims()
        result.people = len(books.deliveries)
        result.on_meta = len(books.deliveries.keys() & (house.meta.people if house.meta else {}))
        await self._judge_uncertain(books)
        self._judge_logs()

    def _judge_claims(self) -> None:
        """What was claimed stays close to what leaves. Of a photo the first waits for its upload, and
        the others for that: they have begun, and nobody was asked."""
        if self._plan.photo:
            return
        for found in self._hand.ahead:
            for channel, seconds in found.items():
                most = self._result.claimed_ahead_seconds
                self._result.claimed_ahead_seconds = max(most, seconds)
                if too_far_ahead(seconds, self._house.rates()[channel]):
                    said = f"{seconds:.2f} s of {channel} were claimed ahead at a kill"
                    self._result.verdict.wrong.append(said)

    def _judge_logs(self) -> None:
        """Neither a token nor what was written."""
        house = self._house
        hidden = [_WORDS, *house.secrets()]
        for number, product in enumerate(house.products, 1):
            found = [secret for secret in hidden if secret in product.output]
            if found:
                self._result.verdict.wrong.append(f"the log of process {number} holds {found}")

    async def _judge_uncertain(self, books: Books) -> None:
        """No more than were in flight at the kills, and no more than answers were lost."""
        result = self._result
        result.kills, result.in_flight_at_kills = self._hand.kills, self._hand.in_flight_at_kills
        result.ambiguous_answers = await self._ambiguous()
        why = {value: books.deliveries[value][1] for value in books.uncertain()}
        reasons = [*(self._resent.items() - why.items()), *why.items()]
        result.died = sum(reason == Reason.PROCESS_DIED for _, reason in reasons)
        result.unanswered = len(reasons) - result.died
        for what, found, most in (
            ("in flight at kills", result.died, result.in_flight_at_kills),
            ("lost answers", result.unanswered, result.ambiguous_answers),
        ):
            if found > most:
                result.verdict.wrong.append(f"{found} uncertain, but only {most} {what}")

    async def _news(self, arrived: set[str]) -> None:
        """WhatsApp tells what became of each message: nothing that arrived there stays uncertain."""
        end = monotonic() + _NEWS_SECONDS
        while left := self._books().uncertain() & arrived:
            if monotonic() > end:
                raise Deviation(f"no status settled {len(left)} that arrived: {sorted(left)[:5]}")
            await asyncio.sleep(0.1)

    def _audience(self, books: Books) -> set[str]:
        """Everybody who had opted in when it was planned: those who left before are not in it."""
        with connect(self._house.database) as db:
            gone = db.execute(
                "SELECT value FROM address WHERE consent <> 'opted_in' OR suppressed <> ''"
            )
            left = {str(row[0]) for row in gone}
        return self._house.audience - (left - books.deliveries.keys())

    async def _silence(self) -> None:
        """Requests of the dead may still be under way inside the sandbox; the living waited for
        theirs, all but a moment."""
        faults = await self._house.ask("faults", "GET")
        slow = any(f["kind"] == "latency" and f["seconds"] > 1 and f["hits"] for f in faults)
        begun = monotonic()
        until = max(self._hand.died_at + _ANSWERED_SECONDS, begun + _LATE_SECONDS) if slow else 0.0
        before, since = -1, begun
        while monotonic() < max(since + _QUIET_SECONDS, until):
            now = (await self._house.received(self._mark, self._marker)).total()
            if now != before:
                before, since = now, monotonic()
            await asyncio.sleep(0.1)

    async def _ambiguous(self) -> int:
        """Answers the sandbox kept to itself or garbled: nobody can know what became of them."""
        faults: list[dict[str, Any]] = await self._house.ask("faults", "GET")
        return sum(fault["hits"] for fault in faults if _is_ambiguous(fault, self._plan))

    def _books(self) -> Books:
        return Books.read(self._house.database, self._broadcast)


def _latency(fault: dict[str, Any]) -> float:
    return float(fault["seconds"] + fault.get("jitter", 0.0)) if fault["kind"] == "latency" else 0.0


def _is_ambiguous(fault: dict[str, Any], plan: Plan) -> bool:
    match fault["kind"]:
        case "drop_before" | "drop_after" | "garbage":
            return True
        case "latency":
            return bool(fault["seconds"] > 1)
        case "error" if fault["html"]:
            return True
    # Messenger takes a photo and its words as two messages: a plain no to the second comes when the
    # first has arrived, and to send both again would repeat it.
    return bool(plan.photo and fault["channel"] == "messenger" and fault["kind"] != "latency")
