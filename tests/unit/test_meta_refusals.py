"""Refusals in Meta's shapes beside the plain ones."""

from __future__ import annotations

from typing import Any

import pytest

from broadcast.channel import Lane
from broadcast.inbound import InboundKind
from channels.messenger import callbacks as messenger
from channels.whatsapp import callbacks as whatsapp
from channels.whatsapp.config import Config

Json = dict[str, Any]
NUMBER = Config(phone_number_id="106", business_account_id="102")


def optin(status: object, **more: Any) -> Json:
    switch = {"type": "notification_messages", "notification_messages_status": status}
    return {"event": {"sender": {"id": "5"}, "timestamp": 1, "optin": switch, **more}}


@pytest.mark.parametrize(
    "status", ["STOP_NOTIFICATIONS", "STOP NOTIFICATIONS", "stop_notifications"]
)
@pytest.mark.parametrize("standby", [{}, {"standby": True}])
def test_messengers_own_switch_is_a_refusal(status: str, standby: Json) -> None:
    heard = messenger.inbound("default", "e", optin(status, **standby))
    assert heard is not None
    assert (heard.kind, heard.payload, heard.address) == (InboundKind.OVERHEARD, "out", "5")
    assert messenger.lane(optin(status, **standby), lambda: False) == Lane.LEAVING


def test_turned_on_again_it_agrees_to_nothing() -> None:
    for status in ("RESUME_NOTIFICATIONS", None, "", 7, [], "ACTIVE"):
        assert messenger.inbound("default", "e", optin(status)) is None


def message(kind: str, **body: Any) -> Json:
    return {"message": {"id": "w", "from": "49151", "type": kind, **body}}


@pytest.mark.parametrize("part", ["body", "caption"])
def test_whatsapp_words_in_a_kind_of_message_newer_than_us(part: str) -> None:
    update = message("of_next_year", of_next_year={part: "STOP"})
    heard = whatsapp.inbound("default", "e", update)
    assert heard is not None
    assert (heard.kind, heard.text) == (InboundKind.OVERHEARD, "STOP")
    assert whatsapp.lane(update, lambda: False) == Lane.LEAVING


def test_whatsapp_words_in_a_message_of_no_kind() -> None:
    update = {"message": {"id": "w", "from": "49151", "type": [], "text": {"body": "STOP"}}}
    heard = whatsapp.inbound("default", "e", update)
    assert heard is not None
    assert (heard.kind, heard.text) == (InboundKind.OVERHEARD, "STOP")


@pytest.mark.parametrize("odd", [[[]], {"a": 1}, None, 2**70, True])
def test_odd_values_beside_it_keep_no_callback_from_being_cut(odd: object) -> None:
    said = {"id": "w", "from": "49151", "type": "text", "text": {"body": "STOP"}, "odd": odd}
    value = {
        "metadata": {"phone_number_id": odd if odd != 2**70 else None},
        "messages": [said, odd],
    }
    body = {"entry": [{"id": "102", "changes": [{"field": "messages", "value": value}]}]}
    updates = [update for _, update in whatsapp._updates(NUMBER, body, "n")]
    assert [whatsapp.lane(update, lambda: True) for update in updates][0] == Lane.LEAVING
    assert all(whatsapp.order_key(update) for update in updates)
    event = {"event": {"message": {"text": "STOP", "odd": odd}}}
    assert messenger.order_key(event)


@pytest.mark.parametrize(
    "update",
    [
        message("reaction", reaction={"message_id": "x", "emoji": "🛑"}),
        message("unsupported", errors=[{"code": 131051}]),
        message("revoke", revoke={"original_message_id": "x"}),
        message("unknown"),
        message("of_next_year", of_next_year="STOP"),
        message("", **{"": {"body": None}}),
    ],
)
def test_what_has_no_words_is_nothing_anybody_said(update: Json) -> None:
    assert whatsapp.inbound("default", "e", update) is None
