"""Templates on the fake Cloud API: made, reviewed, paused, sent by the right endpoint."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.graph import ANN, Graph, graph
from tests.contract.whatsapp import (
    ACCOUNT,
    MARKETING,
    MESSAGES,
    NAMED,
    PROMO,
    approved,
    phone_of,
    template,
    text,
)

TEMPLATES = f"{ACCOUNT}/message_templates"
HOUR = 3600


@pytest.fixture
async def wire() -> AsyncIterator[Graph]:
    async with graph("whatsapp") as made:
        yield made


def of(field: str, **wanted: Any) -> Any:
    """A notification of a field with these values."""
    return lambda c: c["field"] == field and wanted.items() <= c["value"].items()


async def listed(wire: Graph, name: str = "promo") -> dict[str, Any]:
    fields = "name,status,category,rejected_reason,quality_score,previous_category"
    if name == "promo":
        fields = fields.replace(",previous_category", "")
    found = (await wire.get(TEMPLATES, name=name, fields=fields))["data"]
    return dict(found[0])


async def test_a_template_waits_for_its_review_and_is_approved(wire: Graph) -> None:
    await wire.do("pace", review_seconds=HOUR, reject_share=0)
    made = await wire.post(TEMPLATES, PROMO)
    assert made["status"] == "PENDING" and made["category"] == "MARKETING"
    phone = await phone_of(wire, ANN)
    assert (await wire.refusal(MESSAGES, template(phone, components=NAMED)))["code"] == 132001
    await wire.do("advance", seconds=2 * HOUR)
    change = await wire.heard(of("message_template_status_update", event="APPROVED"))
    assert change["value"]["message_template_id"] == int(made["id"])
    assert (await listed(wire))["status"] == "APPROVED"
    await wire.do("say", person=ANN, text="hi")
    await wire.post(MESSAGES, template(phone, components=NAMED))
    bubble = (await wire.do("chat", person=ANN))["messages"][-1]
    assert bubble["text"] == "Merhaba Ali, yeni sergi başladı."
    assert bubble["footer"] == "Tellal" and bubble["buttons"][0]["title"] == "Durdur"


@pytest.mark.parametrize(
    ("text", "share", "reason"),
    [
        ("Bu akşam casino açık.", 0, "ABUSIVE_CONTENT"),
        ("The show is open and your seat waits with the others.", 0, "TAG_CONTENT_MISMATCH"),
        ("Bu akşam sergi var.", 1, "INVALID_FORMAT"),
    ],
)
async def test_some_templates_are_rejected_with_a_reason(
    wire: Graph, text: str, share: float, reason: str
) -> None:
    await wire.do("pace", review_seconds=0.01, reject_share=share)
    await wire.post(TEMPLATES, PROMO | {"components": [{"type": "BODY", "text": text}]})
    change = await wire.heard(of("message_template_status_update", event="REJECTED"))
    assert change["value"]["reason"] == reason
    assert (await listed(wire))["rejected_reason"] == reason


async def test_a_utility_template_that_sells_is_moved_to_marketing(wire: Graph) -> None:
    await wire.do("pace", review_seconds=0.01, reject_share=0)
    body = [{"type": "BODY", "text": "Siparişin yolda, indirim kodun hazır!"}]
    await wire.post(TEMPLATES, PROMO | {"category": "UTILITY", "components": body, "name": "order"})
    change = await wire.heard(of("template_category_update", new_category="MARKETING"))
    assert change["value"]["previous_category"] == "UTILITY"
    await wire.heard(of("message_template_status_update", event="APPROVED"))
    assert (await listed(wire, "order"))["previous_category"] == "UTILITY"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Promo 1"}, "lower-case"),
        ({"language": "Turkish"}, "language"),
        ({"category": "NEWS"}, "category"),
        ({"components": []}, "components"),
        ({"components": [{"type": "FOOTER", "text": "x"}]}, "BODY"),
        ({"components": [{"type": "BODY", "text": "x" * 1025}]}, "1024"),
        ({"components": [{"type": "BODY", "text": "{{first_name}} merhaba"}]}, "start or end"),
        ({"components": [{"type": "BODY", "text": "Merhaba {{1}}!"}]}, "lower-case names"),
        ({"components": [{"type": "BODY", "text": "Merhaba {{ad}}!"}]}, "example"),
        ({"components": [{"type": "HEADER", "format": "IMAGE"}]}, "header_handle"),
        ({"name": "hello_world", "language": "en_US"}, "already"),
    ],
)
async def test_what_meta_would_not_take_is_refused_at_once(
    wire: Graph, change: dict[str, Any], words: str
) -> None:
    error = await wire.refusal(TEMPLATES, PROMO | change)
    assert error["code"] == 100 and words in error["error_data"]["details"]


async def test_positional_parameters_are_checked_by_their_order(wire: Graph) -> None:
    await wire.do("pace", review_seconds=0.01, reject_share=0)
    body = {"type": "BODY", "text": "Merhaba {{1}}, saat {{2}} sergi var."}
    wish = {key: value for key, value in PROMO.items() if key != "parameter_format"}
    await wire.refusal(TEMPLATES, wish | {"components": [body]})
    example = {"example": {"body_text": [["Ali", "19:00"]]}}
    await wire.post(TEMPLATES, wish | {"components": [body | example]})
    await wire.heard(of("message_template_status_update", event="APPROVED"))
    phone = await phone_of(wire, ANN)
    texts = [{"type": "text", "text": t} for t in ("Ali", "20:00")]
    await wire.post(MESSAGES, template(phone, components=[{"type": "body", "parameters": texts}]))
    bubble = (await wire.do("chat", person=ANN))["messages"][-1]
    assert bubble["text"] == "Merhaba Ali, saat 20:00 sergi var."


def parameters(*texts: str, **more: str) -> list[dict[str, Any]]:
    found = [{"type": "text", "parameter_name": "first_name", "text": t} | more for t in texts]
    return [{"type": "body", "parameters": found}]


@pytest.mark.parametrize(
    ("components", "code"),
    [
        ([], 132000),
        (parameters("Ali", "Veli"), 132000),
        (parameters("Ali", parameter_name="surname"), 100),
        (parameters("A\nli"), 132018),
        (parameters("A" * 1020), 132005),
        ([{"type": "body", "parameters": [{"type": "image", "image": {"id": "1"}}]}], 132012),
        ([{"type": "body", "parameters": [{"type": "text"}]}], 131008),
        ([*NAMED, {"type": "header", "parameters": [{"type": "text", "text": "x"}]}], 132000),
        (
            [
                *NAMED,
                {
                    "type": "button",
                    "sub_type": "quick_reply",
                    "index": "3",
                    "parameters": [{"type": "payload", "payload": "x"}],
                },
            ],
            131009,
        ),
    ],
)
async def test_parameters_that_do_not_fit_the_template(
    wire: Graph, components: list[Any], code: int
) -> None:
    await approved(wire)
    body = template(await phone_of(wire, ANN), components=components)
    assert (await wire.refusal(MESSAGES, body))["code"] == code


async def test_a_header_picture_comes_with_the_message(wire: Graph) -> None:
    opened = await wire.post(
        "400000000000004/uploads?file_name=a.png&file_length=4&file_type=image/png", None
    )
    headers = {"Authorization": f"OAuth {wire.token}", "file_offset": "0"}
    url = f"{wire.base}/{opened['id']}"
    async with wire.http.post(url, data=b"\x89PNG", headers=headers) as answer:
        handle = (await answer.json())["h"]
    header = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [handle]}}
    body = {"type": "BODY", "text": "Bu akşam sergi var."}
    await wire.do("pace", review_seconds=0.01, reject_share=0)
    await wire.post(TEMPLATES, PROMO | {"components": [header, body]})
    await wire.heard(of("message_template_status_update", event="APPROVED"))
    phone = await phone_of(wire, ANN)
    assert (await wire.refusal(MESSAGES, template(phone)))["code"] == 132012
    wrong = [{"type": "header", "parameters": [{"type": "text", "text": "x"}]}]
    assert (await wire.refusal(MESSAGES, template(phone, components=wrong)))["code"] == 132012
    forged = header | {"example": {"header_handle": ["4::forged"]}}
    await wire.refusal(TEMPLATES, PROMO | {"name": "other", "components": [forged, body]})


async def test_a_template_is_paused_for_3_then_6_hours_then_disabled(wire: Graph) -> None:
    await approved(wire)
    phone = await phone_of(wire, ANN)
    await wire.do("say", person=ANN, text="hi")
    for hours in (3, 6):
        await wire.do("templates", name="promo", do="pause")
        await wire.heard(of("message_template_status_update", event="PAUSED"))
        assert (await wire.refusal(MESSAGES, template(phone, components=NAMED)))["code"] == 132015
        await wire.do("advance", seconds=(hours - 1) * HOUR)
        assert (await wire.refusal(MESSAGES, template(phone, components=NAMED)))["code"] == 132015
        await wire.do("advance", seconds=HOUR)
        await wire.post(MESSAGES, template(phone, components=NAMED))
    await wire.do("templates", name="promo", do="pause")
    await wire.heard(of("message_template_status_update", event="DISABLED"))
    assert (await wire.refusal(MESSAGES, template(phone, components=NAMED)))["code"] == 132016


async def test_templates_are_rejected_rated_and_moved_by_hand(wire: Graph) -> None:
    await approved(wire)
    await wire.do("templates", name="promo", do="rate", quality="YELLOW")
    change = await wire.heard(of("message_template_quality_update", new_quality_score="YELLOW"))
    assert change["value"]["message_template_name"] == "promo"
    await wire.do("templates", name="promo", do="move", category="UTILITY")
    await wire.heard(of("template_category_update", new_category="UTILITY"))
    await wire.do("templates", name="promo", do="reject", reason="SCAM")
    await wire.heard(of("message_template_status_update", event="REJECTED", reason="SCAM"))
    assert (await listed(wire))["quality_score"] == {"score": "YELLOW"}


async def test_templates_are_edited_listed_in_pages_and_deleted(wire: Graph) -> None:
    await wire.do("pace", review_seconds=0.01, reject_share=0)
    made = await wire.post(TEMPLATES, PROMO)
    await wire.heard(of("message_template_status_update", event="APPROVED"))
    changed = [{"type": "BODY", "text": "Bugün yeni sergi var."}]
    await wire.post(str(made["id"]), {"components": changed})
    about = await wire.get(str(made["id"]))
    assert about["status"] == "PENDING" and about["components"] == changed
    first = await wire.get(TEMPLATES, limit=1)
    assert [t["name"] for t in first["data"]] == ["hello_world"] and first["paging"]["next"]
    second = await wire.get(TEMPLATES, limit=1, after=first["paging"]["cursors"]["after"])
    assert [t["name"] for t in second["data"]] == ["promo"] and "next" not in second["paging"]
    assert (await wire.get(TEMPLATES, status="APPROVED"))["data"][0]["name"] == "hello_world"
    status, _ = await wire.raw("DELETE", TEMPLATES, name="promo")
    assert status == 200 and not (await wire.get(TEMPLATES, name="promo"))["data"]
    status, _ = await wire.raw("DELETE", TEMPLATES, name="promo")
    assert status == 400


async def test_an_account_makes_so_many_templates(wire: Graph) -> None:
    await wire.do("limits", creates_per_hour=2, templates=3)
    for name in ("one", "two"):
        await wire.post(TEMPLATES, PROMO | {"name": name})
    error = await wire.refusal(TEMPLATES, PROMO | {"name": "three"})
    assert error["code"] == 100 and "no more" in error["error_data"]["details"]
    codes = {(await wire.refusal(TEMPLATES, {}))["code"] for _ in range(4)}
    assert 80007 in codes
    await wire.do("limits", management_per_hour=1)
    codes = {(await wire.refusal(TEMPLATES, None, "PUT"))["code"] for _ in range(4)}
    assert 80007 in codes


async def test_the_usage_headers_say_how_much_of_the_allowance_is_gone(wire: Graph) -> None:
    await wire.do("limits", management_per_hour=10)
    shares = []
    for _ in range(5):
        headers = {"Authorization": f"Bearer {wire.token}"}
        async with wire.http.get(f"{wire.base}/{TEMPLATES}", headers=headers) as answer:
            usage = json.loads(answer.headers["x-business-use-case-usage"])[ACCOUNT][0]
            assert usage["type"] == "whatsapp_business_management"
            shares.append(usage["call_count"])
    assert shares == [0, 10, 20, 30, 40]


# The endpoint for marketing


async def test_marketing_templates_go_through_their_own_endpoint_too(wire: Graph) -> None:
    await approved(wire)
    await wire.do("say", person=ANN, text="hi")
    body = template(await phone_of(wire, ANN), components=NAMED, product_policy="STRICT")
    await wire.post(MARKETING, body)
    status = await wire.until(wire.statuses)
    assert status[0]["pricing"]["category"] == "marketing_lite"
    assert status[0]["pricing"]["billable"] is True
    assert (await wire.refusal(MARKETING, body | {"product_policy": "MAYBE"}))["code"] == 100
    assert (await wire.refusal(MESSAGES, body))["code"] == 100  # unknown there


async def test_nothing_else_goes_through_it(wire: Graph) -> None:
    await approved(wire, name="receipt", category="UTILITY")
    phone = await phone_of(wire, ANN)
    error = await wire.refusal(MARKETING, template(phone, "receipt", NAMED))
    assert error["code"] == 100 and "MARKETING" in error["error_data"]["details"]
    assert (await wire.refusal(MARKETING, await text(wire, ANN)))["code"] == 100
    await approved(wire)
    await wire.do("account", marketing_signed=False)
    assert (await wire.refusal(MARKETING, template(phone, components=NAMED)))["code"] == 10


async def test_where_marketing_is_off_on_the_cloud_api_or_has_a_top_price(wire: Graph) -> None:
    await approved(wire)
    body = template(await phone_of(wire, ANN), components=NAMED)
    await wire.do("account", marketing_only_there=True)
    assert (await wire.refusal(MESSAGES, body))["code"] == 131063
    await wire.post(MARKETING, body)
    await wire.do("account", marketing_only_there=False)
    await wire.do("templates", name="promo", do="price")
    assert (await wire.refusal(MESSAGES, body))["code"] == 131061
    await wire.post(MARKETING, body)


async def test_codes_cannot_be_sent_to_a_business_scoped_id(wire: Graph) -> None:
    await approved(wire, name="code", category="AUTHENTICATION")
    contact = await wire.do("contact", person=ANN)
    body = template("", "code", NAMED, recipient=contact["user_id"])
    body.pop("to")
    assert (await wire.refusal(MESSAGES, body))["code"] == 131062


async def test_a_utility_template_is_free_inside_the_window(wire: Graph) -> None:
    await approved(wire, name="receipt", category="UTILITY")
    body = template(await phone_of(wire, ANN), "receipt", NAMED)
    await wire.post(MESSAGES, body)
    status = await wire.until(wire.statuses)
    assert status[0]["pricing"]["billable"] is True
    await wire.do("say", person=ANN, text="hi")
    message = (await wire.post(MESSAGES, body))["messages"][0]["id"]
    found = await wire.until(lambda: [s for s in wire.statuses() if s["id"] == message])
    assert found[0]["pricing"]["type"] == "free_customer_service"
    assert found[0]["pricing"]["billable"] is False
