"""Modals, the Home tab and their tickets: how long, how many, what they report."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.slack_wire import (
    ANNA,
    ECE,
    SlackWire,
    actions,
    button,
    entry,
    modal,
    plain,
    section,
)

HOME = {"type": "home", "blocks": [section("x")]}


async def messages(slack: SlackWire, method: str, **given: Any) -> list[str]:
    answer = await slack.answer(method, **given)
    assert answer["error"] in ("invalid_arguments", "invalid_blocks"), answer
    found: list[str] = answer["response_metadata"]["messages"]
    return found


async def trigger(slack: SlackWire, user: str = ECE) -> str:
    async with slack.socket() as socket:
        await slack.do("command", user=user, wait=0)
        found: str = socket.envelopes[0]["payload"]["trigger_id"]
        return found


async def test_a_trigger_is_good_for_three_seconds_once_and_for_its_person(
    slack: SlackWire,
) -> None:
    view = modal(section("x"))
    assert await slack.error("views.open", trigger_id="1.2.x", view=view) == "invalid_trigger_id"
    first = await trigger(slack)
    await slack.call("views.open", trigger_id=first, view=view)
    assert await slack.error("views.open", trigger_id=first, view=view) == "exchanged_trigger_id"
    second = await trigger(slack, ANNA)
    await slack.do("clock", ahead=3.1)
    assert await slack.error("views.open", trigger_id=second, view=view) == "expired_trigger_id"
    assert await slack.do("modal", user=ANNA) is None
    assert (await slack.do("modal", user=ECE))["blocks"][0]["text"]["text"] == "x"


async def test_views_keep_what_was_typed_and_refuse_an_old_hash(slack: SlackWire) -> None:
    text = {"type": "plain_text_input", "action_id": "t"}
    view = modal(entry("Name", "name", text), entry("Why", "why", text), external_id="own")
    opened = (await slack.call("views.open", trigger_id=await trigger(slack), view=view))["view"]
    await slack.do("fill", user=ECE, values={"Name": "Ada", "Why": "so"})
    changed = await slack.call(
        "views.update",
        view_id=opened["id"],
        hash=opened["hash"],
        view=modal(entry("N", "name", text)),
    )
    values = changed["view"]["state"]["values"]
    assert values == {"name": {"t": {"type": "plain_text_input", "value": "Ada"}}}
    assert await slack.error(
        "views.update", view_id=opened["id"], hash=opened["hash"], view=view
    ) == ("hash_conflict")
    await slack.call("views.update", view_id=opened["id"], view=view)
    again = {"trigger_id": await trigger(slack), "view": view}
    assert await slack.error("views.open", **again) == "duplicate_external_id"
    found = await slack.call("views.update", external_id="own", view=modal(section("x")))
    assert found["view"]["id"] == opened["id"]
    await slack.do("close", user=ECE)
    gone = {"view_id": opened["id"], "view": view}
    assert await slack.error("views.update", **gone) == "not_found"


async def test_modals_stack_three_high(slack: SlackWire) -> None:
    view = modal(actions(button("More", "more")))
    await slack.call("views.open", trigger_id=await trigger(slack), view=view)
    async with slack.socket() as socket:
        for number in range(3):
            await slack.do("press", user=ECE, label="More", wait=0)
            wish = {
                "trigger_id": socket.payloads("block_actions")[-1]["trigger_id"], "view": view,
            }  # fmt: skip
            if number < 2:
                await slack.call("views.push", **wish)
            else:
                assert await slack.error("views.push", **wish) == "push_limit_reached"
    assert len((await slack.do("close", user=ECE, everything=True))["closed"]) == 3


async def test_the_home_tab(slack: SlackWire) -> None:
    first = (await slack.call("views.publish", user_id=ECE, view=HOME))["view"]
    await slack.call("views.publish", user_id=ECE, view=HOME, hash=first["hash"])
    assert await slack.error("views.publish", user_id=ECE, view=HOME, hash=first["hash"]) == (
        "hash_conflict"
    )
    assert "user_id" in (await messages(slack, "views.publish", user_id="U0NOBODY", view=HOME))[0]
    assert await messages(slack, "views.publish", user_id=ECE, view=modal()) == [
        "[ERROR] must be one of home [json-pointer:/view/type]"
    ]
    await slack.do("app", home_tab=False)
    assert await slack.error("views.publish", user_id=ECE, view=HOME) == "not_enabled"
    assert (await slack.do("home", user=ECE))["type"] == "home"


async def test_menus_pickers_and_inputs_report_what_was_chosen(slack: SlackWire) -> None:
    options = [{"text": plain(name), "value": name.lower()} for name in ("Now", "Later")]
    view = modal(
        entry("When", "when", {"type": "static_select", "action_id": "a", "options": options}),
        entry("At", "at", {"type": "datetimepicker", "action_id": "a"}),
        entry("Who", "who", {"type": "multi_users_select", "action_id": "a"}),
        entry("Tags", "tags", {"type": "checkboxes", "action_id": "a", "options": options}),
        entry("Count", "count", {"type": "number_input", "action_id": "a", "is_decimal_allowed": False}),
    )  # fmt: skip
    await slack.call("views.open", trigger_id=await trigger(slack), view=view)
    with pytest.raises(ValueError, match="no option 'Never'"):
        await slack.do("fill", user=ECE, values={"When": "Never"})
    with pytest.raises(LookupError, match="no input 'Where'"):
        await slack.do("fill", user=ECE, values={"Where": "here"})
    async with slack.socket() as socket:
        values = {"When": "Later", "At": 1_800_000_000, "Who": [ECE], "Tags": ["now"], "Count": "x"}
        refused = await slack.do("submit", user=ECE, values=values)
        assert refused["refused"] == {"Count": "Please enter a valid number."}
        await slack.do("submit", user=ECE, values={"Count": 3}, wait=0)
        state = socket.payloads("view_submission")[0]["view"]["state"]["values"]
    assert state["when"]["a"]["selected_option"]["value"] == "later"
    assert state["at"]["a"] == {"type": "datetimepicker", "selected_date_time": 1_800_000_000}
    assert state["who"]["a"]["selected_users"] == [ECE]
    assert [option["value"] for option in state["tags"]["a"]["selected_options"]] == ["now"]
    assert state["count"]["a"]["value"] == "3"
