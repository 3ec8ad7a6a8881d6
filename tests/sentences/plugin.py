"""Write down every sentence that the tests of this run make the product say.

`python -m pytest -p tests.sentences.plugin tests/…`: what was heard goes into `said.json`, and from
there into docs/sentences.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
_FOLDER = "SENTENCES_FOLDER"


def pytest_configure(config: pytest.Config) -> None:
    del config
    from tests.sentences.listening import listen

    if _FOLDER not in os.environ:
        os.environ[_FOLDER] = tempfile.mkdtemp(prefix="sentences-")
    _into_children()
    listen(Path(os.environ[_FOLDER]))


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    from tests.sentences import book, keeping

    folder = Path(os.environ.pop(_FOLDER))
    keeping.take(folder)
    book.write()
    shutil.rmtree(folder)


def _into_children() -> None:
    """Processes of the product listen as well, also where they get an environment of their own."""
    here = {_FOLDER: os.environ[_FOLDER]}
    site = os.pathsep.join((str(HERE / "site"), str(HERE.parents[1])))
    os.environ["PYTHONPATH"] = site
    spawn: Any = asyncio.create_subprocess_exec
    begin: Any = subprocess.Popen.__init__

    def also(env: Any) -> Any:
        if env is None:
            return None
        test = os.environ.get("PYTEST_CURRENT_TEST", "")
        return {**env, **here, "PYTHONPATH": site, "PYTEST_CURRENT_TEST": test}

    async def spawned(*command: Any, env: Any = None, **how: Any) -> Any:
        return await spawn(*command, env=also(env), **how)

    def begun(self: Any, *given: Any, env: Any = None, **how: Any) -> None:
        begin(self, *given, env=also(env), **how)

    setattr(asyncio, "create_subprocess_exec", spawned)  # noqa: B010
    setattr(subprocess.Popen, "__init__", begun)  # noqa: B010 - its many overloads are not ours
