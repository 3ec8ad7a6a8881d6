"""Every error of the fact sheet can be had: in the answer, in the webhook, in both."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.graph import ANN, BOB, Graph, graph
from tests.contract.whatsapp import MESSAGES, text

# The fact sheet's table, section 1.
CODES = [
    0, 1, 2, 3, 4, 10, 100, 190, 200, 299, 368, 80007, 130403, 130429, 130472, 130497, 131000,
    131008, 131009, 131016, 131021, 131026, 131030, 131031, 131037, 131042, 131045, 131047, 131048,
    131049, 131050, 131051, 131052, 131053, 131056, 131057, 131061, 131062, 131063, 131064, 132000,
    132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018, 132068, 132069, 133004, 133010,
    999999,
]  # fmt: skip


@pytest.fixture
async def wire() -> AsyncIterator[Graph]:
    async with graph("whatsapp") as made:
        await made.do("say", person=ANN, text="hi")
        await made.do("say", person=BOB, text="hi")
        yield made


async def fault(wire: Graph, code: int, **more: object) -> None:
    wish = {"channel": "whatsapp", "method": "messages", "kind": "code", "code": code}
    wire.sandbox.world.faults.add(**wish, **more)


@pytest.mark.parametrize("code", CODES)
async def test_an_error_comes_in_the_answer(wire: Graph, code: int) -> None:
    await fault(wire, code)
    error = await wire.refusal(MESSAGES, await text(wire, ANN))
    assert error["code"] == code
    assert error["message"]
    assert (await wire.do("received"))["messages"] == 0


@pytest.mark.parametrize("code", CODES)
async def test_an_error_comes_in_the_webhook_after_the_message_was_accepted(
    wire: Graph, code: int
) -> None:
    await fault(wire, code, when="webhook")
    answer = await wire.post(MESSAGES, await text(wire, ANN, biz_opaque_callback_data="d7"))
    status = (await wire.until(wire.statuses))[0]
    assert status["id"] == answer["messages"][0]["id"]
    assert (status["status"], status["biz_opaque_callback_data"]) == ("failed", "d7")
    error = status["errors"][0]
    assert error["code"] == code and error["title"] and error["error_data"]["details"]
    change = next(c for c in wire.notifications() if "statuses" in c["value"])
    assert "contacts" not in change["value"]


async def test_an_error_comes_both_ways(wire: Graph) -> None:
    await fault(wire, 131000, when="both")
    body = await text(wire, ANN, biz_opaque_callback_data="d8")
    assert (await wire.refusal(MESSAGES, body))["code"] == 131000
    status = (await wire.until(wire.statuses))[0]
    assert (status["status"], status["biz_opaque_callback_data"]) == ("failed", "d8")


async def test_an_error_for_one_person_spares_the_others(wire: Graph) -> None:
    await fault(wire, 131026, person=ANN, when="webhook")
    await wire.post(MESSAGES, await text(wire, BOB))
    contact = await wire.do("contact", person=ANN)
    await wire.post(MESSAGES, await text(wire, ANN, recipient=contact["user_id"]))
    await wire.until(lambda: len({s["id"] for s in wire.statuses()}) == 2)
    failed = [s for s in wire.statuses() if s["status"] == "failed"]
    assert [s["recipient_user_id"] for s in failed] == [contact["user_id"]]


async def test_an_error_for_a_while_and_a_flood_that_holds(wire: Graph) -> None:
    await fault(wire, 131016, skip=1, count=2)
    codes = []
    for _ in range(4):
        status, answer = await wire.raw("POST", MESSAGES, await text(wire, ANN))
        codes.append(status if status == 200 else answer["error"]["code"])
    assert codes == [200, 131016, 131016, 200]
    wire.sandbox.world.faults.add(
        kind="flood", channel="whatsapp", method="messages", count=1, hold=True, retry_after=30
    )
    for _ in range(2):
        assert (await wire.refusal(MESSAGES, await text(wire, ANN)))["code"] == 130429
    await wire.do("advance", seconds=31)
    await wire.post(MESSAGES, await text(wire, ANN))


@pytest.mark.parametrize("subcode", [458, 460, 463])
async def test_a_token_error_may_be_had_for_one_call(wire: Graph, subcode: int) -> None:
    await fault(wire, 190, subcode=subcode, count=1)
    error = await wire.refusal(MESSAGES, await text(wire, ANN))
    assert (error["code"], error["error_subcode"]) == (190, subcode)
    await wire.post(MESSAGES, await text(wire, ANN))


async def test_the_line_breaks_before_or_after_a_message_is_accepted(wire: Graph) -> None:
    import aiohttp

    for kind, accepted in (("drop_before", 0), ("drop_after", 1), ("garbage", 2)):
        wire.sandbox.world.faults.add(kind=kind, channel="whatsapp", method="messages", count=1)
        with pytest.raises((aiohttp.ClientError, ValueError)):
            await wire.raw("POST", MESSAGES, await text(wire, ANN))
        assert (await wire.do("received"))["messages"] == accepted


async def test_a_proxy_answers_with_html_though_the_message_went_out(wire: Graph) -> None:
    wire.sandbox.world.faults.add(
        kind="error", channel="whatsapp", method="messages", status=502, html=True, delivered=True
    )
    headers = {"Authorization": f"Bearer {wire.token}"}
    body = await text(wire, ANN, biz_opaque_callback_data="d9")
    async with wire.http.post(f"{wire.base}/{MESSAGES}", json=body, headers=headers) as answer:
        assert answer.status == 502 and answer.content_type == "text/html"
    status = (await wire.until(wire.statuses))[0]
    assert status["biz_opaque_callback_data"] == "d9"


async def test_a_body_that_is_no_json_is_refused(wire: Graph) -> None:
    headers = {"Authorization": f"Bearer {wire.token}", "Content-Type": "application/json"}
    for body in (b"{", b"[]", b"\xff"):
        url = f"{wire.base}/{MESSAGES}"
        async with wire.http.post(url, data=body, headers=headers) as answer:
            assert answer.status == 400
            assert (await answer.json())["error"]["code"] == 100
