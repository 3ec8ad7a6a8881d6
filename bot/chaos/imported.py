"""Everything the product imports while it starts, so that a forked one need not."""

from __future__ import annotations

import gc
from importlib import import_module

from bot.chaos import shifted

_ALEMBIC = ("alembic.command", "alembic.runtime.migration", "alembic.autogenerate")

shifted.install()
import_module("bot.bootstrap")
for _name in import_module("channels").available():
    import_module(f"channels.{_name}.adapter")
for _name in _ALEMBIC:
    import_module(_name)
import_module("broadcast.consent").prepare()
gc.collect()
gc.freeze()
