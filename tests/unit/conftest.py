"""Fixtures of the unit tests."""

from __future__ import annotations

import pytest

from tests.scenario.house import House
from tests.unit.desk import Desk, seated
from tests.unit.platforms import beside


@pytest.fixture
async def desk(house: House) -> Desk:
    return await seated(house)


@pytest.fixture
def channels(desk: Desk) -> Desk:
    """On three channels."""
    return beside(desk)
