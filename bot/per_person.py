"""Loops over people: what goes wrong with one of them stays with that one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

log = structlog.get_logger()


@contextmanager
def log_and_go_on(event: str, **about: object) -> Iterator[None]:
    """Around what is done for one person: any error is logged under `event`, and the loop goes on."""
    try:
        yield
    except Exception as error:
        # No traceback: a platform's request carries its token.
        log.error(event, error=type(error).__name__, **about)
