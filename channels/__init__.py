"""Channels found by folder and imported on demand: no list to keep, no import to pay early."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from functools import cache

from pydantic import BaseModel

from broadcast.channel_spec import ChannelSpec


def available() -> list[str]:
    """Names of the channel folders beside this file."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_"))


@cache
def load(name: str) -> ChannelSpec:
    """The SPEC of one channel. Raises LookupError for a name that has no folder."""
    if name not in available():
        raise LookupError(f"no channel named {name!r}; there are: {', '.join(available())}")
    spec: ChannelSpec = importlib.import_module(f"channels.{name}").SPEC
    return spec


def configs() -> dict[str, type[BaseModel]]:
    """Each channel's settings section by name; nothing of a platform is imported for it."""
    modules = {name: f"channels.{name}.config" for name in available()}
    return {
        name: importlib.import_module(module).Config
        for name, module in modules.items()
        if importlib.util.find_spec(module) is not None
    }
