"""`tellal doctor` for Slack: each thing that can be wrong is named with the way to mend it."""

from __future__ import annotations

import pytest

from bot.frontends.slack import doctor
from bot.frontends.slack.scopes import SCOPES
from bot.settings_sections import SlackSettings
from broadcast.channel_spec import Check
from tests.contract.slack_wire import APP, BOT, BROADCASTS, SlackWire


async def look(slack: SlackWire, public_url: str = "", **changed: str) -> dict[str, Check]:
    usual = {
        "api_url": slack.api, "bot_token": BOT, "app_token": APP, "channel": BROADCASTS,
        "signing_secret": "0f0f0f",
    }  # fmt: skip
    settings = SlackSettings.model_validate(usual | changed)
    checks = await doctor.diagnose(settings, public_url)
    for secret in (BOT, APP, "0f0f0f"):
        assert secret not in repr(checks)
    assert all(check.mend for check in checks if not check.ok)
    return {check.name: check for check in checks}


async def test_all_is_well(slack: SlackWire) -> None:
    await slack.do("scopes", scopes=list(SCOPES))
    await slack.do("places", name="broadcasts", bot=True)
    checks = await look(slack)
    assert list(checks) == ["slack bot", "slack scopes", "slack socket", "slack channel"]
    assert all(check.ok for check in checks.values()), checks
    assert checks["slack channel"].found == "cards go to #broadcasts"


async def test_missing_scopes_are_named_with_what_they_are_for(slack: SlackWire) -> None:
    await slack.do("scopes", scopes=[scope for scope in SCOPES if scope != "files:read"])
    check = (await look(slack))["slack scopes"]
    assert not check.ok
    assert check.found == "files:read is missing, for taking files into a broadcast"
    assert "Reinstall to Workspace" in check.mend


@pytest.mark.parametrize(
    ("error", "mend"),
    [("token_revoked", "Install the app again"), ("account_inactive", "install it again")],
)
async def test_a_token_that_is_worth_nothing(slack: SlackWire, error: str, mend: str) -> None:
    await slack.call("auth.test")
    await slack.do("revoke", error=error)
    checks = await look(slack)
    assert (checks["slack token"].ok, checks["slack token"].found) == (False, error)
    assert mend in checks["slack token"].mend


async def test_tokens_slack_does_not_know(slack: SlackWire) -> None:
    await look(slack)  # the sandbox takes the first it sees as the app's own
    check = (await look(slack, bot_token="xoxb-other"))["slack token"]
    assert check.found == "invalid_auth" and "OAuth & Permissions" in check.mend
    check = (await look(slack, app_token="xapp-other"))["slack socket"]
    assert check.found == "invalid_auth" and "App-Level Tokens" in check.mend


async def test_an_app_token_without_its_scope(slack: SlackWire) -> None:
    await slack.do("scopes", app_scopes=[])
    check = (await look(slack))["slack socket"]
    assert check.found == "the app token lacks connections:write"
    assert "App-Level Tokens" in check.mend


async def test_without_socket_mode_the_public_address_is_looked_at(
    slack: SlackWire,
) -> None:
    check = (await look(slack, app_token=""))["slack events"]
    assert check.mend == "Set TELLAL_HTTP__PUBLIC_URL to your https:// address."
    url = "https://example.org"
    check = (await look(slack, url, app_token=""))["slack events"]
    assert check.ok and "https://example.org/slack/events" in check.found


async def test_the_channel_is_there_and_the_app_is_in_it(slack: SlackWire) -> None:
    await slack.do("places", name="broadcasts", bot=False)
    check = (await look(slack))["slack channel"]
    assert check.found == "the app is not in #broadcasts"
    assert check.mend.startswith("Write /invite @")
    await slack.do("places", name="broadcasts", bot=True, archived=True)
    assert (await look(slack))["slack channel"].found == "#broadcasts is archived"
    assert "C0NOWHERE" in (await look(slack, channel="C0NOWHERE"))["slack channel"].found
    none = (await look(slack, channel=""))["slack channel"]
    assert none.ok and none.found == "not set: cards go to each admin alone"
    await slack.do("scopes", remove=["channels:read", "groups:read"])
    checks = await look(slack)
    assert checks["slack channel"].mend == "Grant the missing scopes first."
    assert not checks["slack scopes"].ok


async def test_slack_cannot_be_reached(slack: SlackWire, unused_tcp_port: int) -> None:
    checks = await look(slack, api_url=f"http://127.0.0.1:{unused_tcp_port}/api")
    assert list(checks) == ["slack api"]
    assert "TELLAL_SLACK__API_URL" in checks["slack api"].mend
