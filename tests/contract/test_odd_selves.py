"""Whatever an account is told of itself, it opens, and the doctor says what it knew."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

import pytest

from broadcast.channel_spec import Check
from channels._kit.errors import ChannelClosed
from channels.telegram.config import Config
from tests.contract.odd import (
    MANAGEMENT,
    ME,
    META,
    NOT_OURS,
    ODD_SELVES,
    TOKEN,
    Odd,
    a_bot,
    meta,
    section,
)


@pytest.mark.parametrize("status", [200, 404, 502])
async def test_a_bot_opens_whatever_get_me_says(server: Odd, status: int) -> None:
    for body in (*ODD_SELVES, *NOT_OURS):
        server.says("getMe", body, status)
        channel = a_bot(server)
        await channel.open()
        assert channel.username == ""
        await channel.close()


async def test_a_bot_learns_its_name_without_the_rest_of_it(server: Odd) -> None:
    server.says("getMe", {"ok": True, "result": {"username": "town_bot"}})
    channel = a_bot(server)
    await channel.open()
    assert channel.link("x") == "https://t.me/town_bot?start=x"
    await channel.close()


@pytest.mark.parametrize("code", [401, 404])
async def test_only_the_bot_api_says_that_a_token_is_not_known(server: Odd, code: int) -> None:
    server.says("getMe", {"ok": False, "error_code": code, "description": "Unauthorized"}, code)
    with pytest.raises(ChannelClosed, match="does not know this bot token"):
        await a_bot(server).open()


@pytest.mark.parametrize("channel", META)
@pytest.mark.parametrize("status", [200, 400, 502])
async def test_an_account_of_metas_opens_whatever_it_is_told(
    server: Odd, channel: str, status: int
) -> None:
    server.usual = (status, b"")
    for body in (*MANAGEMENT, *NOT_OURS):
        await opens(meta(channel, server), channel, server, body, status)


async def opens(made: Any, channel: str, server: Odd, body: object, status: int) -> None:
    for path in (
        "message_templates",
        "messenger_profile",
        section(channel, server.url).messages_path,
    ):
        server.says(path.rpartition("/")[2], body, status)
    if channel == "whatsapp":
        server.says(section(channel, server.url).phone_number_id, body, status)
    async with asyncio.timeout(60):
        await made.open()
        await made.close()


# The doctor


def by_name(checks: list[Check]) -> dict[str, Check]:
    assert all(check.mend for check in checks if not check.ok)
    assert all(TOKEN not in repr(check) for check in checks)
    return {check.name: check for check in checks}


@pytest.mark.parametrize("body", NOT_OURS)
async def test_telegrams_doctor_says_what_it_knew(server: Odd, body: bytes) -> None:
    server.says("getMe", {"ok": True, "result": ME})
    server.says("getWebhookInfo", body)
    config = Config(token=TOKEN, api_url=server.url)  # type: ignore[arg-type]
    checks = by_name(await import_module("channels.telegram.doctor").diagnose(config))
    assert checks["telegram bot"].ok and "@town_bot" in checks["telegram bot"].found
    assert not checks["telegram api"].ok


@pytest.mark.parametrize("body", [*ODD_SELVES, *NOT_OURS])
async def test_telegrams_doctor_survives_any_self(server: Odd, body: object) -> None:
    server.says("getMe", body)
    config = Config(token=TOKEN, api_url=server.url)  # type: ignore[arg-type]
    checks = by_name(await import_module("channels.telegram.doctor").diagnose(config))
    assert not all(check.ok for check in checks.values())


@pytest.mark.parametrize("channel", META)
async def test_metas_doctor_survives_any_answer(server: Odd, channel: str) -> None:
    for body in (*MANAGEMENT, *NOT_OURS):
        await survives(server, channel, body)


async def survives(server: Odd, channel: str, body: object) -> None:
    config = section(channel, server.url)
    name = config.phone_number_id if channel == "whatsapp" else config.page_id
    good = {"name": "Town", "verified_name": "Town", "status": "CONNECTED"}
    server.says(name, good)
    server.says("debug_token", body)
    server.says("subscribed_apps", body)
    checks = by_name(await import_module(f"channels.{channel}.doctor").diagnose(config))
    first = checks[f"{channel} {'number' if channel == 'whatsapp' else 'page'}"]
    assert first.ok and "Town" in first.found
