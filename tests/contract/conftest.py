"""Fixtures of the contract tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.server import running
from tests.contract.slack_wire import SlackWire
from tests.contract.wire import Wire


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with running(people=500) as sandbox, aiohttp.ClientSession() as http:
        yield Wire(sandbox, http)


@pytest.fixture
async def slack() -> AsyncIterator[SlackWire]:
    async with running(people=3) as sandbox, aiohttp.ClientSession() as http:
        yield SlackWire(sandbox, http)
