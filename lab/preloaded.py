"""Everything the product and the sandbox import while they start, so that a forked one need not."""

from __future__ import annotations

import gc
from importlib import import_module

_ROOMS = (
    "bot.cli",
    "bot.running",
    "bot.import_export",
    "sandbox.server",
    "sandbox.__main__",
    "uvloop",
)
_ALEMBIC = ("alembic.command", "alembic.runtime.migration", "alembic.autogenerate")

for _name in (*_ROOMS, *_ALEMBIC):
    import_module(_name)
for _name in import_module("channels").available():
    for _part in ("adapter", "simulator"):
        import_module(f"channels.{_name}.{_part}")
gc.collect()
gc.freeze()
