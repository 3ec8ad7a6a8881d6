"""python -m sandbox: the fake world alone, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections.abc import Callable

from sandbox.keeper import KEY_SETTING
from sandbox.server import serve


def _whole(least: int, most: int = 10_000_000) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"a whole number from {least} to {most}, not {text!r}")
        return number

    return read


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate < float("inf"):
        raise argparse.ArgumentTypeError(f"a number from 0 on, not {text!r}")
    return rate


def main(arguments: list[str] | None = None) -> None:
    """Reads the arguments and serves."""
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_whole(0, 65535), default=8081)
    parser.add_argument("--people", type=_whole(1), default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=_rate, help="messages a second per bot; 0: no limit")
    parser.add_argument("--product-url", help="where the product shows /metrics")
    wish = parser.parse_args(arguments)
    rates = None if wish.rate is None else {"*": wish.rate}

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        key = os.environ.get(KEY_SETTING, "")
        given = (wish.host, wish.port, wish.people, wish.seed, rates, wish.product_url)
        await serve(*given, stop, key)

    try:
        import uvloop  # noqa: PLC0415
    except ImportError:  # absent on Windows
        asyncio.run(run())
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run())


if __name__ == "__main__":
    main()
