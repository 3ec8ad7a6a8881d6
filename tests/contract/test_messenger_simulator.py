"""The fake Send API keeps Meta's rules: the window, lanes outside it, buttons, links."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.graph import ANN, BOB, Graph, graph
from tests.contract.messenger import (
    BUTTON,
    DAY,
    MESSAGES,
    PAGE,
    PROFILE,
    QUICK,
    START,
    TEMPLATES,
    attached,
    message,
    of,
    psid,
)


@pytest.fixture
async def wire() -> AsyncIterator[Graph]:
    async with graph("messenger") as made:
        yield made


async def test_a_page_may_write_for_24_hours_to_who_wrote_to_it(wire: Graph) -> None:
    error = await wire.refusal(MESSAGES, await message(wire))
    assert (error["code"], error["error_subcode"]) == (100, 2018001)
    await wire.do("say", person=ANN, text="JOIN")
    event = await wire.heard(of("message"))
    assert event["sender"]["id"] == await psid(wire) and event["recipient"]["id"] == PAGE
    assert event["message"]["text"] == "JOIN"
    answer = await wire.post(MESSAGES, await message(wire))
    assert answer["recipient_id"] == await psid(wire) and answer["message_id"].startswith("m_")
    await wire.do("advance", seconds=DAY)
    for kind in ("RESPONSE", "UPDATE"):
        error = await wire.refusal(MESSAGES, await message(wire, messaging_type=kind))
        assert (error["code"], error["error_subcode"]) == (10, 2018278)
    assert (await wire.refusal(MESSAGES, await message(wire, recipient={"id": "12"})))[
        "error_subcode"
    ] == 2018001


@pytest.mark.parametrize(
    "tag", ["CONFIRMED_EVENT_UPDATE", "ACCOUNT_UPDATE", "POST_PURCHASE_UPDATE"]
)
async def test_tags_are_dead(wire: Graph, tag: str) -> None:
    await wire.do("say", person=ANN, text="hi")
    body = await message(wire, messaging_type="MESSAGE_TAG", tag=tag)
    assert (await wire.refusal(MESSAGES, body))["code"] == 100


async def test_a_human_agent_tag_needs_a_permission_and_old_tokens_are_gone(wire: Graph) -> None:
    await wire.do("say", person=ANN, text="hi")
    body = await message(wire, messaging_type="MESSAGE_TAG", tag="HUMAN_AGENT")
    assert (await wire.refusal(MESSAGES, body))["code"] == 10
    token = {"notification_messages_token": "nmt1"}
    assert (await wire.refusal(MESSAGES, await message(wire, recipient=token)))["code"] == 100


async def test_a_utility_template_goes_out_after_the_window(wire: Graph) -> None:
    await wire.do("pace", review_seconds=0.01, reject_share=0)
    text = {"type": "BODY", "text": "Biletin hazır, {{1}}. İyi seyirler."}
    text["example"] = {"body_text": [["Ali"]]}  # type: ignore[assignment]
    wish = {"name": "ticket", "language": "tr", "category": "UTILITY", "components": [text]}
    await wire.post(TEMPLATES, wish)
    platform = wire.sandbox.simulator("messenger").platform
    await wire.until(lambda: platform.catalog.find("ticket").status == "APPROVED")
    assert (await wire.get(TEMPLATES, name="ticket"))["data"][0]["status"] == "APPROVED"
    await wire.do("say", person=ANN, text="hi")
    await wire.do("advance", seconds=2 * DAY)
    values = {"type": "body", "parameters": [{"type": "text", "text": "Ali"}]}
    use = {"name": "ticket", "language": {"code": "tr"}, "components": [values]}
    body = await message(wire, messaging_type="UTILITY", message={"template": use})
    await wire.post(MESSAGES, body)
    assert (await wire.do("chat", person=ANN))["messages"][-1]["text"] == (
        "Biletin hazır, Ali. İyi seyirler."
    )
    for wrong in (
        {"message": {"template": use | {"components": []}}},
        {"message": {"template": use | {"name": "nothing"}}},
        {"messaging_type": "UPDATE"},
        {"message": {"text": "free text"}},
    ):
        assert (await wire.refusal(MESSAGES, body | wrong))["code"] == 100
    await wire.do("tokens", token="EAAless", scopes=["pages_messaging"])
    wire.token = "EAAless"
    assert (await wire.refusal(MESSAGES, body))["code"] == 200


async def test_templates_are_utility_and_are_deleted(wire: Graph) -> None:
    body = [{"type": "BODY", "text": "Biletin hazır."}]
    wish = {"name": "ticket", "language": "tr", "category": "UTILITY", "components": body}
    assert (await wire.refusal(TEMPLATES, wish | {"category": "MARKETING"}))["code"] == 100
    error = await wire.refusal(TEMPLATES, wish | {"name": "Big Name"})
    assert "lower-case" in error["message"] and "error_data" not in error
    assert (await wire.post(TEMPLATES, wish))["status"] == "PENDING"
    await wire.do("templates", name="ticket", do="reject")
    told = (await wire.get(TEMPLATES, status="REJECTED"))["data"][0]
    assert told["rejected_reason"] == "TAG_CONTENT_MISMATCH"
    status, _ = await wire.raw("DELETE", TEMPLATES, name="ticket")
    assert status == 200 and (await wire.get(TEMPLATES))["data"] == []


async def test_who_blocked_the_page_or_turned_it_off_is_not_available(wire: Graph) -> None:
    await wire.do("say", person=ANN, text="hi")
    for verb, wanted in (("block", (551, 1545041)), ("mute", (10, 2018108))):
        await wire.do(verb, person=ANN)
        error = await wire.refusal(MESSAGES, await message(wire))
        assert (error["code"], error["error_subcode"]) == wanted
        await wire.do("say", person=ANN, text="again")  # ends both
        await wire.post(MESSAGES, await message(wire))
    await wire.sandbox.do("deactivate", person=ANN)
    assert (await wire.refusal(MESSAGES, await message(wire)))["code"] == 551


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"text": "x" * 2001}, "2000"),
        ({"text": ""}, "text"),
        ({}, "text or attachment"),
        ({"text": "x", "attachment": {"type": "image", "payload": {}}}, "text or attachment"),
        ({"text": "x", "quick_replies": [QUICK] * 14}, "13"),
        ({"text": "x", "quick_replies": [QUICK | {"title": "x" * 21}]}, "20"),
        ({"text": "x", "quick_replies": [QUICK | {"payload": "x" * 1001}]}, "1000"),
        ({"text": "x", "colour": "red"}, "colour"),
        ({"attachment": {"type": "poem", "payload": {}}}, "image"),
        ({"attachment": {"type": "image", "payload": {}}}, "url"),
        (
            attached("template", template_type="button", text="x" * 641, buttons=[BUTTON])[
                "message"
            ],
            "640",
        ),
        (
            attached("template", template_type="button", text="x", buttons=[BUTTON] * 4)["message"],
            "3",
        ),
    ],
)
async def test_what_is_wrong_with_a_message_is_said(
    wire: Graph, said: dict[str, Any], words: str
) -> None:
    await wire.do("say", person=ANN, text="hi")
    error = await wire.refusal(MESSAGES, await message(wire, message=said))
    assert error["code"] == 100 and words in error["message"]


async def test_a_quick_reply_is_a_message_and_vanishes_after_the_next_one(wire: Graph) -> None:
    await wire.do("say", person=ANN, text="hi")
    asked = await message(wire, message={"text": "Devam?", "quick_replies": [QUICK]})
    await wire.post(MESSAGES, asked)
    await wire.post(MESSAGES, await message(wire))
    with pytest.raises(LookupError):
        await wire.do("press", person=ANN, label="Evet")
    await wire.post(MESSAGES, asked)
    await wire.do("press", person=ANN, label="Evet")
    event = await wire.heard(lambda e: "quick_reply" in e.get("message", {}))
    assert event["message"]["quick_reply"]["payload"] == "s:yes"
    assert event["message"]["text"] == "Evet"


async def test_a_button_and_the_menu_are_postbacks_that_open_the_window(wire: Graph) -> None:
    assert (await wire.refusal(PROFILE, {"persistent_menu": []}))["code"] == 100
    item = {"type": "postback", "title": "Durdur", "payload": "STOP"}
    menu = {"persistent_menu": [{"locale": "default", "call_to_actions": [item]}]}
    assert "Get Started" in (await wire.refusal(PROFILE, menu))["message"]
    assert await wire.post(PROFILE, START | menu) == {"result": "success"}
    assert (await wire.get(PROFILE, fields="get_started,persistent_menu"))["data"] == [START | menu]
    await wire.do("say", person=ANN, text="hi")
    buttons = attached("template", template_type="button", text="Devam?", buttons=[BUTTON])
    await wire.post(MESSAGES, await message(wire, **buttons))
    await wire.do("press", person=ANN, data="s:yes")
    event = await wire.heard(of("postback"))
    assert event["postback"]["payload"] == "s:yes" and event["postback"]["title"] == "Evet"
    await wire.do("advance", seconds=DAY)
    await wire.refusal(MESSAGES, await message(wire))
    assert (await wire.do("chat", person=ANN))["menu"] == [item]
    await wire.do("press", person=ANN, menu="Durdur")
    await wire.heard(lambda e: e.get("postback", {}).get("payload") == "STOP")
    await wire.post(MESSAGES, await message(wire))
    status, _ = await wire.raw("DELETE", PROFILE, {"fields": ["get_started"]})
    assert status == 400
    status, _ = await wire.raw("DELETE", PROFILE, {"fields": ["persistent_menu", "get_started"]})
    assert status == 200 and (await wire.get(PROFILE))["data"] == []


async def test_a_link_brings_its_ref_the_first_time_and_again(wire: Graph) -> None:
    assert (await wire.do("start", person=ANN, ref="poster"))["told"] == "nothing"
    await wire.post(PROFILE, START)
    await wire.do("start", person=ANN, ref="poster")
    event = await wire.heard(of("postback"))
    assert event["postback"]["payload"] == "GET_STARTED"
    referral = {"ref": "poster", "source": "SHORTLINK", "type": "OPEN_THREAD"}
    assert event["postback"]["referral"] == referral
    await wire.do("advance", seconds=DAY)
    await wire.refusal(MESSAGES, await message(wire))
    await wire.do("start", person=ANN, ref="flyer")
    event = await wire.heard(of("referral"))
    assert event["referral"]["ref"] == "flyer"
    await wire.post(MESSAGES, await message(wire))  # coming back opens the window
    await wire.do("limits", ref_lost=1)
    assert "referral" not in await wire.do("start", person=BOB, ref="poster")


async def test_an_old_opt_in_still_has_its_shape(wire: Graph) -> None:
    await wire.do("optin", person=ANN, token="nmt7", stop=True)
    event = await wire.heard(of("optin"))
    assert event["optin"]["notification_messages_token"] == "nmt7"
    assert event["optin"]["notification_messages_status"] == "STOP NOTIFICATIONS"
