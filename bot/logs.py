"""Logs: lines for people on a terminal, JSON elsewhere; never a token, never a message body."""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from collections.abc import Iterable
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from bot.log_words import Spoken
from bot.settings import LEAST_SECRET

# What looks like a token: Telegram's, Meta's, Slack's, our own codes, and any value in an address.
_SECRET = re.compile(
    r"\d{6,}:[\w-]{20,}|(?<=/bot)\d+:[\w-]+|EAA\w{8,}|xox[a-z]-[\w-]+|xapp-[\w-]+"
    r"|\b(?:claim|invite)-[\w-]{8,}|\blink-[A-Z2-9]{8}\b"
    r"|(?<=access_token=)[^&\s\"']+|(?<=verify_token=)[^&\s\"']+|(?<=appsecret_proof=)[^&\s\"']+"
)
_LONGEST = 300  # characters of what a library says


class _Printed(structlog.PrintLogger):
    """Prints lines as they come; a line that says nothing is none."""

    def msg(self, message: str) -> None:
        if message:
            super().msg(message)

    log = debug = info = warn = warning = fatal = failure = err = error = critical = exception = msg


def _printed(*_: Any) -> _Printed:
    return _Printed()


class _Redact:
    """Takes secrets out of every text of a line, tracebacks included. `known`: ours by value."""

    def __init__(self, known: Iterable[str]) -> None:
        long = (one for one in known if len(one) >= LEAST_SECRET)  # settings refuse shorter ones
        ours = sorted(long, key=len, reverse=True)
        patterns = [*map(re.escape, ours), _SECRET.pattern]
        self._secret = re.compile("|".join(patterns))

    def __call__(self, _: Any, __: str, event: EventDict) -> EventDict:
        for name, value in event.items():
            if isinstance(value, str):
                event[name] = self._secret.sub("…", value)
        return event


def _frames(_: Any, __: str, event: EventDict) -> EventDict:
    """Where it broke and the error's class; not its words, which may quote a message."""
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    if found and not isinstance(error, BaseException):
        error = sys.exc_info()[1]
    parts: list[str] = []
    while isinstance(error, BaseException):
        frames = "".join(traceback.format_tb(error.__traceback__))
        parts.insert(0, f"Traceback:\n{frames}{type(error).__qualname__}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if parts:
        event["exception"] = "\n".join(parts)
    return event


def _sentence(_: Any, __: str, event: EventDict) -> EventDict:
    """Of a library: its sentence without what it put in, which quotes calls and answers."""
    said = str(event["_record"].msg)
    event["event"] = said.partition("\n")[0][:_LONGEST]
    return event


def _has_colours() -> bool:
    """Whether standard output is a terminal with colours whose user has not declined them."""
    declined = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not declined


def configure(
    *, terminal: bool | None = None, secrets: Iterable[str] = (), least: int = logging.INFO
) -> None:
    """Call once; `secrets` are ours, to be taken out wherever they appear. `least`: our own lines
    from this level on. `terminal`: whether people read it; None: as standard output is.

    What libraries say goes the same way, from warnings on: below that they print whole messages.
    """
    for_people = sys.stdout.isatty() if terminal is None else terminal
    renderer: Processor = (
        Spoken(colours=_has_colours())
        if for_people
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,  # broadcast_id, where there is one
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _frames,
    ]
    redact = _Redact(secrets)
    structlog.configure(
        processors=[*common, redact, renderer],
        logger_factory=_printed,
        wrapper_class=structlog.make_filtering_bound_logger(least),
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setLevel(logging.WARNING)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*common, structlog.stdlib.add_logger_name, _sentence],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                renderer,
            ],
        )
    )
    logging.getLogger().handlers[:] = [handler]
