"""Who missed it: names masked, by reason, a page at a time; the whole list as a file; who is tried again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from bot import missed_file
from bot.chat import Button, File, Reply, Rows
from bot.handlers import retry
from bot.handlers.turn import Turn
from bot.views import next_steps, review_card, run_card
from bot.views.quotes import quoted
from broadcast import masking
from broadcast.language import channel_label
from broadcast.message import RichText
from broadcast.models import Broadcast
from broadcast.outcome import Reason
from broadcast.services import compose, missed, report
from broadcast.services.approval_standing import DECIDERS
from broadcast.services.report import Missed, Sums
from broadcast.services.retry import outlook
from broadcast.states import BroadcastStatus

PAGE, REASONS = 20, 6  # people on a page; reasons that have a button
_FILE, _UNKNOWN = "file", "unknown"
_DETAIL = 120
Groups = list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Asked:
    """`/missed 3 blocked 2`: of those for one reason the second page."""

    reason: str | None = None
    page: int = 0  # 0: none was named
    file: bool = False

    @property
    def words(self) -> str:
        """As a button carries the reason."""
        return "" if self.reason is None else f" {self.reason or _UNKNOWN}"


async def show(turn: Turn) -> list[Reply]:
    """`/missed 3`, `/missed 3 2`, `/missed 3 blocked`, `/missed 3 file`."""
    turn = _number_first(turn)
    number = turn.broadcast_id()
    row = await compose.get(turn.core, number)
    if row.launched_at is None:
        return [_not_sent(turn, row)]
    found = await report.reasons(turn.core, number)
    asked = _asked(turn, {reason for reason, _ in found})
    elsewhere = sum(n for reason, n in found if reason == Reason.REACHED_ELSEWHERE)
    groups = [one for one in found if one[0] != Reason.REACHED_ELSEWHERE]
    if asked.reason is not None:
        groups = [one for one in groups if one[0] == asked.reason]
    if not groups:
        return [await _nobody(turn, row, asked)]
    if asked.file:
        return [await _file(turn, row, asked, sum(n for _, n in groups))]
    return [await _page(turn, row, asked, groups, elsewhere)]


def _number_first(turn: Turn) -> Turn:
    """`/missed file 3` is what `/missed 3 file` is."""
    words = turn.words
    if len(words) > 1 and not words[0].lstrip("#").isdecimal():
        at = next((n for n, word in enumerate(words) if word.lstrip("#").isdecimal()), 0)
        words = [words[at], *words[:at], *words[at + 1 :]]
    return replace(turn, request=replace(turn.request, arguments=" ".join(words)))


def _asked(turn: Turn, reasons: set[str]) -> Asked:
    words = turn.rest().lower().split()
    numbers = [int(word) for word in words if word.isdecimal()]
    known = [word for word in words if word in reasons or (word == _UNKNOWN and "" in reasons)]
    old = [
        word for word in words if word in {one.value for one in Reason}
    ]  # nobody has it any more
    reason = next(iter([*known, *old]), None)
    wanted = {_FILE, "csv", turn.speech.plain(missed_file.FILE_WORD).lower()}
    return Asked(
        "" if reason == _UNKNOWN else reason, min(next(iter(numbers), 0), 2**31),
        bool(wanted & set(words)),
    )  # fmt: skip


def _not_sent(turn: Turn, row: Broadcast) -> Reply:
    number = row.broadcast_id
    text = turn.speech.say("*#{id}* has not been sent, so nobody has missed it.", id=number)
    return Reply(text, ((Button(turn.speech.plain("Open #{id}", id=number), f"open {number}"),),))


async def _nobody(turn: Turn, row: Broadcast, asked: Asked) -> Reply:
    number, say = row.broadcast_id or 0, turn.speech.say
    text = say("Nobody missed *#{id}*.", id=number)
    if asked.reason is not None:
        why = review_card.reason_words(turn.speech, asked.reason)
        text = say("Nobody missed *#{id}* for that reason: {reason}.", id=number, reason=why)
    elif left := (await report.sums(turn.core, number)).open:
        text = turn.speech.say_n(
            "Nobody has missed *#{id}* so far; {n} person is still to come.",
            "Nobody has missed *#{id}* so far; {n} people are still to come.", left, id=number,
        )  # fmt: skip
    all_of_them = Button(turn.speech.plain("All who missed it"), f"missed {number}")
    see = Button(turn.speech.plain("Report"), f"report {number}")
    first = (see,) if asked.reason is None else (all_of_them, see)
    return Reply(text, (first, *(next_steps.rows(turn.speech, row) if turn.writes else ())))


# A page


async def _page(turn: Turn, row: Broadcast, asked: Asked, groups: Groups, elsewhere: int) -> Reply:
    number, say = row.broadcast_id or 0, turn.speech.say
    total = sum(n for _, n in groups)
    pages = -(-total // PAGE)
    page = min(max(asked.page, 1), pages)
    sums = await report.sums(turn.core, number)
    again, buttons = await _again(turn, row, sums)
    counts = groups if page == 1 and pages > 1 and len(groups) > 1 else []
    more = turn.speech.say_n(
        "{n} more has it on another channel.", "{n} more have it on another channel.", elsewhere
    )
    text = review_card.lines(
        _head(turn, number, total, sums),
        *(say("· {reason}: {n}", reason=_why(turn, r), n=turn.speech.number(n)) for r, n in counts),
        *await _people(turn, number, groups, page),
        say("Page {page} of {pages}", page=page, pages=pages) if pages > 1 else None,
        more if elsewhere and page == 1 and asked.reason is None else None,
        *again,
    )
    rows = (_leaves(turn, number, asked, page, pages), *_file_row(turn, row, asked), *buttons)
    rows = (*rows, *_filters(turn, number, asked, groups if pages > 1 else []))
    turned = bool(asked.page) and turn.request.pressed
    return Reply(text, tuple(filter(None, rows)), replaces=turned)


def _head(turn: Turn, number: int, total: int, sums: Sums) -> RichText:
    head = turn.speech.say_n(
        "{n} person missed *#{id}*, or may have:", "{n} people missed *#{id}*, or may have:", total,
        id=number,
    )  # fmt: skip
    if not sums.open:
        return head
    left = turn.speech.say_n(
        "{n} person is still to come.", "{n} people are still to come.", sums.open
    )
    return head + "\n" + left


async def _people(turn: Turn, number: int, groups: Groups, page: int) -> list[RichText]:
    """Each reason with its number, and under it those of its people who are on this page."""
    said: list[RichText] = []
    skip, room = (page - 1) * PAGE, PAGE
    for reason, count in groups:
        if skip >= count:
            skip -= count
            continue
        if room <= 0:
            break
        why = turn.speech.capital(_why(turn, reason))
        said.append(turn.speech.say("*{reason}*: {n}", reason=why, n=turn.speech.number(count)))
        found = await report.missed(turn.core, number, room, skip, reason)
        said += [_person(turn, one) for one in found]
        skip, room = 0, room - len(found)
    return said


def _why(turn: Turn, reason: str) -> str:
    return review_card.reason_words(turn.speech, reason) or turn.speech.plain(missed_file.UNKNOWN)


def _person(turn: Turn, one: Missed) -> RichText:
    """`· Fat… +90 ••• 12`: others may read it too."""
    number = masking.phone(one.phone) if one.phone else ""
    number = number or f"{channel_label(one.channel)} {masking.address(one.address)}"
    said = RichText(text=" ".join(filter(None, ("·", masking.name(one.name), number))))
    if one.reason == Reason.REJECTED and one.detail:
        said = said + f" ({quoted(masking.words(one.detail)[:_DETAIL])})"
    return said + "; " + turn.speech.say("a part of it arrived") if one.part else said


def _leaves(turn: Turn, number: int, asked: Asked, page: int, pages: int) -> tuple[Button, ...]:
    line = f"missed {number}{asked.words}"
    back = Button(turn.speech.plain("Back"), f"{line} {page - 1}")
    more = Button(turn.speech.plain("More"), f"{line} {page + 1}")
    return ((back,) if page > 1 else ()) + ((more,) if page < pages else ())


def _filters(turn: Turn, number: int, asked: Asked, groups: Groups) -> Rows:
    if asked.reason is not None:
        return ((Button(turn.speech.plain("All who missed it"), f"missed {number} 1"),),)
    if len(groups) < 2:
        return ()
    return tuple(
        (
            Button(
                f"{turn.speech.capital(_why(turn, reason))} ({turn.speech.number(n)})",
                f"missed {number} {reason or _UNKNOWN} 1",
            ),
        )
        for reason, n in groups[:REASONS]
    )


# Trying again


async def _again(turn: Turn, row: Broadcast, sums: Sums) -> tuple[list[RichText], Rows]:
    """What may still be done for them, as words and as buttons for who may press them."""
    speech, number = turn.speech, row.broadcast_id or 0
    decides = turn.admin.role in DECIDERS
    found = await outlook(turn.core, number)
    said = await retry.held(turn)
    rows: list[tuple[Button, ...]] = []
    if found.why is not None:
        said.append(review_card.sentence(speech, found.why.template, found.why.values))
    elif found.offers and decides:
        rows += _tries(turn, number, found.passing, found.others)
    elif found.offers:
        said.append(
            speech.say_n(
                "An approver or an owner can try again for {n} person.",
                "An approver or an owner can try again for {n} people.",
                found.passing + found.others,
            )
        )
    elif sums.failed and row.status == BroadcastStatus.COMPLETED and not said:
        said.append(speech.say("Trying again would reach none of them."))
    if run_card.is_doubtful(row, sums):
        said.append(
            speech.say_n(
                "{n} person may or may not have received it. Send again, or leave it?",
                "{n} people may or may not have received it. Send again, or leave it?",
                sums.uncertain,
            )
        )
        rows += [run_card.doubt_buttons(speech, row)] if decides else []
    return said, tuple(rows)


def _tries(turn: Turn, number: int, passing: int, others: int) -> list[tuple[Button, ...]]:
    """Those that may well go better at once; others are chosen by their reason first."""
    rows: list[tuple[Button, ...]] = []
    if passing:
        label = turn.speech.say_n("Try again: {n} person", "Try again: {n} people", passing).text
        rows.append((Button(label, f"retry {number} {retry.FAILED} {passing}"),))
    if others:
        label = turn.speech.plain("Try others again ({n})", n=turn.speech.number(others))
        rows.append((Button(label, f"retry {number}"),))
    return rows


# The file


def _file_row(turn: Turn, row: Broadcast, asked: Asked) -> Rows:
    if not missed.may_take(turn.admin, row):
        return ()
    line = f"missed {row.broadcast_id}{asked.words} {_FILE}"
    return ((Button(turn.speech.plain("The list as a file"), line),),)


async def _file(turn: Turn, row: Broadcast, asked: Asked, people: int) -> Reply:
    """Whole names and addresses: for some, in private, and noted."""
    missed.check(turn.admin, row)
    number, speech = row.broadcast_id or 0, turn.speech
    core = replace(turn.core, store=turn.core.store.afterwards)
    part = f"-{asked.reason or _UNKNOWN}" if asked.reason is not None else ""
    file = File(
        f"missed-{number}{part}.csv",
        f"missed {number}{asked.words} {_FILE}",
        partial(missed_file.made, core, turn.admin, number, asked.reason, speech),
    )
    text = speech.say_n(
        "The list of who missed *#{id}*: {n} person, with whole name and address. Please keep it to "
        "yourself.",
        "The list of who missed *#{id}*: {n} people, with whole names and addresses. Please keep it "
        "to yourself.",
        people, id=number,
    )  # fmt: skip
    back = Button(speech.plain("Who missed it"), f"missed {number}")
    see = Button(speech.plain("Report"), f"report {number}")
    return Reply(text, ((back, see),), file=file)
