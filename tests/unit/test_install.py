"""What `make` installs with, where uv or pip cannot, where the folder was moved, and where it has a blank."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
RUNS_WELL = f'"{sys.executable}" "$@"'
# Records what it is asked; makes an environment as the real one does, and installs nothing.
UV = f"""#!/bin/sh
echo "$*" >>"$RECORD"
case $1 in
--version) echo 'uv 0.0' ;;
venv) for last; do :; done; "{sys.executable}" -m venv --without-pip "$last" ;;
pip) echo ' + one==1.0' >&2; exit ${{UV_ENDS:-0}} ;;
esac
"""
# A Python whose pip installs nothing, and says with what it was asked.
PYTHON = f"""#!/bin/sh
case "$1 $2" in
'-m pip')
    echo "pip $*" >>"$RECORD"
    echo 'Collecting one==1.0'
    case "$*" in *' install '*) exit ${{PIP_ENDS:-0}} ;; esac
    exit 0
    ;;
esac
exec {RUNS_WELL}
"""


def house(folder: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    shutil.copytree(HOUSE / ".make", folder / ".make")
    for name in ("pyproject.toml", "constraints.txt", "Makefile"):
        shutil.copy(HOUSE / name, folder / name)
    put(folder, "python3.14", PYTHON)  # the newest is taken
    return folder


def put(folder: Path, name: str, text: str) -> None:
    program = folder / "bin" / name
    program.write_text(text)
    program.chmod(0o755)


def install(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [".make/install", ".venv", "", ""], cwd=folder, capture_output=True, text=True, check=False,
        timeout=120, env={
            "PATH": f"{folder}/bin:/usr/bin:/bin", "LANG": "C", "RECORD": str(folder / "record"), **more,
        },
    )  # fmt: skip


def asked(folder: Path) -> list[str]:
    return (folder / "record").read_text().splitlines()


def test_uv_installs_where_there_is_one(tmp_path: Path) -> None:
    there = house(tmp_path / "with uv")
    put(there, "uv", UV)
    done = install(there)
    assert done.returncode == 0, done.stderr
    (call,) = (line for line in asked(there) if line.startswith("pip install"))
    assert "-c constraints.txt" in call and "--python .venv/bin/python" in call
    assert not any(line.startswith("pip -m") for line in asked(there))
    assert (there / ".venv" / ".place").read_text() == f"{there.resolve()}\n"


def test_what_uv_cannot_pip_may(tmp_path: Path) -> None:
    there = house(tmp_path / "house")
    put(there, "uv", UV)
    done = install(there, UV_ENDS="2")
    assert done.returncode == 0, done.stderr
    assert "trying pip" in done.stdout
    call = asked(there)[-1]
    assert "install" in call and "--no-user" in call and "-c constraints.txt" in call


def test_where_nothing_can_it_says_what_to_look_at(tmp_path: Path) -> None:
    there = house(tmp_path / "house")
    done = install(there, PIP_ENDS="1")
    assert done.returncode == 1
    assert "Is there a network" in done.stderr and "Collecting one" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_stand_in_for_uv_that_does_not_run_does_not_count(tmp_path: Path) -> None:
    there = house(tmp_path / "house")
    put(there, "uv", "#!/bin/sh\nexit 127\n")
    assert install(there).returncode == 0
    assert any(line.startswith("pip -m pip") and "install" in line for line in asked(there))


@pytest.mark.parametrize("name", ["moved here", "Ödev klasörü", "x" * 140])
def test_the_command_runs_from_any_folder_and_after_it_was_moved(tmp_path: Path, name: str) -> None:
    there = house(tmp_path / "before")
    assert install(there).returncode == 0
    moved = there.rename(tmp_path / name)
    (moved / "record").unlink()
    done = install(moved)
    assert done.returncode == 0 and "was moved" in done.stdout
    (moved / "bot").mkdir()
    (moved / "bot" / "__init__.py").touch()
    (moved / "bot" / "cli.py").write_text("def main():\n    print('it runs')\n")
    ran = subprocess.run(
        [str(moved / ".venv/bin/tellal")], capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.stdout == "it runs\n", ran.stderr


def test_an_environment_whose_python_is_gone_is_made_anew(tmp_path: Path) -> None:
    there = house(tmp_path / "house")
    assert install(there).returncode == 0
    (there / ".venv" / ".runs").touch()
    python = there / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/no/such/python")
    done = subprocess.run(
        ["make", ".venv/.runs"], cwd=there, capture_output=True, text=True, check=False, timeout=120,
        env={"PATH": f"{there}/bin:/usr/bin:/bin", "LANG": "C", "RECORD": str(there / "record")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "is made anew" in done.stdout and os.access(python, os.X_OK)


def test_two_at_once_wait_for_each_other(tmp_path: Path) -> None:
    there = house(tmp_path / "house")
    slow = PYTHON.replace("exit ${PIP_ENDS:-0}", "sleep 3")
    put(there, "python3", slow)
    env = {"PATH": f"{there}/bin:/usr/bin:/bin", "LANG": "C", "RECORD": str(there / "record")}
    both = [
        subprocess.Popen(
            [".make/install", ".venv", "", ""],
            cwd=there,
            env=env,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [one.communicate(timeout=120)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert sum("Another one installs here" in words for words in said) == 1
