"""A server fast enough not to be the bottleneck: answers as the platform would, and takes notes.

A process of its own: `python -m lab.bench.sink PORT_FILE CHANNEL [--rate N] [--people]`.
With a rate it refuses what is beyond it, as the platform does: what one second holds at most is the
rate and `--slack`. With `--jitter-ms` messages arrive late by chance, up to so much, each by itself.
`/sink/…` tells what it saw.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import re
from array import array
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import cast
from urllib.parse import parse_qs, urlsplit

import orjson

import channels
from broadcast.channel import Trial

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class Account:
    """What came in on one path; times by the monotonic clock, which all processes share."""

    arrivals: array[float] = field(default_factory=lambda: array("d"))
    left: array[float] = field(default_factory=lambda: array("d"))  # before any jitter
    accepted: deque[float] = field(default_factory=deque)  # of the last second
    throttled: int = 0
    closed_until: float = 0.0
    too_early: int = 0  # came while they had been told to wait


class Notes:
    """Everything the sink saw, for all its connections."""

    def __init__(
        self, trial: Trial, rate: float, people: bool, slack: float = -1.0, jitter: float = 0.0
    ) -> None:
        """`slack` in messages, less than none: 1, or 2 %. `jitter` in seconds."""
        self.trial, self.rate, self.people, self.jitter = trial, rate, people, jitter
        self.most = rate + (slack if slack >= 0 else max(rate * 0.02, 1.0))
        self.chance = random.Random(1)
        self.accounts: dict[bytes, Account] = {}
        self.received: Counter[bytes] = Counter()
        self.total = 0
        self.sent = response(200, trial.accepted)
        self.others = [(needle, response(200, body)) for needle, body in trial.others]

    def leaves(self, path: bytes) -> float:
        """One more message is on its way; the seconds until it arrives."""
        self.accounts.setdefault(path, Account()).left.append(monotonic())
        return self.chance.uniform(0.0, self.jitter)

    def message(self, path: bytes, body: bytes) -> bytes:
        """One more message arrives: accept it, or refuse it as one too many."""
        self.total += 1
        if self.people and (found := self.trial.recipient.search(body)):
            self.received[found[1]] += 1
        account = self.accounts.get(path)
        if account is None:
            account = self.accounts[path] = Account()
        now = monotonic()
        if self.rate and (wait := self._too_many(account, now)):
            account.throttled += 1
            return response(429, self.trial.throttled(wait))
        account.arrivals.append(now)
        return self.sent

    def _too_many(self, account: Account, now: float) -> int:
        """Seconds to wait, 0 when it is within the limit."""
        if account.closed_until > now:
            account.too_early += 1
            return int(account.closed_until - now) + 1
        while account.accepted and account.accepted[0] <= now - 1.0:
            account.accepted.popleft()
        if len(account.accepted) + 1 > self.most:
            return 1
        account.accepted.append(now)
        return 0

    def control(self, target: str) -> bytes:
        """`throttle?seconds=N` closes every account; `arrivals`, `people` and `twice` (how many people
        got more than one) tell."""
        url = urlsplit(target)
        if url.path == "/sink/throttle":
            until = monotonic() + float(parse_qs(url.query)["seconds"][0])
            for account in self.accounts.values():
                account.closed_until = until
            return b"{}"
        if url.path == "/sink/people":
            return orjson.dumps({"messages": self.total, "people": len(self.received)})
        if url.path == "/sink/twice":
            return orjson.dumps(sum(times > 1 for times in self.received.values()))
        if url.path == "/sink/forget":
            self.accounts.clear()
            self.received.clear()
            self.total = 0
            return b"{}"
        return orjson.dumps(
            {
                path.decode(): {
                    "arrivals": list(account.arrivals),
                    "left": list(account.left),
                    "throttled": account.throttled,
                    "too_early": account.too_early,
                }
                for path, account in self.accounts.items()
            }
        )


def response(status: int, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        "\r\n\r\n"
    )
    return head.encode() + body


class Sink(asyncio.Protocol):
    """HTTP/1.1 with Content-Length bodies; what the clients of a benchmark send."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        self._buffer = buffer = self._buffer + data
        while (end := buffer.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(buffer, 0, end)
            end += 4
            total = end + (int(length[1]) if length else 0)
            if len(buffer) < total:
                return
            self._take(buffer, end, total)
            self._buffer = buffer = buffer[total:]

    def _take(self, buffer: bytes, body: int, total: int) -> None:
        """Answer now; with jitter, when it arrives (a client has one request on a connection)."""
        notes, path = self._notes, _path(buffer)
        if notes.jitter and notes.trial.is_message(path):
            loop, sent = asyncio.get_running_loop(), buffer[:total]
            loop.call_later(notes.leaves(path), self._reply, sent, body, total)
        else:
            self._reply(buffer, body, total)

    def _reply(self, buffer: bytes, body: int, total: int) -> None:
        self._transport.write(self._answer(buffer, body, total))

    def _answer(self, buffer: bytes, body: int, total: int) -> bytes:
        path = _path(buffer)
        if self._notes.trial.is_message(path):
            return self._notes.message(path, buffer[body:total])
        if path.startswith(b"/sink/"):
            return response(200, self._notes.control(path.decode()))
        for needle, answer in self._notes.others:
            if needle in path:
                return answer
        return response(404, b"{}")


async def serve(notes: Notes, announce: Callable[[int], None]) -> None:
    server = await asyncio.get_running_loop().create_server(
        lambda: Sink(notes), "127.0.0.1", 0, backlog=1024
    )
    announce(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _path(buffer: bytes) -> bytes:
    return buffer[buffer.find(b" ") + 1 : buffer.find(b" HTTP/")]


def _be_punctual() -> None:
    """Ahead of whatever else this machine does, where that is allowed: one that is kept waiting
    sees messages together that came one after another, and refuses them."""
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def main() -> None:
    import uvloop

    options = argparse.ArgumentParser()
    options.add_argument("port_file", type=Path)
    options.add_argument("channel")
    options.add_argument("--rate", type=float, default=0.0)
    options.add_argument("--slack", type=float, default=-1.0)
    options.add_argument("--jitter-ms", type=float, default=0.0)
    options.add_argument("--people", action="store_true")
    options.add_argument("--core", type=int, default=-1)
    given = options.parse_args()
    if given.core >= 0:
        os.sched_setaffinity(0, {given.core})
    if given.rate:
        _be_punctual()
    trial = channels.load(given.channel).trial
    assert trial is not None

    def announce(port: int) -> None:
        part = given.port_file.with_suffix(".part")
        part.write_text(str(port))
        part.rename(given.port_file)

    notes = Notes(trial(), given.rate, given.people, given.slack, given.jitter_ms / 1000)
    uvloop.run(serve(notes, announce))


if __name__ == "__main__":
    main()
