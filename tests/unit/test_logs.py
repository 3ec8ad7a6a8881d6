"""Log lines carry the broadcast and the delivery, are JSON for machines, and keep no secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import structlog

from bot import logs
from broadcast.machine import BroadcastStatus
from tests.scenario.house import House

TOKEN = "7000123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@pytest.fixture(autouse=True)
def as_a_service() -> Iterator[None]:
    logs.configure(terminal=False)
    yield
    structlog.reset_defaults()


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
