"""Whatever Slack's methods answer: a yes is one however it is spelled, anything else is a refusal."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.frontends.slack import doctor
from bot.frontends.slack.api import client, not_said
from bot.settings_sections import SlackSettings
from tests.contract.odd import (
    BOM,
    NOT_OURS,
    Odd,
)

SLACK_CALLS: dict[str, dict[str, Any]] = {
    "auth.test": {}, "chat.postMessage": {"channel": "C1", "text": "x"},
    "conversations.history": {"channel": "C1"}, "conversations.info": {"channel": "C1"},
    "conversations.open": {"users": "U1"}, "conversations.replies": {"channel": "C1", "ts": "1"},
    "files.getUploadURLExternal": {"filename": "x", "length": 1}, "files.info": {"file": "F1"},
    "users.info": {"user": "U1"}, "usergroups.list": {},
    "views.open": {"trigger_id": "1", "view": {"type": "home", "blocks": [{"type": "divider"}]}},
}  # fmt: skip


async def slack_call(server: Odd, method: str) -> Any:
    slack = client("xoxb-1", server.url)
    return await slack.api_call(method, json=SLACK_CALLS[method])


@pytest.mark.parametrize("method", SLACK_CALLS)
@pytest.mark.parametrize("status", [200, 502])
async def test_slacks_odd_answers_are_refusals(server: Odd, method: str, status: int) -> None:
    for body in (*NOT_OURS, b'{"ok":true}', b'{"ok":false}', b'{"ok":false,"error":[]}',
                 b'{"ok":true,"ts":7,"channel":[],"messages":null,"view":"x","user":null}'):  # fmt: skip
        server.says(method, body, status)
        with pytest.raises(SlackApiError) as refused:
            await slack_call(server, method)
        said = not_said(refused.value)
        assert said.unsure or said.forever


@pytest.mark.parametrize("before", [b"", BOM, b" \r\n"])
async def test_slacks_yes(server: Odd, before: bytes) -> None:
    server.says("chat.postMessage", before + b'{ "ts" : "1.2", "channel": "C1", "ok" : true }')
    assert (await slack_call(server, "chat.postMessage"))["ts"] == "1.2"


@pytest.mark.parametrize("body", [*NOT_OURS, b'{"ok":true}', b'{"ok":true,"channel":null}'])
async def test_slacks_doctor_says_what_it_knew(server: Odd, body: bytes) -> None:
    server.says(
        "auth.test", {"ok": True, "team_id": "T1", "user_id": "U1", "user": "t", "team": "T"}
    )
    server.says("apps.connections.open", body)
    server.says("conversations.info", body)
    settings = SlackSettings.model_validate(
        {"api_url": server.url, "bot_token": "xoxb-1", "app_token": "xapp-1", "channel": "C1"}
    )
    checks = {check.name: check for check in await doctor.diagnose(settings)}
    assert checks["slack bot"].ok
    assert not checks["slack socket"].ok
    assert not checks["slack channel"].ok
