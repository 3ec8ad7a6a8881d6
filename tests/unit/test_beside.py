"""The ledger beside the phones: what a message is known by, and when the two sides agree."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from broadcast.message import Message, RichText, rich
from broadcast.states import DeliveryStatus as D
from lab.live_reconciliation import Found, known_by, summed

TELEGRAM, WHATSAPP = ("telegram", "1"), ("whatsapp", "905550000001")


def ledger(rows: dict[tuple[str, str], D], planned: int | None = None) -> Found:
    return Found(3, "running", planned, "words", rows, Counter())


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("*Summer concert* this Saturday\nat eight", "Summer concert"),
        ("*It* is off today", "is off today"),
        ("*Hi* yes", ""),
        ("Hello {name}, the bridge is open", ", the bridge is open"),
    ],
)
def test_a_message_is_known_by_words_that_every_platform_shows_alike(
    words: str, known: str
) -> None:
    template = words.replace("{name}", "{{name}}")
    text = rich(template) if "*" in words else RichText(text=words)
    assert known_by(Message(text=text)) == known


def test_literal_marks_and_long_texts_are_cut() -> None:
    assert known_by(Message(text=RichText(text="a*b literal_marks here"))) == "marks here"
    assert len(known_by(Message(text=RichText(text="word " * 200)))) <= 100
    assert known_by(Message()) == ""


@pytest.mark.parametrize(
    ("was", "now", "shown", "agrees"),
    [
        (D.SENT, D.SENT, 1, True),
        (D.SENT, D.SENT, 0, False),
        (D.SENT, D.SENT, 2, False),
        (D.PLANNED, D.IN_FLIGHT, 1, True),
        (D.PLANNED, D.PLANNED, 1, False),
        (D.IN_FLIGHT, D.SENT, 0, True),
        (D.UNCERTAIN, D.UNCERTAIN, 1, True),
        (D.UNCERTAIN, D.UNCERTAIN, 0, True),
        (D.FAILED, D.FAILED, 1, False),
        (D.SKIPPED, D.SKIPPED, 0, True),
    ],
)
def test_a_phone_shows_what_the_ledger_says(was: D, now: D, shown: int, agrees: bool) -> None:
    found = summed(ledger({TELEGRAM: was}), ledger({TELEGRAM: now}), {TELEGRAM: shown})
    assert (found["wrong"] == 0) is agrees
    assert found["twice"] == (1 if shown > 1 else 0)


def test_what_meta_took_is_owed_only_once_it_is_delivered() -> None:
    for status, wrong in ((D.SENT, 0), (D.DELIVERED, 1), (D.READ, 1)):
        rows = {WHATSAPP: status}
        assert summed(ledger(rows), ledger(rows), {WHATSAPP: 0})["wrong"] == wrong


def test_the_columns_add_up_to_what_was_planned() -> None:
    statuses = [
        D.SENT,
        D.DELIVERED,
        D.READ,
        D.FAILED,
        D.SKIPPED,
        D.UNCERTAIN,
        D.IN_FLIGHT,
        D.WAITING,
    ]
    rows = {("whatsapp", str(n)): status for n, status in enumerate(statuses)}
    found = summed(ledger(rows, 8), ledger(rows, 8), None)
    column: dict[str, Any] = found["channels"]["whatsapp"]
    ends = ("sent", "failed", "skipped", "uncertain", "open")
    assert column["planned"] == sum(column[name] for name in ends) == 8
    assert (column["sent"], column["delivered"], column["open"]) == (3, 2, 2)
    assert column["phones"] is None
    assert found["adds_up"]
    assert not summed(ledger(rows, 9), ledger(rows, 9), None)["adds_up"]
