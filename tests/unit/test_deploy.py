"""What is given for running it: the unit, the container file, the compose file and their promises."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

HOUSE = Path(__file__).resolve().parents[2]
DEPLOY = HOUSE / "deploy"
UNIT = (DEPLOY / "tellal.service").read_text(encoding="utf-8")
CONTAINER = (HOUSE / "Containerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS = {n for n in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"] if "." not in n}
systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")


def analyze(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The unit as it is, but for the program, which is not installed on this machine."""
    unit = tmp_path / "tellal.service"
    unit.write_text(UNIT.replace("/opt/tellal/bin/tellal", sys.executable), encoding="utf-8")
    return subprocess.run(
        ["systemd-analyze", *arguments, str(unit)], capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip


@systemd
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    done = analyze(tmp_path, "verify")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@systemd
def test_the_unit_is_exposed_to_little(tmp_path: Path) -> None:
    done = analyze(tmp_path, "security", "--offline=yes", "--threshold=30", "--no-pager")
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found and float(found[1]) <= 3.0


def test_the_unit_leaves_what_a_start_reads_of_the_one_before_it() -> None:
    said = [line for line in UNIT.splitlines() if not line.startswith("#")]
    assert not [line for line in said if line.startswith("ProcSubset=")]
    assert "RestartPreventExitStatus=2" in said and "WorkingDirectory=/var/lib/tellal" in said


def test_the_container_holds_every_room_and_nothing_more() -> None:
    copied = set(re.findall(r"^COPY (\S+) \1$", CONTAINER, re.MULTILINE))
    assert copied == ROOMS
    ignored = (HOUSE / ".dockerignore").read_text(encoding="utf-8").split()
    files = set(re.search(r"^COPY (pyproject.*) \./$", CONTAINER, re.MULTILINE)[1].split())  # type: ignore[index]
    assert ignored[0] == "*"
    assert {line[1:] for line in ignored if line.startswith("!")} == ROOMS | files
    assert all((HOUSE / name).exists() for name in ROOMS | files)


def test_the_container_is_nobody_in_particular_and_keeps_one_volume() -> None:
    user = re.findall(r"^USER (\d+):(\d+)$", CONTAINER, re.MULTILINE)
    assert user and all(int(number) > 0 for number in user[-1])
    assert re.findall(r"^VOLUME (.*)$", CONTAINER, re.MULTILINE) == ["/data"]
    assert re.findall(r"^ENTRYPOINT (.*)$", CONTAINER, re.MULTILINE) == ['["tini", "--", "tellal"]']
    assert "HEALTHCHECK" in CONTAINER and "rm -f /etc/machine-id" in CONTAINER


def test_compose_gives_it_no_more_than_it_needs() -> None:
    made = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    service = made["services"]["tellal"]
    assert service["volumes"] == ["data:/data"] and set(made["volumes"]) == {"data"}
    assert service["read_only"] and service["cap_drop"] == ["ALL"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


class _Answers(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def alive(port: int, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "web.alive"], cwd=HOUSE, capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin", "TELLAL_HTTP__PORT": str(port), **more}, check=False, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_asks_it_and_no_proxy(status: int, code: int) -> None:
    handler = type("Answers", (_Answers,), {"status": status})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        away = "http://127.0.0.1:9"
        done = alive(server.server_port, http_proxy=away, HTTP_PROXY=away, ALL_PROXY=away)
        server.shutdown()
    assert done.returncode == code, done.stderr
    assert bool(done.stderr) == bool(code)


def test_the_health_check_says_why_when_nobody_is_there() -> None:
    done = alive(9)
    assert done.returncode == 1 and done.stderr.strip() and "Traceback" not in done.stderr
