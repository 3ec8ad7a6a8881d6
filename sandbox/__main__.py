"""python -m sandbox: the fake world alone, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal

from sandbox.keeper import KEY_SETTING
from sandbox.server import serve


def main(arguments: list[str] | None = None) -> None:
    """Reads the arguments and serves."""
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, help="messages a second per bot; 0: no limit")
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
