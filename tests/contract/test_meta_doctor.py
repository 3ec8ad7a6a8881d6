"""`tellal doctor` for WhatsApp and Messenger: what is wrong is named, with the way to mend it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib import import_module

import pytest

from broadcast.channel_spec import Check
from lab import demo_world
from sandbox.server import Sandbox, running

META = pytest.mark.parametrize("channel", ["whatsapp", "messenger"])
_OBJECT = {"whatsapp": "number", "messenger": "page"}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with running(people=10) as made:
        yield made


async def look(sandbox: Sandbox, channel: str, **changed: str) -> dict[str, Check]:
    """What the doctor finds, by name; with the settings of the demo but for `changed`."""
    start = f"TELLAL_{channel.upper()}__"
    given = {
        name.removeprefix(start).lower(): value
        for name, value in demo_world.platforms(sandbox.url).items()
        if name.startswith(start)
    } | changed
    config = import_module(f"channels.{channel}.config").Config.model_validate(given)
    checks = await import_module(f"channels.{channel}.doctor").diagnose(config, "https://here")
    assert all(given[secret] not in repr(checks) for secret in ("access_token", "app_secret"))
    assert all(check.mend for check in checks if not check.ok)
    return {check.name.removeprefix(f"{channel} "): check for check in checks}


def wrong(checks: dict[str, Check]) -> dict[str, str]:
    return {name: check.found for name, check in checks.items() if not check.ok}


@META
async def test_all_is_well(sandbox: Sandbox, channel: str) -> None:
    checks = await look(sandbox, channel)
    assert list(checks) == [_OBJECT[channel], "token", "webhooks", "app secret", "verify token"]
    assert not wrong(checks)


@pytest.mark.parametrize(
    ("channel", "scopes", "missing"),
    [
        ("whatsapp", ["whatsapp_business_management"], "whatsapp_business_messaging"),
        ("messenger", ["pages_show_list", "pages_manage_metadata"], "pages_messaging"),
        ("messenger", ["pages_manage_metadata"], "pages_messaging"),  # not even the page is shown
    ],
)
async def test_a_token_without_a_permission(
    sandbox: Sandbox, channel: str, scopes: list[str], missing: str
) -> None:
    await sandbox.do("tokens", channel=channel, token="EAAweak", scopes=scopes)
    assert missing in wrong(await look(sandbox, channel, access_token="EAAweak"))["token"]


@META
async def test_a_token_meta_does_not_know(sandbox: Sandbox, channel: str) -> None:
    assert set(wrong(await look(sandbox, channel, access_token="EAAother"))) == {"token"}


@META
async def test_the_secret_of_another_app(sandbox: Sandbox, channel: str) -> None:
    checks = await look(sandbox, channel, app_secret="somebody-else's")
    assert list(checks) == ["app secret"]
    assert "App settings" in checks["app secret"].mend


@META
async def test_an_id_that_is_not_ours(sandbox: Sandbox, channel: str) -> None:
    field = {"whatsapp": "phone_number_id", "messenger": "page_id"}[channel]
    found = wrong(await look(sandbox, channel, **{field: "123"}))
    assert "'123' does not exist" in found[_OBJECT[channel]]


@META
async def test_an_app_that_is_not_subscribed(sandbox: Sandbox, channel: str) -> None:
    if channel == "whatsapp":
        await sandbox.do("account", channel=channel, subscribed=False)
    else:
        await sandbox.do("page", channel=channel, subscribed=None)
    checks = await look(sandbox, channel)
    assert wrong(checks) == {"webhooks": "no app is subscribed"}
    assert f"https://here/webhooks/{channel}" in checks["webhooks"].mend


async def test_fields_that_are_not_subscribed_are_named(sandbox: Sandbox) -> None:
    fields = ["messages", "message_deliveries", "message_reads", "messaging_referrals"]
    await sandbox.do("page", channel="messenger", subscribed=fields)
    found = wrong(await look(sandbox, "messenger"))
    assert found == {
        "webhooks": "not subscribed: message_edits, messaging_optins, messaging_policy_enforcement, messaging_postbacks, standby"
    }
