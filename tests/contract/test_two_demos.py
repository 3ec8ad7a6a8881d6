"""A second demo beside a running one: a port and a folder of its own, and no traceback."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import aiohttp
import pytest

from lab import demo_place
from lab.child_process import Child
from lab.processes import environment, free_port

PATIENCE_SECONDS = 90.0


async def opened(folder: Path, port: int) -> Child:
    child = await Child.spawn(
        folder, environment(LANG="C.UTF-8", LC_ALL=""), "-m", "bot", "demo", "--port", str(port),
        "--people", "2",
    )  # fmt: skip
    await child.says("Open http://", PATIENCE_SECONDS)
    return child


async def answers(port: int) -> bool:
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"http://127.0.0.1:{port}/control/state") as answer,
    ):
        return answer.status == 200


async def test_two_demos_run_beside_each_other(tmp_path: Path) -> None:
    port = free_port()
    first = await opened(tmp_path, port)
    second: Child | None = None
    try:
        database = tmp_path / ".demo" / "tellal.db"
        before = database.stat().st_ino
        second = await opened(tmp_path, port)
        assert f"Port {port} is taken" in second.output
        found = int(second.output.split("Open http://127.0.0.1:")[1].split()[0])
        assert found != port
        assert await answers(port) and await answers(found)
        assert database.stat().st_ino == before, "the running one keeps its database"
        assert (tmp_path / ".demo" / "2" / "tellal.db").exists()
        for one in (second, first):
            one.send(signal.SIGINT)
            assert await one.ended() == 0
            assert "Traceback" not in one.output, one.output
    finally:
        for one in filter(None, (second, first)):
            await one.end()


def test_a_folder_is_free_again_when_its_demo_has_ended(tmp_path: Path) -> None:
    first = demo_place.place(tmp_path)
    second = demo_place.place(tmp_path)
    assert first.usual and not second.usual and first.folder != second.folder
    demo_place.hold(str(first.folder))  # a process of the first that outlives it
    first.leave()
    third = demo_place.place(tmp_path)
    assert third.folder not in {first.folder, second.folder}
    second.leave()
    again = demo_place.place(tmp_path)
    assert again.folder == second.folder
    for one in (third, again):
        one.leave()


def test_where_nothing_may_be_written_it_runs_elsewhere(tmp_path: Path) -> None:
    (tmp_path / ".demo").write_text("a file of that name")
    found = demo_place.place(tmp_path)
    assert tmp_path not in found.folder.parents and found.folder.is_dir()
    found.leave()


def test_the_next_free_port_is_taken() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen(1)
        wished = holder.getsockname()[1]
        if wished < 65_000:
            assert wished < demo_place.port_from(wished) < wished + 50
    with pytest.raises(demo_place.NoPlace):
        demo_place.port_from(70_000)
