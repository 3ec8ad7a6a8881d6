"""News of messages, posted to the running product as the platform does: sent, delivered, read.

The product is a process of its own on one core, with the messages in its database as sent; this
process, on the other core, signs and posts the callbacks and looks at what waits in the inbox.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from broadcast.channel import Trial
from broadcast.outcome import Receipt, ReceiptKind
from broadcast.states import DeliveryStatus
from lab.bench import host
from lab.bench.finished_broadcast import proved, sent, url_of
from lab.bench.installation import ACCOUNT, trial_of
from lab.bench.poster import Posted, Poster, request
from lab.bench.report import Step
from lab.child_process import Child
from lab.processes import environment, free_port
from sandbox.stage import Deviation

SECRET = "bench-secret"
ANSWER_P99_MS = 1000.0  # facts section 1: later answers are asked for again
KINDS = (ReceiptKind.SENT, ReceiptKind.DELIVERED, ReceiptKind.READ)
_APART = 500  # messages between one kind of news and the next, as if half a second at 1,000/s
_USUAL_SECONDS = 0.5  # that much may wait at any time: news is settled in groups
_DRAIN_SECONDS = 60.0
_LOOK_SECONDS = 0.5
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Looks:
    """What waited in the inbox, look by look."""

    backlog: list[int] = field(default_factory=list)

    def figures(self) -> dict[str, int]:
        found = self.backlog
        return {
            "backlog_start": found[0], "backlog_middle": found[len(found) // 2],
            "backlog_end": found[-1], "backlog_most": max(found),
        }  # fmt: skip


@dataclass
class Running:
    """The product's process: where its webhook is, and what CPU it has used."""

    url: str
    child: Child

    def cpu_seconds(self) -> float:
        stat = Path(f"/proc/{self.child.process.pid}/stat").read_text(encoding="utf-8")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / _TICKS


def telling(channel: str) -> Trial:
    """Raises LookupError in one line when the channel has no benchmark, or no news."""
    trial = trial_of(channel)
    if trial.callback is None:
        raise LookupError(f"{channel!r} tells nothing of its messages later.")
    return trial


async def intake(
    channel: str, rate: float, seconds: float, per_callback: int, step: Step
) -> dict[str, Any]:
    """`rate`: messages a second, each with three pieces of news; 0: as fast as it is answered, as
    many as would be `seconds` at 1,000 a second."""
    trial = telling(channel)
    messages = max(1, int((rate or 1000.0) * seconds))
    with tempfile.TemporaryDirectory(prefix="tellal-bench-") as name:
        folder = Path(name)
        step("sending the messages the news will be of")
        receipts, number = await sent(folder, channel, messages)
        step("starting the product")
        async with _product(folder, channel, trial) as product:
            os.sched_setaffinity(0, {host.cores()[1]})
            raw = _requests(product.url, trial, receipts, per_callback)
            callbacks_per_second = rate * len(KINDS) / per_callback
            cpu, looks = product.cpu_seconds(), Looks()
            looking = asyncio.create_task(_look(folder, looks, step, seconds))
            posted = await Poster(raw, callbacks_per_second).run(product.url)
            looking.cancel()
            looks.backlog.append(_waiting(folder))
            drained = await _drained(folder)
            cpu = product.cpu_seconds() - cpu
        counts, agree = await proved(folder, number)
    found = {
        "channel": channel, "messages": messages, "statuses": messages * len(KINDS),
        "statuses_per_callback": per_callback,
        **_pace(posted, len(raw), per_callback, callbacks_per_second),
        "settled_per_second": round(
            messages * len(KINDS) / (posted.ended - posted.began + drained), 1
        ),
        **looks.figures(), "drained_seconds": drained, "read": counts.get(DeliveryStatus.READ, 0),
        "tallies_agree": agree,
        "product_cpu_ms_per_1000_statuses": round(1e6 * cpu / messages / len(KINDS), 1),
        "product_cpu_share": round(cpu / (posted.ended - posted.began), 3),
    }  # fmt: skip
    return found | {"holds": _holds(found)}


def _pace(posted: Posted, callbacks: int, per_callback: int, offered: float) -> dict[str, Any]:
    per_second = callbacks * per_callback / (posted.ended - posted.began)
    return {
        "offered_per_second": round(offered * per_callback, 1) or "as fast as answered",
        "answered_per_second": round(per_second, 1),
        "refused": posted.refused,
        "answer_p50_ms": posted.rank_ms(0.5),
        "answer_p99_ms": posted.rank_ms(0.99),
    }


def _holds(found: dict[str, Any]) -> bool:
    """All answered in time, nothing piling up, all settled."""
    offered = found["offered_per_second"]
    callbacks_per_second = found["answered_per_second"] / found["statuses_per_callback"]
    usual = max(found["backlog_middle"], _USUAL_SECONDS * callbacks_per_second)
    return bool(
        (isinstance(offered, str) or found["answered_per_second"] >= 0.98 * offered)
        and not found["refused"]
        and found["answer_p99_ms"] < ANSWER_P99_MS
        and found["backlog_end"] <= usual
        and found["read"] == found["messages"]
        and found["tallies_agree"]
    )


def _requests(url: str, trial: Trial, receipts: list[Receipt], per_callback: int) -> list[bytes]:
    """Each message's news in its order, some hundred messages apart, so that kinds are mixed."""
    assert trial.callback is not None
    news = [
        (place + late * _APART, kind, receipt)
        for place, receipt in enumerate(receipts)
        for late, kind in enumerate(KINDS)
    ]
    news.sort(key=lambda one: one[0])
    told = [
        Receipt(kind, one.at + 5, one.receipt_id, one.delivery_id, one.address)
        for _, kind, one in news
    ]
    groups = (told[at : at + per_callback] for at in range(0, len(told), per_callback))
    return [request(url, *trial.callback(group, SECRET)) for group in groups]


@contextlib.asynccontextmanager
async def _product(folder: Path, channel: str, trial: Trial) -> AsyncIterator[Running]:
    """`tellal run` on the sender's core, its platforms stood in for by sinks."""
    port = free_port()
    async with host.sink("telegram") as console, host.sink(channel) as platform:
        account = account_settings(channel, trial.config(platform.url, 0, 0.0))
        child = await Child.spawn(
            folder,
            environment(
                TELLAL_DATABASE_URL=url_of(folder), TELLAL_HTTP__PORT=str(port),
                TELLAL_HTTP__PUBLIC_URL="http://127.0.0.1:9",
                TELLAL_TELEGRAM__TOKEN="7000:bench", TELLAL_TELEGRAM__API_URL=console.url,
                TELLAL_TELEGRAM__WEBHOOK="true",  # the sink is nobody to poll
                **account,
            ),
            "-m", "bot", "run",
        )  # fmt: skip
        os.sched_setaffinity(child.process.pid, {host.cores()[0]})
        try:
            await child.says("is running", 60)
            yield Running(f"http://127.0.0.1:{port}/webhooks/{channel}/{ACCOUNT}", child)
        except (Deviation, ConnectionError) as wrong:
            raise SystemExit(f"bench: {wrong}\n{child.output[-2000:]}") from wrong
        finally:
            await child.end()


def account_settings(channel: str, config: Any) -> dict[str, str]:
    """A channel's account as environment variables."""
    values = {name: getattr(config, name) for name in config.model_fields_set}
    shown = {
        name: value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        for name, value in values.items()
    } | {"app_secret": SECRET}
    prefix = f"TELLAL_{channel.upper()}__ACCOUNTS__{ACCOUNT.upper()}__"
    return {f"{prefix}{name.upper()}": value for name, value in shown.items()}


def _waiting(folder: Path) -> int:
    """Callbacks kept and not handled yet."""
    with contextlib.closing(sqlite3.connect(folder / "bench.db")) as db:
        return int(db.execute("SELECT count(*) FROM inbox WHERE handled = 0").fetchone()[0])


async def _look(folder: Path, looks: Looks, step: Step, seconds: float) -> None:
    began = monotonic()
    while True:
        looks.backlog.append(_waiting(folder))
        step("posting callbacks", monotonic() - began, seconds)
        await asyncio.sleep(_LOOK_SECONDS)


async def _drained(folder: Path) -> float:
    """Seconds until nothing waits any more."""
    began = monotonic()
    while _waiting(folder):
        if monotonic() - began > _DRAIN_SECONDS:
            break
        await asyncio.sleep(0.01)
    return round(monotonic() - began, 2)
