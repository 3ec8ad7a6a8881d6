"""Channels found by folder and imported on demand: no list to keep, no import to pay early."""

from __future__ import annotations

import importlib
import pkgutil

from broadcast.ports import ChannelSpec


def available() -> list[str]:
    """Names of the channel folders beside this file."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))


def load(name: str) -> ChannelSpec:
    """The SPEC of one channel. Raises LookupError for a name that has no folder."""
    if name not in available():
        raise LookupError(f"no channel named {name!r}; there are: {', '.join(available())}")
    spec: ChannelSpec = importlib.import_module(f"channels.{name}").SPEC
    return spec
