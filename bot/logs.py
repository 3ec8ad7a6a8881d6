"""Logs: lines for people on a terminal, JSON elsewhere; never a token, never a message body."""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

# A bot token or an `access_token=…` inside an address or an error's words.
_SECRET = re.compile(r"\d{6,}:[\w-]{20,}|(?<=access_token=)[^&\s\"']+|xox[a-z]-[\w-]+|xapp-[\w-]+")


def redact(_: Any, __: str, event: EventDict) -> EventDict:
    """Takes secrets out of every text of a line, tracebacks included."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _SECRET.sub("…", value)
    return event


def configure(*, terminal: bool | None = None) -> None:
    """Call once. Tracebacks go without local variables: they would hold tokens and bodies."""
    terminal = sys.stdout.isatty() if terminal is None else terminal
    renderer: Processor = (
        structlog.dev.ConsoleRenderer()
        if terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,  # broadcast_id, where there is one
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
