"""As `lab.preloaded`, on a clock that can be moved: it has to be there before anything looks at one."""

from __future__ import annotations

from importlib import import_module

from lab.chaos import shifted_clock

shifted_clock.install()
import_module("lab.preloaded")
