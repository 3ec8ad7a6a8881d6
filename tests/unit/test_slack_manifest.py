"""The manifest a workspace admin pastes: valid, and exactly what the console uses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from bot.frontends.slack.scopes import EVENTS, MANIFEST, SCOPES, SHORTCUTS

ROOT = Path(__file__).resolve().parents[2]
SPECS = ROOT.parent / "shared" / "specs"
CONSOLE = sorted((ROOT / "bot" / "frontends" / "slack").glob("*.py"))
needs_specs = pytest.mark.skipif(not SPECS.is_dir(), reason="the published descriptions are absent")


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    made: dict[str, Any] = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return made


def described(name: str) -> Any:
    return json.loads((SPECS / "slack-api-ref/docs.slack.dev" / name).read_text())


def calls() -> dict[str, str]:
    """Web API methods the console calls (`chat.postMessage`), and the file that does."""
    folder = SPECS / "slack-api-ref/docs.slack.dev/methods"
    names = {path.stem.replace(".", "_"): path.stem for path in folder.glob("*.json")}
    found = {}
    for path in CONSOLE:
        for word in re.findall(r"\.(\w+)\(", path.read_text()):
            if word in names:
                found[names[word]] = path.name
            if word.startswith("files_upload"):
                found["files.getUploadURLExternal"] = found["files.completeUploadExternal"] = (
                    path.name
                )
    return found


@needs_specs
def test_slack_takes_it(manifest: dict[str, Any]) -> None:
    schema = json.loads((SPECS / "slack-manifest-schema/manifest.schema.2.0.0.json").read_text())
    assert [error.message for error in Draft7Validator(schema).iter_errors(manifest)] == []


def test_it_asks_for_what_the_doctor_looks_for_and_nothing_else(manifest: dict[str, Any]) -> None:
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == set(SCOPES)
    assert "user" not in manifest["oauth_config"]["scopes"]
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == set(EVENTS)
    shortcuts = manifest["features"]["shortcuts"]
    assert {row["callback_id"]: row["type"] for row in shortcuts} == SHORTCUTS


def test_it_is_for_socket_mode_and_the_command_the_console_expects(
    manifest: dict[str, Any],
) -> None:
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert manifest["settings"]["interactivity"]["is_enabled"] is True
    assert [row["command"] for row in manifest["features"]["slash_commands"]] == ["/broadcast"]
    assert manifest["features"]["slash_commands"][0]["should_escape"] is True
    assert manifest["features"]["app_home"]["home_tab_enabled"] is True
    assert manifest["features"]["app_home"]["messages_tab_read_only_enabled"] is False


@needs_specs
def test_every_call_the_console_makes_is_covered() -> None:
    found = calls()
    assert {"auth.test", "conversations.info"} <= set(found)  # the search itself works
    for method, file in found.items():
        any_of = described(f"methods/{method}.json")["scope"].get("bot", [])
        assert not any_of or set(any_of) & set(SCOPES), f"{file}: {method} needs one of {any_of}"


@needs_specs
def test_every_event_the_console_hears_is_covered() -> None:
    events = {row["name"]: set(row.get("scopes", ())) for row in described("events/events.json")}
    for name in EVENTS:
        assert name in events, name
        assert not events[name] or events[name] & set(SCOPES), name
