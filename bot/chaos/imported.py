"""As `bot.imported`, on a clock that can be moved: it has to be there before anything looks at one."""

from __future__ import annotations

from importlib import import_module

from bot.chaos import shifted

shifted.install()
import_module("bot.imported")
