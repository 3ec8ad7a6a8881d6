"""`tellal chaos` can fail: evidence that was tampered with is seen, and nothing is seen in good evidence."""

from __future__ import annotations

from collections import Counter

import pytest

from lab.chaos import summary
from lab.chaos.plan import draw_plan
from lab.chaos.play import Result
from lab.chaos.reconciliation import Claim, End, Silence, Verdict, ahead, too_far_ahead

BEFORE = {"1": 1, "2": 0}


@pytest.mark.parametrize("end", End)
@pytest.mark.parametrize(
    ("address", "received", "heard"),
    [
        ("", {"1": 1}, 0),
        ("", {"1": 1, "2": 1}, 1),
        ("", {"1": 3, "3": 1}, 3),
        ("1", {"1": 1, "2": 5}, 0),
        ("1", {"1": 2}, 1),
        ("2", {"2": 2}, 2),
    ],
)
def test_what_comes_after_an_end_is_heard(
    end: End, address: str, received: dict[str, int], heard: int
) -> None:
    verdict = Verdict()
    verdict.hear([Silence(end, BEFORE, address)], received)
    assert len(verdict.after[end]) == heard
    assert verdict.holds is not bool(heard)
    result = Result(draw_plan(1, 1, 150), verdict)
    found = summary([result], 1)
    assert found[f"after_{end}"] == heard
    assert found["broken_rounds"] == bool(heard)


def test_a_claim_that_was_never_asked_for_counts_as_ahead() -> None:
    claims = [
        Claim("telegram", "1", 1),  # asked for
        Claim("telegram", "2", 1),  # never
        Claim("telegram", "3", 2),  # in an earlier try
        Claim("whatsapp", "4", 1),  # never
    ]
    asked = Counter({("telegram", "1"): 1, ("telegram", "3"): 1})
    found = ahead(claims, asked, {"telegram": 20.0, "whatsapp": 80.0})
    assert found == {"telegram": 0.1, "whatsapp": 1 / 80}


@pytest.mark.parametrize(
    ("count", "rate", "too_far"),
    [(4, 20, False), (5, 20, True), (22, 20, True), (1, 1, False), (2, 1, True), (30, 150, False),
     (31, 150, True)],
)  # fmt: skip
def test_a_fifth_of_a_second_is_as_far_as_claims_may_be(
    count: int, rate: float, too_far: bool
) -> None:
    assert too_far_ahead(count / rate, rate) is too_far
