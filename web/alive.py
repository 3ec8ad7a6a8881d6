"""Ask the Tellal beside this process whether it lives: `python -m web.alive`, for a container's health
check. Exit code 0: it does; 1, with the reason on standard error: it does not."""

from __future__ import annotations

import os
import sys
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

SECONDS = 4.0


def url() -> str:
    """Where the public listener is, as seen from the same machine."""
    return f"http://127.0.0.1:{os.environ.get('TELLAL_HTTP__PORT', '8080')}/healthz"


def lives() -> str:
    """Empty when it answers as it should; else the reason. Never by a proxy."""
    try:
        with build_opener(ProxyHandler({})).open(url(), timeout=SECONDS) as answer:
            return "" if answer.status == 200 else f"HTTP {answer.status}"
    except HTTPError as error:
        return f"HTTP {error.code}"
    except (OSError, ValueError) as error:
        return str(error)


if __name__ == "__main__":
    reason = lives()
    if reason:
        print(reason, file=sys.stderr)  # noqa: T201
    raise SystemExit(1 if reason else 0)
