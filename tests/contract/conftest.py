"""Fixtures of the contract tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from sandbox.server import running
from tests.contract.office import Team, opened
from tests.contract.slack_wire import SlackWire
from tests.contract.stage import Stage, stage
from tests.contract.whatsapp import PROMO
from tests.contract.wire import Wire


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    async with running(people=500) as sandbox, aiohttp.ClientSession() as http:
        yield Wire(sandbox, http)


@pytest.fixture
async def slack() -> AsyncIterator[SlackWire]:
    async with running(people=3) as sandbox, aiohttp.ClientSession() as http:
        yield SlackWire(sandbox, http)


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Stage]:
    """A house on all three channels, with an approved template on WhatsApp."""
    async with (
        running(people=300) as sandbox,
        stage(sandbox, tmp_path, "telegram", "whatsapp", "messenger") as stage_,
    ):
        await stage_.do("whatsapp", "templates", create=PROMO)
        yield stage_


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[Team]:
    """A team in Slack, and the house behind it."""
    async with opened(tmp_path, "slack", hold=30) as made:
        yield made
