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


def test_the_newest_is_taken_and_all_can_be_listed(tmp_path: Path) -> None:
    folder = put(tmp_path / "many", python3=GOOD, python3_11=GOOD, python3_13=GOOD, python3_14=SHIM)
    assert find([folder]).stdout == f"{folder}/python3.13\n"
    assert find([folder], "all").stdout == f"{folder}/python3.13\n{folder}/python3.11\n"


@pytest.mark.parametrize(
    "place",
    [
        ".pyenv/versions/3.13.2/bin",
        ".local/share/uv/python/cpython-3.13.2-linux/bin",
        ".local/share/mise/installs/python/3.13.2/bin",
        ".asdf/installs/python/3.13.2/bin",
    ],
)
def test_one_that_a_version_manager_keeps_without_a_name_is_found(
    tmp_path: Path, place: str
) -> None:
    shims = put(tmp_path / "shims", python3_13=SHIM, python3_11=GOOD)
    kept = tmp_path / "home" / place
    kept.parent.mkdir(parents=True)
    put(kept, python3_13=GOOD)
    home = str(tmp_path / "home")
    assert find([shims], HOME=home).stdout == f"{kept}/python3.13\n"
    assert find([shims], "python3.13", HOME=home).stdout == f"{kept}/python3.13\n"
    assert find([shims], "python3.11", HOME=home).stdout == f"{shims}/python3.11\n"


# A Python whose pip finds no wheel of something, no network, or everything.
PIP = """#!/bin/sh
case "$*" in
*"--version"*) exit 0 ;;
*" install "*) echo "{says}"; echo "{name}" >>"$ASKED"; exit {code} ;;
esac
exec "{python}" "$@"
"""
NO_WHEEL = "ERROR: No matching distribution found for orjson==3.13.0"
NO_NETWORK = "NewConnectionError: unreachable. ERROR: No matching distribution found for orjson"


@pytest.mark.parametrize(
    ("trouble", "asked", "code"),
    [
        (NO_WHEEL, ["3.14", "3.13"], 0),  # the next one has all
        (NO_NETWORK, ["3.14"], 1),  # no other Python would help
    ],
)
def test_the_newest_that_has_everything_ready_is_taken(
    tmp_path: Path, trouble: str, asked: list[str], code: int
) -> None:
    def one(name: str, says: str, code: int) -> str:
        return PIP.format(says=says, name=name, code=code, python=sys.executable)

    folder = put(
        tmp_path / "bin", python3_14=one("3.14", trouble, 1), python3_13=one("3.13", "", 0)
    )
    environment = {
        "PATH": f"{folder}:/usr/bin:/bin", "LANG": "C", "ASKED": str(tmp_path / "asked"),
        "TMPDIR": str(tmp_path),
    }  # fmt: skip
    done = subprocess.run(
        ["/bin/sh", str(HOUSE / ".make" / "install"), str(tmp_path / "env")], cwd=HOUSE,
        env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, (tmp_path / "asked").read_text().split()) == (code, asked), done.stderr
    assert not list(tmp_path.glob("tellal-install.*"))
    if code == 0:
        assert "Not every package is ready-made" in done.stdout
        assert (tmp_path / "env" / "bin" / "tellal").exists()


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
