"""`make` takes any Python that runs and is new enough, and says what to install where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
# What a version manager leaves on PATH for a Python that is not installed.
SHIM = "#!/bin/sh\necho 'pyenv: python3: command not found' >&2\nexit 127\n"
OLD = "#!/bin/sh\nexit 1\n"
GOOD = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
NO_VENV = """#!/bin/sh
exit 4
"""


def put(folder: Path, **programs: str) -> str:
    folder.mkdir()
    for name, text in programs.items():
        program = folder / name.replace("_", ".")
        program.write_text(text)
        program.chmod(0o755)
    return str(folder)


def find(path: list[str], wanted: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": ":".join(path), "LANG": "C", **more}
    return subprocess.run(
        ["/bin/sh", str(HOUSE / ".make" / "find-python"), wanted],
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_a_stand_in_that_does_not_run_does_not_count(tmp_path: Path) -> None:
    shims = put(tmp_path / "shims", python3=SHIM, python3_12=SHIM, python=SHIM)
    system = put(tmp_path / "system", python3=GOOD)
    found = find([shims, system])
    assert (found.returncode, found.stdout) == (0, f"{system}/python3\n")


def test_a_newer_one_is_found_behind_an_old_one(tmp_path: Path) -> None:
    folder = put(tmp_path / "a folder", python3=OLD, python3_13=GOOD, python=OLD)
    found = find([folder])
    assert (found.returncode, found.stdout) == (0, f"{folder}/python3.13\n")


def test_the_one_that_was_named_is_taken_first(tmp_path: Path) -> None:
    usual = put(tmp_path / "usual", python3=GOOD)
    own = put(tmp_path / "own", mine=GOOD)
    assert find([usual], f"{own}/mine").stdout == f"{own}/mine\n"
    assert find([usual, own], "mine").stdout == f"{own}/mine\n"
    assert find([usual], "not-there").stdout == f"{usual}/python3\n"


@pytest.mark.parametrize(
    ("language", "words"), [("C", "apt install"), ("tr_TR.UTF-8", "bulunamadı")]
)
def test_where_there_is_none_it_says_what_to_install(
    tmp_path: Path, language: str, words: str
) -> None:
    found = find([put(tmp_path / "none", python3=SHIM, python=OLD)], LANG=language)
    assert found.returncode == 1 and not found.stdout
    assert words in found.stderr and "python3-venv" in found.stderr


def test_one_that_cannot_make_environments_is_named(tmp_path: Path) -> None:
    folder = put(tmp_path / "debian", python3=NO_VENV)
    found = find([folder])
    assert found.returncode == 1
    assert f"{folder}/python3 runs but" in found.stderr and "python3-venv" in found.stderr


def test_running_installs_nothing_that_only_tests_need() -> None:
    makefile = (HOUSE / "Makefile").read_text(encoding="utf-8")
    assert "demo: $(RUNS)\n" in makefile and "test: $(DEVELOPS)" in makefile
    assert os.access(HOUSE / ".make" / "install", os.X_OK)


NO_SQLITE = """#!/bin/sh
echo sqlite3
exit 3
"""
ONLY_UV = """#!/bin/sh
case "$3" in uv) exit 0;; esac
exit 4
"""


def test_one_that_was_built_without_what_we_need_is_named_with_it(tmp_path: Path) -> None:
    folder = put(tmp_path / "own build", python3=NO_SQLITE)
    found = find([folder])
    assert found.returncode == 1 and not found.stdout
    assert f"{folder}/python3 runs but was built without sqlite3" in found.stderr
    assert find([folder, put(tmp_path / "good", python3=GOOD)]).returncode == 0


def test_uv_makes_environments_for_one_that_cannot(tmp_path: Path) -> None:
    folder = put(tmp_path / "debian", python3=ONLY_UV)
    assert find([folder]).returncode == 1
    assert (
        find([folder, put(tmp_path / "uv", uv="#!/bin/sh\nexit 0\n")]).stdout
        == f"{folder}/python3\n"
    )
