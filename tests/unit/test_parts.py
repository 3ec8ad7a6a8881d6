"""A delivery that is several messages: what its receipt says of them after any news, in any order."""

from __future__ import annotations

from itertools import permutations

import pytest

from broadcast.outcome import Receipt, ReceiptKind
from broadcast.store.message_parts import all_failed, arrived, kept, told, with_failures

SENT, READ, FAILED = ReceiptKind.SENT, ReceiptKind.READ, ReceiptKind.FAILED


def news(kind: ReceiptKind, part: int, receipt_id: str) -> Receipt:
    return Receipt(kind, 0.0, receipt_id, 1, part=part, of=3)


def after(receipt: str | None, *all_news: Receipt) -> str | None:
    for one in all_news:
        found = told(receipt, one)
        receipt = receipt if found is None else found
    return receipt


def test_what_is_kept_comes_back_in_its_places() -> None:
    assert arrived(kept(["a", "", "c"])) == ("a", "", "c")
    assert arrived(kept([])) == arrived(None) == arrived("") == ()
    assert arrived("!a,b") == ("", "b"), "what failed has to be sent again"


@pytest.mark.parametrize("order", permutations(range(5)))
def test_any_order_ends_in_the_same(order: tuple[int, ...]) -> None:
    all_news = [
        news(SENT, 1, "a"), news(READ, 1, "a"), news(SENT, 2, "b"), news(FAILED, 2, "b"),
        news(READ, 3, "c"),
    ]  # fmt: skip
    assert after(None, *[all_news[i] for i in order]) == "a,!b,c"


def test_news_of_a_try_that_failed_is_no_news_of_the_next() -> None:
    again = after("a,!b,c", news(SENT, 2, "b2"))
    assert again == "a,b2,c"
    assert told("a,!b,c", news(FAILED, 2, "b")) is None
    assert told("a,!b,c", news(SENT, 2, "b")) is None
    assert told("a,b2,c", news(FAILED, 2, "b")) is None


def test_news_of_another_house_under_the_same_number_is_not_ours() -> None:
    assert told("a,b,c", news(SENT, 2, "x")) is None
    assert told("a,b,c", news(FAILED, 1, "x")) is None


def test_news_of_the_several_it_was_is_none_of_the_one_it_became() -> None:
    assert told("t", news(FAILED, 2, "b")) is None
    assert told("t", news(SENT, 1, "a")) is None


@pytest.mark.parametrize(
    ("receipt", "wanted"),
    [(None, False), ("!a,!", False), ("!a,b", False), ("a,b", False), ("!a,!b", True)],
)
def test_nothing_arrived_only_when_each_is_known_to_have_failed(
    receipt: str | None, wanted: bool
) -> None:
    assert all_failed(receipt) is wanted


def test_a_failure_that_was_told_before_we_noted_the_ids_stays_one() -> None:
    assert with_failures("a,b,c", "!,!b,!") == "a,!b,c"
    assert with_failures("a,b,c", None) == "a,b,c"
