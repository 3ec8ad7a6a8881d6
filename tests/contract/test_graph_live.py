"""Who watches a person sees bubbles and ticks of WhatsApp and Messenger as they happen."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.contract.graph import ANN, BOB, Graph, graph
from tests.contract.whatsapp import MESSAGES, text


async def said(wire: Graph, person: int) -> str:
    """We write to a person; the id of the message."""
    if wire.channel == "whatsapp":
        return str((await wire.post(MESSAGES, await text(wire, person)))["messages"][0]["id"])
    who = {"id": (await wire.do("contact", person=person))["psid"]}
    body = {"recipient": who, "message": {"text": "Merhaba"}}
    return str((await wire.post("me/messages", body))["message_id"])


@pytest.mark.parametrize("channel", ["whatsapp", "messenger"])
async def test_bubbles_and_ticks_are_streamed(channel: str) -> None:
    async with graph(channel) as wire:
        url = f"{wire.sandbox.url}/control/live?people={ANN}"
        async with wire.http.ws_connect(url) as stream:
            assert (await stream.receive_json())["type"] == "hello"
            await wire.do("say", person=BOB, text="unseen")
            await wire.do("say", person=ANN, text="hi")
            message_id = await said(wire, ANN)
            seen: list[dict[str, Any]] = []
            async with asyncio.timeout(60):
                while not seen or seen[-1].get("status") != "read":
                    event = await stream.receive_json()
                    if event["type"] != "counters":
                        seen.append(event)
        assert {(e["channel"], e["person"]) for e in seen} == {(channel, ANN)}
        bubbles = [e["message"] for e in seen if e["type"] == "message"]
        assert [b["text"] for b in bubbles] == ["hi", "Merhaba"]
        assert [b["from_business"] for b in bubbles] == [False, True]
        ticks = [e for e in seen if e["type"] == "status"]
        assert {e["message_id"] for e in ticks} == {message_id}
        assert [e["status"] for e in ticks][-2:] == ["delivered", "read"]
        state = await wire.sandbox.do("state", "GET")
        assert state["channels"][channel]["webhook"]["url"] == wire.hook.url
