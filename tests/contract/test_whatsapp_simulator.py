"""The fake Cloud API keeps Meta's rules: windows, limits, identities, buttons."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.graph import ANN, BOB, Graph, graph
from tests.contract.whatsapp import (
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

DAY = 86_400


@pytest.fixture
async def wire() -> AsyncIterator[Graph]:
    async with graph("whatsapp") as made:
        yield made


async def test_whoever_wrote_can_be_answered_for_24_hours(wire: Graph) -> None:
    message = await sent(wire, await text(wire, ANN, biz_opaque_callback_data="delivery 7"))
    assert await failure(wire, message) == 131047
    assert wire.statuses()[0]["biz_opaque_callback_data"] == "delivery 7"

    await wire.do("say", person=ANN, text="JOIN")
    message = await sent(wire, await text(wire, ANN))
    await wire.until(lambda: "read" in reached(wire, message))
    assert reached(wire, message)[0] == "sent" and reached(wire, message)[-1] == "read"
    assert wire.statuses()[-1]["pricing"]["type"] == "free_customer_service"

    await wire.do("advance", seconds=DAY)
    message = await sent(wire, await text(wire, ANN))
    assert await failure(wire, message) == 131047


async def test_the_answer_and_the_status_name_both_ids_of_a_person(wire: Graph) -> None:
    await wire.do("say", person=ANN, text="hi")
    contact = await wire.do("contact", person=ANN)
    answer = await wire.post(MESSAGES, await text(wire, ANN, recipient=contact["user_id"]))
    assert answer["messaging_product"] == "whatsapp"
    assert answer["contacts"][0]["user_id"] == contact["user_id"]
    status = await wire.until(wire.statuses)
    assert status[0]["recipient_user_id"] == contact["user_id"]
    assert status[0]["recipient_id"] == contact["phone"]


async def test_some_people_show_no_number(wire: Graph) -> None:
    hidden = 0
    for person in range(1_000_000_000, 1_000_000_500):
        contact = await wire.do("contact", person=person)
        if contact["hides_number"] and contact["on_whatsapp"]:
            hidden = person
            break
    await wire.do("say", person=hidden, text="JOIN")
    change = await wire.heard(lambda c: "messages" in c["value"])
    message, profile = change["value"]["messages"][0], change["value"]["contacts"][0]
    assert "from" not in message and "wa_id" not in profile
    assert message["from_user_id"] == profile["user_id"] == contact["user_id"]
    assert profile["profile"]["username"]
    answer = await wire.post(MESSAGES, await text(wire, hidden, recipient=contact["user_id"]))
    assert "wa_id" not in answer["contacts"][0]


async def test_a_new_number_brings_a_new_id_and_voids_the_old_one(wire: Graph) -> None:
    before = await wire.do("contact", person=ANN)
    await wire.do("change_number", person=ANN)
    change = await wire.heard(lambda c: c["value"].get("messages", [{}])[0].get("type") == "system")
    system = change["value"]["messages"][0]["system"]
    after = await wire.do("contact", person=ANN)
    assert system["type"] == "user_changed_number"
    assert (system["previous_user_id"], system["user_id"]) == (before["user_id"], after["user_id"])
    await wire.do("say", person=ANN, text="still me")
    old = await sent(wire, await text(wire, ANN, recipient=before["user_id"]))
    assert await failure(wire, old) == 131026
    new = await sent(wire, await text(wire, ANN, recipient=after["user_id"]))
    await wire.until(lambda: "read" in reached(wire, new))


async def test_numbers_nobody_has_and_people_who_are_not_there_fail_later(wire: Graph) -> None:
    message = await sent(wire, await text(wire, ANN, to="905051112233"))
    assert await failure(wire, message) == 131026
    await wire.do("say", person=ANN, text="hi")
    await wire.sandbox.do("deactivate", person=ANN)
    assert await failure(wire, await sent(wire, await text(wire, ANN))) == 131026
    assert (await wire.do("received"))["messages"] == 0


async def test_a_person_who_blocked_us_leaves_one_tick(wire: Graph) -> None:
    await wire.do("say", person=ANN, text="hi")
    await wire.do("block", person=ANN)
    message = await sent(wire, await text(wire, ANN))
    await wire.until(lambda: reached(wire, message))
    await wire.do("advance", seconds=3600)
    assert reached(wire, message) == ["sent"]
    await wire.do("say", person=ANN, text="back again")
    message = await sent(wire, await text(wire, ANN))
    await wire.until(lambda: "read" in reached(wire, message))


async def test_one_number_sends_80_a_second(wire: Graph) -> None:
    await wire.do("limits", pair_seconds=0)
    await wire.do("say", person=ANN, text="hi")
    body, refused = await text(wire, ANN), None
    for _ in range(200):
        status, answer = await wire.raw("POST", MESSAGES, body)
        if status != 200:
            refused = answer["error"]
            break
    assert refused is not None and refused["code"] == 130429
    await wire.do("advance", seconds=1)
    await wire.post(MESSAGES, body)


async def test_an_upgrade_of_the_throughput_takes_its_time(wire: Graph) -> None:
    await wire.do("limits", pair_seconds=0)
    await wire.do("say", person=ANN, text="hi")
    await wire.do("quality", throughput=True, seconds=60)
    body = await text(wire, ANN)
    assert (await wire.refusal(MESSAGES, body))["code"] == 131057
    await wire.do("advance", seconds=60)
    for _ in range(120):
        await wire.post(MESSAGES, body)


async def test_45_messages_in_a_row_to_one_person_then_one_in_six_seconds(wire: Graph) -> None:
    await wire.do("limits", per_second=0)
    await wire.do("say", person=ANN, text="hi")
    await wire.do("say", person=BOB, text="hi")
    for _ in range(45):
        await wire.post(MESSAGES, await text(wire, ANN))
    assert (await wire.refusal(MESSAGES, await text(wire, ANN)))["code"] == 131056
    await wire.post(MESSAGES, await text(wire, BOB))
    await wire.do("advance", seconds=6)
    await wire.post(MESSAGES, await text(wire, ANN))
    assert (await wire.refusal(MESSAGES, await text(wire, ANN)))["code"] == 131056


async def test_the_portfolio_may_open_so_many_conversations_in_24_hours(wire: Graph) -> None:
    await approved(wire)
    phones = await outside(wire, 252, "")
    await wire.do("limits", per_second=0)
    await wire.do("tier", tier="TIER_250")
    change = await wire.heard(lambda c: c["field"] == "business_capability_update")
    assert change["value"]["max_daily_conversations_per_business"] == "TIER_250"
    for phone in phones[:250]:
        await wire.post(MESSAGES, template(phone, components=NAMED))
    assert (await wire.do("tier"))["used"] == 250
    assert (await wire.refusal(MESSAGES, template(phones[250], components=NAMED)))["code"] == 131048
    await wire.post(MESSAGES, template(phones[0], components=NAMED))  # counted already
    writer = await wire.do("contact", phone=phones[251])
    await wire.do("say", person=writer["id"], text="hi")  # inside the window nothing is counted
    await wire.post(MESSAGES, template(phones[251], components=NAMED))
    await wire.do("advance", seconds=DAY)
    await wire.post(MESSAGES, template(phones[250], components=NAMED))
    assert (await wire.do("tier"))["used"] == 1


async def test_two_marketing_messages_a_day_reach_a_person_who_did_not_write(wire: Graph) -> None:
    await approved(wire)
    phone = (await outside(wire, 1))[0]
    body = template(phone, components=NAMED)
    await sent(wire, body)
    await sent(wire, body)
    assert await failure(wire, await sent(wire, body)) == 131049
    contact = await wire.do("contact", phone=phone)
    await wire.do("say", person=contact["id"], text="hi")
    message = await sent(wire, body)
    await wire.until(lambda: "read" in reached(wire, message))
    await wire.do("advance", seconds=2 * DAY)
    message = await sent(wire, body)
    await wire.until(lambda: "read" in reached(wire, message))


@pytest.mark.parametrize(("country", "code"), [("US", 131049), ("GB", None), ("DE", None)])
async def test_marketing_depends_on_where_a_person_is(
    wire: Graph, country: str, code: int | None
) -> None:
    await approved(wire)
    body = template((await outside(wire, 1, country))[0], components=NAMED)
    for _ in range(3):
        message = await sent(wire, body)
    if code:
        assert await failure(wire, message) == code
    else:
        await wire.until(lambda: "read" in reached(wire, message))


async def test_a_stop_of_marketing_stops_marketing_only_until_it_is_resumed(wire: Graph) -> None:
    await approved(wire)
    await approved(wire, name="receipt", category="UTILITY")
    phone = await phone_of(wire, ANN)
    await wire.do("say", person=ANN, text="hi")
    await wire.do("stop", person=ANN)
    change = await wire.heard(lambda c: c["field"] == "user_preferences")
    told = change["value"]["user_preferences"][0]
    assert (told["value"], told["category"]) == ("stop", "marketing_messages")
    assert await failure(wire, await sent(wire, template(phone, components=NAMED))) == 131050
    receipt = await sent(wire, template(phone, "receipt", NAMED))
    await wire.until(lambda: "read" in reached(wire, receipt))
    await wire.do("resume", person=ANN)
    promo = await sent(wire, template(phone, components=NAMED))
    await wire.until(lambda: "read" in reached(wire, promo))


async def test_who_was_blocked_by_us_and_countries_we_may_not_write_to(wire: Graph) -> None:
    await wire.do("say", person=ANN, text="hi")
    await wire.do("bar", person=ANN)
    assert (await wire.refusal(MESSAGES, await text(wire, ANN)))["code"] == 130403
    await wire.do("bar", person=ANN, barred=False)
    await wire.do("account", restricted=["TR"])
    assert (await wire.refusal(MESSAGES, await text(wire, ANN)))["code"] == 130497


async def test_where_a_refusal_shows_can_be_chosen(wire: Graph) -> None:
    await wire.do("reporting", code=131047, when="answer")
    assert (await wire.refusal(MESSAGES, await text(wire, ANN)))["code"] == 131047
    await wire.do("account", status="RESTRICTED")
    assert (await wire.refusal(MESSAGES, await text(wire, ANN)))["code"] == 131031
    await wire.do("account", status="APPROVED")
    await wire.do("numbers", id=PHONE, status="DISCONNECTED")
    assert (await wire.refusal(MESSAGES, await text(wire, ANN)))["code"] == 133010


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"messaging_product": "sms"}, 100, "messaging_product"),
        ({"type": "poem"}, 100, "type must be one of"),
        ({"text": {}}, 131008, "text['body']"),
        ({"text": {"body": 7}}, 131009, "string"),
        ({"text": {"body": "x" * 4097}}, 100, "4096"),
        ({"biz_opaque_callback_data": "x" * 513}, 100, "512"),
        ({"colour": "red"}, 100, "colour"),
        ({"to": "Ali"}, 131009, "E.164"),
        ({"to": None}, 131008, "recipient"),
        ({"to": None, "recipient": "905321234567"}, 131009, "business-scoped"),
        ({"to": "+1 555-078-3881"}, 131021, "same"),
        ({"recipient_type": "group"}, 131051, "Groups"),
        ({"context": {"message_id": "wamid.x"}}, 131009, "context"),
        ({"type": "location", "location": {"height": 3.2}}, 100, "height"),
        ({"type": "reaction", "reaction": {"emoji": "x"}}, 131051, "reaction"),
    ],
)
async def test_what_is_wrong_with_a_message_is_said(
    wire: Graph, change: dict[str, Any], code: int, words: str
) -> None:
    body = (await text(wire, ANN)) | change
    if body["type"] != "text":
        body.pop("text")
    error = await wire.refusal(MESSAGES, body)
    assert error["code"] == code
    assert words in error["error_data"]["details"]


@pytest.mark.parametrize("field", ["body", "buttons", "title", "id", "twins"])
async def test_buttons_have_limits_too(wire: Graph, field: str) -> None:
    reply = {"id": "yes", "title": "x" * 21 if field == "title" else "Evet"}
    buttons = [{"type": "reply", "reply": reply}] * {"buttons": 4, "twins": 2}.get(field, 1)
    if field == "id":
        reply["id"] = "x" * 257
    interactive: dict[str, Any] = {"type": "button", "action": {"buttons": buttons}}
    if field != "body":
        interactive["body"] = {"text": "Devam?"}
    body = await text(wire, ANN, type="interactive", interactive=interactive)
    body.pop("text")
    assert (await wire.refusal(MESSAGES, body))["code"] in (100, 131008, 131009)


async def test_a_reply_button_and_a_template_button_come_back_in_two_shapes(wire: Graph) -> None:
    await approved(wire)
    phone = await phone_of(wire, ANN)
    await wire.do("say", person=ANN, text="hi")
    replies = [{"type": "reply", "reply": {"id": "s:yes", "title": "Evet"}}]
    action = {"type": "button", "body": {"text": "Devam?"}, "action": {"buttons": replies}}
    body = await text(wire, ANN, type="interactive", interactive=action)
    body.pop("text")
    asked = await sent(wire, body)
    await wire.do("press", person=ANN, label="Evet")
    parameters = [{"type": "payload", "payload": "stop:9"}]
    button = {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": parameters}
    promo = await sent(wire, template(phone, components=[*NAMED, button]))
    await wire.do("press", person=ANN, data="stop:9")

    def pressed(kind: str) -> Any:
        return lambda c: c["value"].get("messages", [{}])[0].get("type") == kind

    first = (await wire.heard(pressed("interactive")))["value"]["messages"][0]
    assert first["interactive"]["button_reply"] == {"id": "s:yes", "title": "Evet"}
    assert first["context"]["id"] == asked
    second = (await wire.heard(pressed("button")))["value"]["messages"][0]
    assert second["button"] == {"payload": "stop:9", "text": "Durdur"}
    assert second["context"]["id"] == promo
