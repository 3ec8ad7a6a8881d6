"""The sandbox's control API, asked by pages of other sites and by names somebody else owns."""

from __future__ import annotations

import aiohttp
import pytest

from sandbox.keeper import KEY_HEADER
from sandbox.server import Sandbox, running

BREAK = {"what": "network"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example:8081"},
        {"Host": "127.0.0.1.nip.example"},
    ],
)
async def test_another_sites_page_may_do_nothing(headers: dict[str, str]) -> None:
    async with running(people=3) as sandbox, aiohttp.ClientSession() as client:
        url = f"{sandbox.url}/control/faults"
        async with client.post(url, json={"kind": "garbage"}, headers=headers) as answer:
            assert answer.status == 403
            assert (await answer.json())["error"]
        assert await sandbox.do("faults", "GET") == []
        async with client.get(f"{sandbox.url}/control/people", headers=headers) as answer:
            assert answer.status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await client.ws_connect(f"{sandbox.url}/control/live", headers=headers)


async def test_its_own_page_and_a_person_with_curl_may() -> None:
    async with running(people=3) as sandbox, aiohttp.ClientSession() as client:
        host = sandbox.url.removeprefix("http://")
        port = host.partition(":")[2]
        for headers in (
            {},
            {"Origin": sandbox.url, "Sec-Fetch-Site": "same-origin"},
            {"Host": f"localhost:{port}"},
            {"Host": f"[::1]:{port}"},
            {"Host": f"sandbox:{port}"},
        ):
            async with client.get(f"{sandbox.url}/control/state", headers=headers) as answer:
                assert answer.status == 200
                assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(("key", "given"), [("", ""), ("", "x"), ("right", "wrong"), ("right", "")])
async def test_nobody_without_the_key_keeps_the_product(key: str, given: str) -> None:
    async with running(people=3, keeper_key=key) as sandbox, aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.ws_connect(f"{sandbox.url}/control/keeper", headers={KEY_HEADER: given})
        assert refused.value.status == 404
        await _nothing_breaks(sandbox, client)


async def _nothing_breaks(sandbox: Sandbox, client: aiohttp.ClientSession) -> None:
    assert await sandbox.do("breaking", "GET") == {"offered": False}
    async with client.post(f"{sandbox.url}/control/break", json=BREAK) as answer:
        assert answer.status == 404
        assert "tellal demo" in (await answer.json())["error"]
    assert await sandbox.do("faults", "GET") == []
