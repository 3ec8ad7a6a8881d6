"""The demo's last word: when the ledger and a phone disagree, it says so."""

from __future__ import annotations

import pytest

from broadcast.states import DeliveryStatus as D
from lab.reconciliation import Line


@pytest.mark.parametrize(
    ("channel", "status", "received", "tick", "agrees"),
    [
        ("telegram", D.SENT, 1, "", True),
        ("telegram", D.SENT, 0, "", False),  # lost
        ("telegram", D.SENT, 2, "", False),  # twice
        ("telegram", D.SKIPPED, 1, "", False),  # unasked
        ("telegram", D.FAILED, 0, "", True),
        ("telegram", D.PLANNED, 1, "", False),
        ("messenger", D.UNCERTAIN, 0, "", True),
        ("messenger", D.UNCERTAIN, 1, "read", True),
        ("messenger", D.UNCERTAIN, 2, "read", False),
        ("whatsapp", D.READ, 1, "read", True),
        ("whatsapp", D.DELIVERED, 1, "read", False),  # the last tick was not heard of
        ("whatsapp", D.READ, 1, "delivered", False),
    ],
)
def test_a_delivery_agrees_with_the_phone_or_is_named(
    channel: str, status: D, received: int, tick: str, agrees: bool
) -> None:
    wrong = Line(channel, 7, status, "", received, tick).wrong
    assert (not wrong) == agrees
    assert agrees or f"{channel}:7" in wrong
