"""Log lines carry the broadcast and the delivery, are JSON for machines, and keep no secrets."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import logs
from broadcast.machine import BroadcastStatus
from broadcast.outcome import Reason, Refused
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
