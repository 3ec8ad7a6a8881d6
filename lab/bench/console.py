"""`tellal bench console`: how long an admin waits, idle and while a broadcast is going out.

Real processes: the product, the sandbox with both consoles, and a sink that takes the subscribers'
messages as fast as they come (through a second bot account), all limits lifted.

Acknowledged, in Slack: the envelope. On Telegram: the answer to a pressed button, which is given
when its work is done. Answered: the first thing the person sees.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp
from sqlalchemy import text

from broadcast.store.migrate import upgrade
from broadcast.store.session import Store
from lab.bench.host import SinkProcess, sink
from lab.bench.report import rank_ms
from lab.processes import Processes, free_port
from sandbox.slack_stage import PLACE, SlackStage, texts
from sandbox.stage import Deviation

WRITER, DECIDER, PHONE = "U0ECE", "U0ANNA", 501
EVENTS = 200
ACK_P99_MS, ANSWER_P99_MS = 500.0, 1000.0
_GAP_SECONDS = 0.02
_WAIT_SECONDS = 10.0
_SECONDS = 600.0


@dataclass
class Times:
    """Seconds of one console in one phase."""

    acks: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, float]:
        """Milliseconds."""
        return {
            "events": len(self.answers),
            "ack_p50_ms": rank_ms(self.acks, 0.5),
            "ack_p99_ms": rank_ms(self.acks, 0.99),
            "answer_p50_ms": rank_ms(self.answers, 0.5),
            "answer_p99_ms": rank_ms(self.answers, 0.99),
        }


async def console(
    recipients: int, step: Callable[[str], None], events: int = EVENTS
) -> dict[str, Any]:
    """One object: figures of both consoles, idle and during the fan-out, and whether they hold."""
    step("opening both consoles")
    with tempfile.TemporaryDirectory(prefix="tellal-bench-") as name:
        async with (
            asyncio.timeout(_SECONDS),
            sink("telegram") as taking,
            _house(Path(name), taking.url, recipients) as house,
            aiohttp.ClientSession() as client,
        ):
            bench = _Bench(url=house.url)
            bench.client = client
            return await bench.measure(recipients, events, taking, step)


@contextlib.asynccontextmanager
async def _house(folder: Path, sink: str, recipients: int) -> AsyncIterator[Processes]:
    port = free_port()
    processes = Processes(
        folder, port, 20,
        TELLAL_OWNERS=f"slack:{WRITER},slack:{DECIDER},telegram:{PHONE}",
        TELLAL_UNDO_HOLD_SECONDS="0", TELLAL_HTTP__PUBLIC_URL="http://127.0.0.1:9",
        TELLAL_TELEGRAM__RATE_PER_SECOND="0",
        TELLAL_TELEGRAM__ACCOUNTS__BULK__TOKEN="7001:bulk",
        TELLAL_TELEGRAM__ACCOUNTS__BULK__API_URL=sink,
        TELLAL_TELEGRAM__ACCOUNTS__BULK__RATE_PER_SECOND="0",
        TELLAL_TELEGRAM__ACCOUNTS__BULK__WEBHOOK="true",  # the sink is nobody to poll
        TELLAL_SLACK__BOT_TOKEN="xoxb-1-2-bench", TELLAL_SLACK__APP_TOKEN="xapp-1-A0-bench",
        TELLAL_SLACK__CHANNEL=PLACE, TELLAL_SLACK__API_URL=f"http://127.0.0.1:{port}/slack/api",
    )  # fmt: skip
    await _seed(processes.database, recipients)
    try:
        await processes.open_sandbox()
        await processes.start()
        yield processes
    except (Deviation, TimeoutError) as wrong:
        raise Deviation(f"{wrong}\n{processes.output()[-2000:]}") from None
    finally:
        await processes.close()


async def _seed(database: str, recipients: int) -> None:
    """Subscribers of the second account, opted in."""
    await upgrade(database)
    store = Store(database)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :n)"
    async with store.bulk() as db:
        await db.execute(
            text(f"""INSERT INTO subscriber (subscriber_id, name, language, timezone, created_at)
            {numbers} SELECT i, 'Person ' || i, 'en', '', '2026-01-01 00:00:00' FROM n"""),
            {"n": recipients},
        )
        await db.execute(
            text(f"""INSERT INTO address
            (subscriber_id, channel, account, value, consent, suppressed)
            {numbers} SELECT i, 'telegram', 'bulk', 1000000000 + i, 'opted_in', '' FROM n"""),
            {"n": recipients},
        )
    await store.close()


class _Bench(SlackStage):
    """One admin at both consoles, asking how things stand again and again."""

    async def around(self) -> str:
        return (
            f"; Slack ends: {['/'.join(texts(b)) for b, _ in (await self.surfaces(WRITER))[-4:]]}"
        )

    async def measure(
        self, recipients: int, events: int, taking: SinkProcess, step: Callable[[str], None]
    ) -> dict[str, Any]:
        step("asking while nothing happens")
        await self._lift_limits()
        async with self.client.ws_connect(f"{self.url}/control/live?people={PHONE}") as live:
            menu = await self._menu(live)
            idle = await self._both(live, menu, lambda n: _enough(n, events))
            step("asking during the fan-out")
            began = await self._launch()
            busy = await self._both(live, menu, lambda _: _over(taking, recipients))
            seconds = monotonic() - began
        holds = all(
            found["ack_p99_ms"] < ACK_P99_MS and found["answer_p99_ms"] < ANSWER_P99_MS
            for found in busy.values()
        )
        return {
            "recipients": recipients, "fanout_seconds": round(seconds, 1),
            "messages_per_second": round(recipients / seconds), "idle": idle, "fanout": busy,
            "holds": holds,
        }  # fmt: skip

    async def _lift_limits(self) -> None:
        await self.ask("limits", per_second=0, per_chat_per_second=0)
        await self.ask("limits", channel="slack", t1=0, t2=0, t3=0, t4=0, t5=0, posts_per_second=0)
        await self.ask("people", id=PHONE, name="Ece Yılmaz", language="en")
        await self.ask("start", people=[PHONE])

    async def _menu(self, live: aiohttp.ClientWebSocketResponse) -> int:
        """A message with buttons on the phone; its id."""
        await self.ask("say", person=PHONE, text="/menu")
        message_id, _ = await self.button(PHONE, "status")
        await _heard(live)
        return message_id

    async def _both(
        self, live: aiohttp.ClientWebSocketResponse, menu: int,
        over: Callable[[int], Awaitable[bool]],
    ) -> dict[str, dict[str, float]]:  # fmt: skip
        """Each console in turn as fast as it answers, both at once."""
        slack, telegram = Times(), Times()

        async def ask(times: Times, once: Callable[[Times], Awaitable[None]]) -> None:
            while not await over(len(times.answers)):
                await once(times)
                await asyncio.sleep(_GAP_SECONDS)

        await asyncio.gather(
            ask(slack, self._in_slack),
            ask(telegram, lambda times: self._on_telegram(times, live, menu)),
        )
        return {"slack": slack.figures(), "telegram": telegram.figures()}

    async def _in_slack(self, times: Times) -> None:
        """The command's acknowledgement and its first answer, by the sandbox's own clock."""
        done = await self.slack("command", WRITER, place=PLACE, text="status", wait=_WAIT_SECONDS)
        if done["answered"] is None:
            raise Deviation("Slack: no answer")
        times.acks.append(done["seconds"])
        times.answers.append(done["answered"])

    async def _on_telegram(
        self, times: Times, live: aiohttp.ClientWebSocketResponse, menu: int
    ) -> None:
        await _drained(live)  # cards and progress come to this phone too
        began = monotonic()
        pressing = asyncio.create_task(
            self.ask("press", person=PHONE, message_id=menu, data="a:status", wait=_WAIT_SECONDS)
        )
        await _heard(live)
        times.answers.append(monotonic() - began)
        if not (await pressing)["answered"]:
            raise Deviation("Telegram: the button was not answered")
        times.acks.append(monotonic() - began)

    async def _launch(self) -> float:
        """Written and approved in Slack; when that was."""
        await self.command(WRITER, "new")
        await self.submit(WRITER, text="Water will be off tomorrow between 10:00 and 14:00.")
        await self.slack_press(WRITER, "submit")
        await self.slack("close", WRITER)
        began = monotonic()
        await self.slack_press(DECIDER, "approve")
        return began


async def _over(taking: SinkProcess, recipients: int) -> bool:
    return bool((await taking.ask("people"))["messages"] >= recipients)


async def _enough(done: int, wanted: int) -> bool:
    return done >= wanted


async def _heard(live: aiohttp.ClientWebSocketResponse) -> None:
    """The next message the phone shows; an edited one is a progress line."""
    while True:
        event = await live.receive_json(timeout=_WAIT_SECONDS)
        if event["type"] == "message" and event.get("from_bot"):
            return


async def _drained(live: aiohttp.ClientWebSocketResponse) -> None:
    with contextlib.suppress(TimeoutError):
        while True:
            await live.receive(timeout=0.001)
