"""Fixtures of the scenarios."""

from __future__ import annotations

import pytest

from tests.pauses import ENGINE, shorten


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    shorten(monkeypatch, ENGINE)
