"""The fake Cloud API's webhook: verified, signed, repeated, doubled, out of order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.graph import ANN, BOB, VERIFY, Graph, graph
from tests.contract.whatsapp import ACCOUNT, MESSAGES, PHONE, text

SPEC = Path(__file__).resolve().parents[3] / "shared/specs/whatsapp-business-messaging"


@pytest.fixture
async def wire() -> AsyncIterator[Graph]:
    async with graph("whatsapp") as made:
        yield made


async def test_an_address_is_taken_only_after_the_handshake(wire: Graph) -> None:
    with pytest.raises(ValueError, match="couldn't be validated"):
        await wire.do("webhook", url=wire.hook.url, verify_token="wrong")
    with pytest.raises(ValueError, match="could not be reached"):
        await wire.do("webhook", url="http://127.0.0.1:9/webhook", verify_token=VERIFY)
    with pytest.raises(ValueError, match="404"):
        await wire.do("webhook", url=wire.hook.url + "/no", verify_token=VERIFY)


async def test_the_app_sets_its_callback_with_its_own_token(wire: Graph) -> None:
    wish = {
        "object": "whatsapp_business_account",
        "callback_url": wire.hook.url,
        "verify_token": VERIFY,
        "fields": "messages,user_preferences",
    }
    path = "400000000000004/subscriptions"
    assert (await wire.refusal(path, wish))["code"] == 15
    wire.token = f"400000000000004|{wire.hook.secret}"
    assert (await wire.post(path, wish)) == {"success": True}
    told = (await wire.get(path))["data"][0]
    assert told["callback_url"] == wire.hook.url
    assert [f["name"] for f in told["fields"]] == ["messages", "user_preferences"]
    assert (await wire.refusal(path, wish | {"verify_token": "x"}))["code"] == 2200
    assert (await wire.refusal(path, wish | {"fields": "weather"}))["code"] == 100
    await wire.do("quality", rating="RED")  # not subscribed any more
    await wire.do("say", person=ANN, text="hi")
    await wire.heard(lambda c: c["field"] == "messages")
    assert {c["field"] for c in wire.notifications()} == {"messages"}


async def test_every_body_is_signed_with_the_secret_of_the_app(wire: Graph) -> None:
    await wire.do("say", person=ANN, text="ğüşiöç")
    await wire.heard(lambda c: "messages" in c["value"])
    assert wire.hook.forged == 0
    await wire.do("app", secret="another")
    await wire.do("say", person=ANN, text="hi")
    await wire.until(lambda: wire.hook.forged)
    wire.hook.secret = "another"  # what was refused comes again, signed anew
    await wire.until(lambda: len(wire.hook.payloads) == 2)


async def test_a_forged_body_can_be_posted(wire: Graph) -> None:
    body = json.dumps({"object": "whatsapp_business_account", "entry": []})
    assert (await wire.do("post", body=body, signature="sha256=00"))["answered"] is False
    assert wire.hook.forged == 1
    assert (await wire.do("post", body=body))["answered"] is True


async def test_what_is_not_answered_by_200_comes_again_for_7_days(wire: Graph) -> None:
    wire.hook.refuse = 3
    await wire.do("say", person=ANN, text="hi")
    await wire.heard(lambda c: "messages" in c["value"])
    assert wire.hook.refuse == 0
    wire.hook.refuse = 10_000
    await wire.do("say", person=ANN, text="lost")
    platform = wire.sandbox.simulator("whatsapp").platform
    await wire.until(lambda: platform.webhook.refused == 4)
    while len(platform.agenda):
        refused = platform.webhook.refused
        await wire.do("advance", seconds=3600)
        await wire.until(lambda seen=refused: platform.webhook.refused > seen)
    assert 100 < platform.webhook.refused < 180  # once an hour, in the end
    wire.hook.refuse = 0
    await wire.do("advance", seconds=7 * 86_400)
    await wire.do("say", person=BOB, text="new")
    await wire.heard(lambda c: c["value"]["messages"][0]["text"]["body"] == "new")
    said = [m["text"]["body"] for c in wire.notifications() for m in c["value"]["messages"]]
    assert said == ["hi", "new"]


async def test_nothing_is_told_of_an_account_the_app_is_not_subscribed_to(wire: Graph) -> None:
    await wire.raw("DELETE", f"{ACCOUNT}/subscribed_apps")
    await wire.do("say", person=ANN, text="unheard")
    await wire.raw("POST", f"{ACCOUNT}/subscribed_apps", {})
    await wire.do("say", person=ANN, text="heard")
    change = await wire.heard(lambda c: "messages" in c["value"])
    assert change["value"]["messages"][0]["text"]["body"] == "heard"


async def test_notifications_come_twice_when_asked_to(wire: Graph) -> None:
    await wire.do("webhook", duplicates=1, disorder_seconds=0.01)
    await wire.do("say", person=ANN, text="hi")
    await wire.until(lambda: len(list(wire.notifications())) == 2)
    first, second = wire.notifications()
    assert first == second


async def test_statuses_come_out_of_order_when_asked_to(wire: Graph) -> None:
    await wire.do("limits", per_second=0, pair_seconds=0)
    await wire.do("webhook", disorder=0.7, disorder_seconds=0.5)
    await wire.do("say", person=ANN, text="hi")
    body = await text(wire, ANN)
    for _ in range(30):
        await wire.post(MESSAGES, body)
    await wire.until(lambda: Counter(s["status"] for s in wire.statuses())["read"] == 30)
    await wire.until(lambda: Counter(s["status"] for s in wire.statuses())["sent"] == 30)
    order: dict[str, list[str]] = {}
    for status in wire.statuses():
        order.setdefault(status["id"], []).append(status["status"])
    ranks = {"sent": 0, "delivered": 1, "read": 2}
    mixed = [found for found in order.values() if found != sorted(found, key=ranks.__getitem__)]
    assert mixed


async def test_some_get_lost_when_asked_to(wire: Graph) -> None:
    await wire.do("webhook", lost=1)
    await wire.do("say", person=ANN, text="lost")
    await wire.do("webhook", lost=0)
    await wire.do("say", person=ANN, text="found")
    change = await wire.heard(lambda c: "messages" in c["value"])
    assert change["value"]["messages"][0]["text"]["body"] == "found"


async def test_the_last_requests_come_again_byte_for_byte(wire: Graph) -> None:
    await wire.do("say", person=ANN, text="hi")
    await wire.until(lambda: wire.hook.bodies)
    assert (await wire.do("redeliver", count=5))["answered"] == 1
    assert wire.hook.bodies[0] == wire.hook.bodies[1]


async def test_what_waits_is_told_in_batches(wire: Graph) -> None:
    await wire.do("limits", per_second=0)
    await wire.do("webhook", paused=True, batch=50, connections=1)
    for person in range(1_000_000_000, 1_000_000_120):
        if (await wire.do("contact", person=person))["on_whatsapp"]:
            await wire.do("say", person=person, text="hi")
    waiting = (await wire.do("webhook"))["waiting"]
    assert waiting > 100 and not wire.hook.payloads
    await wire.do("webhook", paused=False)
    await wire.until(lambda: len(list(wire.notifications())) == waiting)
    sizes = [len(entry["changes"]) for p in wire.hook.payloads for entry in p["entry"]]
    assert max(sizes) == 50 and sum(sizes) == waiting


async def test_the_account_tells_of_quality_tier_and_violations(wire: Graph) -> None:
    await wire.do("quality", rating="YELLOW")
    change = await wire.heard(lambda c: c["field"] == "phone_number_quality_update")
    assert change["value"]["display_phone_number"] == "15550783881"
    assert (await wire.get(PHONE, fields="quality_rating"))["quality_rating"] == "YELLOW"
    await wire.do("quality", throughput=True)
    await wire.heard(lambda c: c["value"].get("event") == "THROUGHPUT_UPGRADE")
    assert (await wire.get(PHONE, fields="throughput"))["throughput"] == {"level": "HIGH"}
    await wire.do("account", event="ACCOUNT_VIOLATION", violation_info={"violation_type": "SCAM"})
    change = await wire.heard(lambda c: c["field"] == "account_update")
    assert change["value"]["violation_info"] == {"violation_type": "SCAM"}
    await wire.do("tell", field="account_alerts", value={"alert_severity": "CRITICAL"})
    await wire.heard(lambda c: c["field"] == "account_alerts")


async def test_media_a_person_sends_is_named_and_can_be_fetched_for_seven_days(wire: Graph) -> None:
    await wire.do("say", person=ANN, photo="sunset", caption="bak")
    change = await wire.heard(lambda c: "messages" in c["value"])
    image = change["value"]["messages"][0]["image"]
    assert image["caption"] == "bak" and image["mime_type"] == "image/png"
    about = await wire.get(image["id"])
    headers = {"Authorization": f"Bearer {wire.token}"}
    async with wire.http.get(about["url"], headers=headers) as answer:
        assert answer.status == 200 and (await answer.read())[:4] == b"\x89PNG"
    async with wire.http.get(about["url"]) as answer:
        assert answer.status == 401
    await wire.do("advance", seconds=301)
    async with wire.http.get(about["url"], headers=headers) as answer:
        assert answer.status == 400
    await wire.do("advance", seconds=7 * 86_400)
    assert (await wire.refusal(image["id"], None, "GET"))["code"] == 100


@pytest.mark.skipif(not SPEC.is_dir(), reason="the OpenAPI description is not here")
async def test_statuses_have_the_shape_of_metas_description(wire: Graph) -> None:
    import jsonschema
    import yaml

    with (SPEC / "openapi_v23.0.yaml").open(encoding="utf-8") as source:
        description = yaml.load(source, Loader=yaml.CSafeLoader)

    await wire.do("say", person=ANN, text="hi")
    await wire.post(MESSAGES, await text(wire, ANN))
    await wire.post(MESSAGES, await text(wire, BOB))  # fails
    await wire.until(lambda: "failed" in {s["status"] for s in wire.statuses()})
    await wire.until(lambda: "read" in {s["status"] for s in wire.statuses()})
    values = [c["value"] for c in wire.notifications() if "statuses" in c["value"]]
    assert len(values) >= 3
    schema = {"$ref": "#/components/schemas/StatusMessageValue"}
    for value in values:
        jsonschema.validate(value, schema | {"components": description["components"]})
