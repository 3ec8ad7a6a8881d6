"""`tellal try words`: what somebody's words are taken for, for people and for machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


def tellal(*arguments: str, lines: str = "", **settings: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, **settings}
    return subprocess.run(
        [sys.executable, "-m", "bot", "try", *arguments], input=lines.encode(), check=False,
        capture_output=True, env=environment, timeout=100,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language", "verdict"),
    [("Please stop texting me", "en", "out"), ("İPTAL", "tr", "out"), ("Stop?", "en", "ask"),
     ("START", "en", "in"), ("where is the bus stop", "en", "none"), ("ALTA", "es-MX", "in")],
)  # fmt: skip
def test_one_text(text: str, language: str, verdict: str) -> None:
    done = tellal("words", text, "--language", language, "--json")
    assert done.returncode == 0
    told = json.loads(done.stdout.splitlines()[-1])
    assert set(told) == {"verdict", "why"} and told["verdict"] == verdict and told["why"]


def test_a_line_in_a_line_out_on_a_terminal_of_any_encoding() -> None:
    lines = "STOP\n\nстоп\nإلغاء الاشتراك\nthanks\nstop\\n\\nSent from my iPhone\n"
    done = tellal("words", "-", "--json", lines=lines, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0
    verdicts = [json.loads(line)["verdict"] for line in done.stdout.splitlines()]
    assert verdicts == ["out", "none", "out", "out", "none", "out"]


def test_people_get_a_sentence() -> None:
    done = tellal("words", "Stop?")
    assert done.returncode == 0 and done.stdout.decode().startswith("They are asked")


def test_wrong_use() -> None:
    assert tellal("words", "STOP", "--language", "xx").returncode == 2
    assert tellal("words").returncode == 2
    assert tellal().returncode == 2
