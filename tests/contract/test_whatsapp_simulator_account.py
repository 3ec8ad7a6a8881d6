"""The fake Cloud API: tokens, the number and its account, reading, crowds."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.graph import ANN, Graph, graph
from tests.contract.whatsapp import (
    ACCOUNT,
    MESSAGES,
    NAMED,
    PHONE,
    approved,
    failure,
    outside,
    phone_of,
    reached,
    sent,
    template,
    text,
)


@pytest.fixture
async def wire() -> AsyncIterator[Graph]:
    async with graph("whatsapp") as made:
        yield made


@pytest.mark.parametrize("gone", [458, 460, 463, 467])
async def test_a_token_ends_with_its_reason(wire: Graph, gone: int) -> None:
    await wire.do("tokens", token=wire.token, gone=gone)
    error = await wire.refusal(MESSAGES, await text(wire, ANN))
    assert (error["code"], error["error_subcode"]) == (190, gone)
    wire.token = "EAAnew"
    await wire.do("tokens", token="EAAnew")
    await wire.post(MESSAGES, await text(wire, ANN))
    told = await wire.get("debug_token", input_token="EAAsandboxWhatsApp")
    assert not told["data"]["is_valid"] and told["data"]["error"]["subcode"] == gone


async def test_tokens_expire_lack_permissions_and_are_explained(wire: Graph) -> None:
    scopes = ["whatsapp_business_management"]
    await wire.do("tokens", token="EAAshort", scopes=scopes, expires_in=3600)
    whole, wire.token = wire.token, "EAAshort"
    assert (await wire.refusal(MESSAGES, await text(wire, ANN)))["code"] == 200
    told = (await wire.get("debug_token", input_token="EAAshort"))["data"]
    assert told["is_valid"] and told["scopes"] == scopes
    assert told["granular_scopes"][0]["target_ids"] == [ACCOUNT, PHONE]
    await wire.do("advance", seconds=3601)
    error = await wire.refusal(f"{ACCOUNT}/message_templates", None, "GET")
    assert (error["code"], error["error_subcode"]) == (190, 463)
    wire.token = "nonsense"
    assert (await wire.refusal(PHONE, None, "GET"))["code"] == 190
    wire.token = ""
    assert (await wire.refusal(PHONE, None, "GET"))["code"] == 104
    wire.token = whole
    assert (await wire.refusal("12345", None, "GET"))["error_subcode"] == 33
    wire.base = wire.base.replace("v23.0", "v3.0")
    assert (await wire.refusal(PHONE, None, "GET"))["code"] == 2500


async def test_an_app_may_ask_for_proof(wire: Graph) -> None:
    await wire.do("app", proof_required=True)
    assert (await wire.refusal(PHONE, None, "GET"))["code"] == 100
    proof = hmac.new(wire.hook.secret.encode(), wire.token.encode(), hashlib.sha256).hexdigest()
    await wire.get(PHONE, appsecret_proof=proof)
    status, _ = await wire.raw("GET", PHONE, appsecret_proof=proof[::-1])
    assert status == 400


async def test_a_number_and_its_account_describe_themselves(wire: Graph) -> None:
    fields = "verified_name,quality_rating,status,throughput,name_status"
    about = await wire.get(PHONE, fields=f"{fields},whatsapp_business_manager_messaging_limit")
    assert about["quality_rating"] == "GREEN" and about["status"] == "CONNECTED"
    assert about["whatsapp_business_manager_messaging_limit"] == "TIER_100K"
    assert (await wire.get(ACCOUNT))["id"] == ACCOUNT
    assert len((await wire.get(f"{ACCOUNT}/phone_numbers"))["data"]) == 1
    assert (await wire.refusal(f"{PHONE}?fields=shoe_size", None, "GET"))["code"] == 100
    assert (await wire.get(f"{ACCOUNT}/subscribed_apps"))["data"]
    status, _ = await wire.raw("DELETE", f"{ACCOUNT}/subscribed_apps")
    assert status == 200 and (await wire.get(f"{ACCOUNT}/subscribed_apps"))["data"] == []


async def test_reading_is_marked_and_shows_on_the_phone(wire: Graph) -> None:
    said = await wire.do("say", person=ANN, text="hi")
    mark = {"messaging_product": "whatsapp", "status": "read", "message_id": said["id"]}
    assert (await wire.post(MESSAGES, mark)) == {"success": True}
    await wire.do("pace", read_share=0, delivered_seconds=0.01)
    message = await sent(wire, await text(wire, ANN, context={"message_id": said["id"]}))
    await wire.until(lambda: "delivered" in reached(wire, message))
    chat = (await wire.do("chat", person=ANN))["messages"]
    assert [b.get("status") for b in chat] == ["read", "delivered"]
    assert chat[1]["answers"] == said["id"]


async def test_a_person_opens_the_chat_by_hand(wire: Graph) -> None:
    await wire.do("say", person=ANN, text="hi")
    await wire.do("pace", read_share=0)
    message = await sent(wire, await text(wire, ANN))
    await wire.until(lambda: "delivered" in reached(wire, message))
    assert (await wire.do("read", person=ANN)) == {"read": 1}
    await wire.until(lambda: "read" in reached(wire, message))


async def test_two_numbers_share_the_budget_but_not_the_window(wire: Graph) -> None:
    await approved(wire)
    await wire.do("numbers", id="100000000000009", phone="905320000009")
    await wire.do("say", person=ANN, text="hi")
    message = await sent(wire, await text(wire, ANN), "100000000000009/messages")
    assert await failure(wire, message) == 131047
    ours = await phone_of(wire, ANN)
    first, second = [phone for phone in await outside(wire, 3) if phone != ours][:2]
    await wire.post(MESSAGES, template(first, components=NAMED))
    await wire.post("100000000000009/messages", template(second, components=NAMED))
    assert (await wire.do("tier"))["used"] == 2


async def test_a_crowd_joins_presses_and_is_counted(wire: Graph) -> None:
    await wire.do("limits", per_second=0)
    replies = [{"type": "reply", "reply": {"id": "s:yes", "title": "Evet"}}]
    ask = {"type": "button", "body": {"text": "Devam?"}, "action": {"buttons": replies}}
    await wire.do("crowd", count=40, opt_in_share=0.5)
    answered: set[str] = set()

    async def answer(message: dict[str, Any]) -> None:
        body: dict[str, Any] = {"messaging_product": "whatsapp"}
        body["recipient"] = message["from_user_id"]
        if message["type"] == "text":
            body |= {"type": "interactive", "interactive": ask}
        else:
            body |= {"type": "text", "text": {"body": "Hoş geldin"}}
        await wire.post(MESSAGES, body)

    while not (crowd := (await wire.do("crowd"))[0])["done"]:
        change = await wire.heard(
            lambda c: any(m["id"] not in answered for m in c["value"].get("messages", ()))
        )
        for message in change["value"]["messages"]:
            answered.add(message["id"])
            await answer(message)
    assert crowd["error"] is None
    assert crowd["started"] + crowd["absent"] == 40 and crowd["absent"] > 0
    assert 0 < crowd["confirmed"] == crowd["pressed"] < crowd["started"]
