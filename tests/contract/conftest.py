"""Fixtures of the contract tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.server import running
from tests.contract.odd import Odd, odd
from tests.contract.office import Team, opened
from tests.contract.slack_valid import content_of, faults
from tests.contract.slack_wire import SlackWire
from tests.contract.stage import Stage, stage
from tests.contract.whatsapp import PROMO
from tests.contract.wire import Wire
from tests.pauses import CONSOLES, ENGINE, shorten


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(monkeypatch, ENGINE, CONSOLES)


@pytest.fixture(autouse=True)
def what_goes_to_slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every card, message and modal of ours keeps to slack_sdk's own models."""
    from bot.frontends.slack.api import Client

    found: list[str] = []
    send = Client._request

    async def watched(self: Client, *, http_verb: str, api_url: str, req_args: Any) -> Any:
        method = api_url.rpartition("/")[2]
        found.extend(f"{method}: {fault}" for fault in faults(content_of(req_args)))
        return await send(self, http_verb=http_verb, api_url=api_url, req_args=req_args)

    monkeypatch.setattr(Client, "_request", watched)
    yield
    assert not found


@pytest.fixture
async def server() -> AsyncIterator[Odd]:
    """It answers as it is told."""
    async with odd() as made:
        yield made


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
