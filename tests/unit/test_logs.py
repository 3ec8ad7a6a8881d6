"""Log lines carry the broadcast and the delivery, are JSON for machines, and keep no secrets."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bot import audit_words, logs
from broadcast.outcome import Reason, Refused
from broadcast.states import BroadcastStatus
from tests.scenario.house import House

TOKEN = "7000123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


WORDS = "the secret words"


@pytest.fixture(autouse=True)
def as_a_service() -> Iterator[None]:
    before = logging.getLogger().handlers[:]
    as_service()
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = before


def as_service() -> None:
    logs.configure(terminal=False, secrets=("7000:demo-token",))


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_secrets_are_taken_out_also_of_tracebacks(capsys: pytest.CaptureFixture[str]) -> None:
    log = structlog.get_logger()
    log.warning("poll_failed", url=f"https://api.telegram.org/bot{TOKEN}/getUpdates")
    try:
        raise OSError(f"cannot reach /bot{TOKEN}/sendMessage?access_token=EAAB123")
    except OSError:
        log.exception("broken")
    said = capsys.readouterr().out
    assert TOKEN not in said and "EAAB123" not in said
    assert [json.loads(line)["event"] for line in said.splitlines()] == ["poll_failed", "broken"]


def test_a_short_secret_does_not_take_letters_out_of_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure(terminal=False, secrets=("v", "long-enough-secret"))
    structlog.get_logger().warning("event_given_up", value="vivid: long-enough-secret")
    (line,) = lines(capsys)
    assert (line["event"], line["value"]) == ("event_given_up", "vivid: …")


async def test_a_line_of_the_engine_names_its_broadcast_and_delivery_and_never_the_words(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    def script(envelope):  # type: ignore[no-untyped-def]
        if envelope.address == "1004":
            raise ValueError("a bug")

    house.channel.script = script
    broadcast_id = await house.draft("the secret words")
    await house.approve(broadcast_id)
    await house.run_until(broadcast_id, BroadcastStatus.COMPLETED)
    found = [line for line in lines(capsys) if line["event"] == "adapter_raised"]
    assert [line["broadcast_id"] for line in found] == [broadcast_id]
    assert isinstance(found[0]["delivery_id"], int)
    assert "the secret words" not in json.dumps(found)


def test_an_errors_own_words_stay_out_and_where_it_broke_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    try:
        try:
            raise ValueError(WORDS)
        except ValueError as first:
            raise OSError(WORDS) from first
    except OSError:
        structlog.get_logger().exception("broken")
    (line,) = lines(capsys)
    assert "secret words" not in json.dumps(line)
    assert "ValueError" in str(line["exception"]) and "OSError" in str(line["exception"])
    assert "test_logs.py" in str(line["exception"])


def test_what_a_library_says_is_a_line_of_ours_without_secrets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    as_service()  # once more: pytest has put another standard output in place
    loud = logging.getLogger("a.library")
    loud.setLevel(logging.DEBUG)
    try:
        loud.debug("calling sendMessage with %s", WORDS)
        loud.info("POST https://api.telegram.org/bot7000:demo-token/sendMessage")
        try:
            raise ValueError(WORDS)
        except ValueError:
            loud.exception("failed at /bot%s/sendMessage with %s", TOKEN, WORDS)
        loud.warning("token 7000:demo-token, bearer EAAB0123456789")
    finally:
        loud.setLevel(logging.NOTSET)
    said = lines(capsys)
    assert [line["level"] for line in said] == ["error", "warning"]
    whole = json.dumps(said)
    assert said[0]["logger"] == "a.library"
    for secret in ("secret words", TOKEN, "demo-token", "EAAB0123456789"):
        assert secret not in whole


async def test_a_refused_delivery_and_an_admins_act_have_their_lines(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.channel.script = lambda e: Refused(Reason.REJECTED) if e.address == "1004" else None
    broadcast_id = await house.approved()
    await house.run_until(broadcast_id, BroadcastStatus.COMPLETED)
    said = lines(capsys)
    (refused,) = (line for line in said if line["event"] == "delivery_ended")
    assert (refused["broadcast_id"], refused["reason"]) == (broadcast_id, "rejected")
    assert isinstance(refused["delivery_id"], int)
    acts = [line["action"] for line in said if line["event"] == "audit"]
    assert acts[-3:] == ["approved", "launched", "completed"]


def at_a_terminal(
    capsys: pytest.CaptureFixture[str], *said: tuple[str, dict[str, object]]
) -> list[str]:
    logs.configure(terminal=True)
    for event, values in said:
        structlog.get_logger().warning(event, **values)
    return [line.split("  ", 2)[-1].strip() for line in capsys.readouterr().out.splitlines()]


def test_at_a_terminal_a_trouble_that_many_notice_is_said_once_and_its_end_by_the_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second = {"account": "default"}, {"account": "news"}
    found = at_a_terminal(
        capsys, ("bot_unreachable", first), ("console_unreachable", {}), ("poll_failed", {}),
        ("bot_unreachable", second), ("bot_unreachable", first), ("poll_failed", {}),
        ("slack_unreachable", {}), ("bot_reached", first), ("poll_back", {}),
        ("console_reached", {}), ("bot_reached", second), ("slack_connected", {}),
        ("poll_failed", {}),
    )  # fmt: skip
    assert found == [
        "Cannot reach Telegram. I keep trying.", "Cannot reach Slack. I keep trying.",
        "Telegram is back again.", "Slack is connected.", "Cannot reach Telegram. I keep trying.",
    ]  # fmt: skip


def test_at_a_terminal_what_was_done_and_what_to_do_are_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = at_a_terminal(
        capsys, ("audit", {"action": "claim_code", "broadcast_id": None}),
        ("audit", {"action": "approval_voided", "broadcast_id": 3}),
        ("poll_conflict", {"hint": "Another program uses this bot's token. Stop one of the two."}),
        ("safety_stop", {"danger": "failed", "count": 40, "of": 200}),
        ("heartbeat_not_heard", {"why": "not_well"}),
    )  # fmt: skip
    assert found == [
        "The team: a code for the first owner was made",
        "Broadcast 3: changed, so its approval no longer counts",
        "Another program uses this bot's token. Stop one of the two.",
        "A broadcast stopped itself: 40 of the last 200 failed.",
        "The heartbeat does not arrive (something here does not work).",
    ]


def test_every_action_of_the_audit_log_has_its_phrase() -> None:
    """`append_audit(core, session, "…")` in the services and the engine."""
    house = Path(__file__).resolve().parents[2]
    written = "".join(
        file.read_text(encoding="utf-8")
        for room in ("broadcast/services", "broadcast/engine")
        for file in (house / room).glob("*.py")
    )
    actions = set(re.findall(r'append_audit\(\s*(?:self\._)?core, session, "(\w+)"', written))
    assert len(actions) > 30
    assert not actions - set(audit_words._BROADCASTS) - set(audit_words._TEAM)
