"""Updates of consoles and accounts that are not set up any more harm nobody."""

from __future__ import annotations

import pytest

from bot.switchboard import Switchboard
from broadcast.channel import Lane
from tests.scenario.house import House

LEFT = {"kind": "command", "body": {"user_id": "U1", "command": "/broadcast", "text": "halt"}}


@pytest.mark.parametrize("source", ["slack:console", "telegram:console", "telegram:gone"])
async def test_what_was_kept_for_somebody_who_is_gone_is_let_go(house: House, source: str) -> None:
    to = Switchboard(house.core, {})
    assert to.order_key(source, LEFT).startswith(f"{source}:")
    assert to.lane(source, LEFT, lambda _: False) == Lane.PEOPLE
    assert to.receipts(source, LEFT) is None
    assert await to.handle(source, LEFT) is None
