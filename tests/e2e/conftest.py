"""The browser tests need Debian's Chromium: CI has it, elsewhere one sentence says what to do."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.e2e import stage


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where it is."""
    if stage.CHROMIUM is None:
        reason = "The browser tests need Debian's Chromium: apt-get install chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return stage.CHROMIUM


@pytest_asyncio.fixture(scope="session", loop_scope="session", autouse=True)
async def browser(chromium: str) -> AsyncIterator[None]:
    """One browser for all of them."""
    async with stage.one_browser():
        yield


@pytest.fixture(scope="module")
def demo(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a `tellal demo` with a dozen people; one for the tests of a module."""
    with stage.demo(tmp_path_factory.mktemp("demo"), 12) as address:
        yield address
