"""What public reports told of Meta's callbacks and templates, in words of our own
(docs/foreign-eyes-content.md)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from broadcast.channel import Lane, Template
from broadcast.inbound import Inbound, InboundKind
from broadcast.message import LinkButton, Message, RichText, TemplateUse
from channels._kit import links
from channels._kit.graph import templates
from channels.messenger import callbacks as messenger
from channels.messenger.config import Config as PageConfig
from channels.messenger.content import messages_of
from channels.messenger.problem import changes_of
from channels.whatsapp import callbacks as whatsapp
from channels.whatsapp.config import Config as NumberConfig
from channels.whatsapp.content import template_of

Json = dict[str, Any]
NUMBER = NumberConfig.model_construct(business_account_id="W", phone_number_id="P")
PAGE = PageConfig.model_construct(page_id="PG")


def updates(value: Json) -> list[dict[str, object]]:
    whole = {"metadata": {"phone_number_id": "P"}} | value
    body = {"entry": [{"id": "W", "changes": [{"field": "messages", "value": whole}]}]}
    return [update for _, update in whatsapp._updates(NUMBER, body, "n")]


def said(message: Json, *contacts: Json) -> Inbound | None:
    known = {"from": "905321112233", "id": "wamid.1", "timestamp": "1764898735", **message}
    (update,) = updates({"contacts": list(contacts), "messages": [known]})
    return whatsapp.inbound("whatsapp:P", "e", update)


def text(words: object = "STOP", **more: object) -> Json:
    return {"type": "text", "text": {"body": words}, **more}


@pytest.mark.parametrize(
    "contacts",
    [
        [],
        [{"wa_id": "905321112233"}],
        [{"wa_id": "905321112233", "profile": None}],
        [{"wa_id": "905321112233", "profile": {"name": None}}],
        [{"wa_id": "1", "profile": {"name": "Somebody Else"}}],
        [None, "x", {"wa_id": "905321112233", "profile": {}}],
    ],
)
def test_a_stop_is_heard_whatever_is_told_of_its_sender(contacts: list[Json]) -> None:
    heard = said(text(), *contacts)
    assert heard is not None
    assert (heard.text, heard.name) == ("STOP", "")


def test_each_message_has_its_own_senders_name() -> None:
    contacts = [
        {"wa_id": "2", "profile": {"name": "Bo"}},
        {"wa_id": "1", "profile": {"name": "Ada"}},
    ]
    messages = [
        text("a") | {"from": "1", "id": "w1", "timestamp": "1764898735"},
        text("b") | {"from": "2", "id": "w2", "timestamp": "1764898735"},
    ]
    found = updates({"contacts": contacts, "messages": messages})
    names = [heard.name for one in found if (heard := whatsapp.inbound("a", "e", one))]
    assert names == ["Ada", "Bo"]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "unknown", "errors": [{"code": 131051, "title": "Unsupported message type"}]},
        {"type": "unsupported", "errors": [{"code": 131051}]},
        {"type": "request_welcome"},
        {"type": "revoke", "revoke": {"original_message_id": "wamid.0"}},
        {"type": "reaction", "reaction": {"message_id": "wamid.0", "emoji": "🛑"}},
        {"type": "a_kind_of_next_year", "a_kind_of_next_year": {"code": 7}},
    ],
)
def test_what_says_nothing_is_answered_with_nothing(message: Json) -> None:
    assert said(message) is None


def test_words_in_a_kind_of_next_year_are_only_overheard() -> None:
    """A refusal in them counts; nothing is answered."""
    heard = said({"type": "a_kind_of_next_year", "a_kind_of_next_year": {"body": "hi"}})
    assert heard is not None
    assert heard.kind == InboundKind.OVERHEARD


def test_somebody_elses_contact_card_is_not_its_sender() -> None:
    card = {"type": "contacts", "contacts": [{"name": {"formatted_name": "A Friend"}}]}
    heard = said(card, {"wa_id": "222", "profile": {"name": "A Friend"}})
    assert heard is not None
    assert (heard.name, heard.text) == ("", "")


@pytest.mark.parametrize(
    ("message", "address", "phone"),
    [
        ({"from": "", "from_user_id": "TR.13491208"}, "TR.13491208", ""),
        ({"from": None, "from_user_id": "TR.13491208"}, "TR.13491208", ""),
        ({"from": "TR.13491208"}, "TR.13491208", ""),
        ({"from": "905321112233", "from_user_id": "TR.13491208"}, "TR.13491208", "+905321112233"),
        ({"from": "+905321112233"}, "905321112233", "+905321112233"),
    ],
)
def test_who_hides_their_number_is_known_by_their_id(
    message: Json, address: str, phone: str
) -> None:
    contact = {"user_id": "TR.13491208", "wa_id": message["from"], "profile": {"name": "Ada"}}
    heard = said(text() | message, contact)
    assert heard is not None
    assert (heard.address, heard.phone, heard.text, heard.name) == (address, phone, "STOP", "Ada")


def test_a_stop_edited_in_counts() -> None:
    changed = {"original_message_id": "wamid.0", "message": text()}
    heard = said({"type": "edit", "edit": changed})
    assert heard is not None
    assert (heard.kind, heard.text) == (InboundKind.EDITED, "STOP")


def test_the_status_of_a_contact_without_a_profile_is_taken() -> None:
    status = {"id": "wamid.2", "status": "delivered", "timestamp": "1764898735"}
    (update,) = updates({"contacts": [{"wa_id": "1"}], "statuses": [status]})
    (receipt,) = whatsapp.receipts(update)
    assert receipt.receipt_id == "wamid.2"


_THEN = datetime(2025, 12, 5, 1, 38, 55, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("1764898735", _THEN),
        (1764898735, _THEN),
        (1764898735000, _THEN),
        ("1764898735000", _THEN),
        *((odd, None) for odd in ("", None, "abc", -5, 0, 1, 1e30, True, [], {}, "９", "9" * 30)),
    ],
)
def test_no_moment_however_odd_costs_a_stop(given: object, moment: datetime | None) -> None:
    heard = said(text(timestamp=given))
    assert heard is not None
    assert (heard.text, heard.at) == ("STOP", moment)
    assert whatsapp.lane(updates({"messages": [text(timestamp=given) | {"from": "1"}]})[0],
                         lambda: True) is Lane.LEAVING  # fmt: skip


def at_page(event: Json) -> list[Inbound]:
    body = {"entry": [{"id": "PG", "messaging": [event]}]}
    found = [update for _, update in messenger._updates(PAGE, body, "n")]
    return [one for update in found if (one := messenger.inbound("messenger:PG", "e", update))]


FROM_ADA = {"sender": {"id": "1"}, "recipient": {"id": "PG"}, "timestamp": 1458668856463}


@pytest.mark.parametrize(
    "more",
    [
        {"attachments": [{"type": "fallback", "url": "https://l.example", "payload": None}]},
        {"attachments": None},
        {"attachments": [None, {"type": "template"}]},
        {"quick_reply": None},
    ],
)
def test_words_beside_something_shared_are_heard(more: Json) -> None:
    (heard,) = at_page(FROM_ADA | {"message": {"mid": "m", "text": "STOP", **more}})
    assert (heard.kind, heard.text) == (InboundKind.TEXT, "STOP")


FROM_US = {"sender": {"id": "PG"}, "recipient": {"id": "1"}, "timestamp": 1458668856463}


def test_a_message_edited_as_meta_documents_it_is_heard() -> None:
    (heard,) = at_page(FROM_ADA | {"message_edit": {"mid": "m", "text": "STOP", "num_edit": "1"}})
    assert (heard.kind, heard.text, heard.address) == (InboundKind.EDITED, "STOP", "1")
    assert heard.at is not None and heard.at.year == 2016


@pytest.mark.parametrize(
    "event",
    [
        {"message_edit": {"mid": "m", "text": "STOP"}},
        {"message": {"mid": "m", "text": "Write STOP to leave"}},
        {"message": {"mid": "m", "text": "STOP", "is_echo": True}},
    ],
)
def test_what_the_page_itself_says_or_changes_is_nobodys_stop(event: Json) -> None:
    assert at_page(FROM_US | event) == []


@pytest.mark.parametrize("watermark", [1458668856463, "1458668856463"])
def test_a_watermark_is_read_in_either_form(watermark: object) -> None:
    body = {"entry": [{"id": "PG", "messaging": [FROM_ADA | {"read": {"watermark": watermark}}]}]}
    ((_, update),) = messenger._updates(PAGE, body, "n")
    (receipt,) = messenger.receipts(update)
    assert receipt.at == pytest.approx(1458668856.463)


BODY = {"type": "BODY", "text": "Hello {{name}}, at {{time}}."}


def chosen(*components: Json) -> list[str]:
    template = Template(
        name="notice", language="en", category="utility", body=str(BODY["text"]),
        status="approved", parameters=("name", "time"),
        components=json.dumps([*components, BODY]),
    )  # fmt: skip
    use = TemplateUse(
        channel="whatsapp", name="notice", language="en",
        parameters=(("name", "{name}"), ("time", "9")),
    )  # fmt: skip
    known = {("notice", "en"): template}
    found = templates.problems_of(Message(templates=(use,)), "whatsapp", known)
    return [problem.template for problem in found]


def buttons(*given: Json) -> Json:
    return {"type": "BUTTONS", "buttons": list(given)}


@pytest.mark.parametrize(
    ("component", "words"),
    [
        ({"type": "HEADER", "format": "TEXT", "text": "About {{1}}"}, "blank in its header"),
        ({"type": "HEADER", "format": "IMAGE"}, "begins with a file"),
        ({"type": "HEADER", "format": "DOCUMENT"}, "begins with a file"),
        ({"type": "HEADER", "format": "LOCATION"}, "begins with a file"),
        (buttons({"type": "URL", "text": "Open", "url": "https://x.org/{{1}}"}), "in a button"),
        (buttons({"type": "COPY_CODE", "text": "Copy"}), "in a button"),
    ],
)
def test_a_template_that_wants_more_than_its_text_is_named_before_anybody_approves(
    component: Json, words: str
) -> None:
    (problem,) = chosen(component)
    assert words in problem


@pytest.mark.parametrize(
    "components",
    [
        [],
        [{"type": "HEADER", "format": "TEXT", "text": "News"}, {"type": "FOOTER", "text": "Us"}],
        [buttons({"type": "URL", "text": "Open", "url": "https://x.org/"},
                 {"type": "QUICK_REPLY", "text": "Stop promotions"},
                 {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+90"})],
    ],
)  # fmt: skip
def test_a_template_that_wants_no_more_is_no_problem(components: list[Json]) -> None:
    assert chosen(*components) == []


def test_named_blanks_are_sent_with_their_names_on_one_line_each() -> None:
    use = TemplateUse(
        channel="whatsapp", name="notice", language="en",
        parameters=(("name", "{name}"), ("time", "9")),
    )  # fmt: skip
    (body,) = template_of(use, "Abc               bed\n\tDef")["template"]["components"]
    assert body["parameters"] == [
        {"type": "text", "text": "Abc bed Def", "parameter_name": "name"},
        {"type": "text", "text": "9", "parameter_name": "time"},
    ]


@pytest.mark.parametrize(
    ("url", "opens"),
    [
        ("https://example.org/a_b_c?x=1&y=2#z", True),
        ("HTTPS://EXAMPLE.ORG", True),
        ("https://örnek.org/ş", True),
        ("tg://resolve?domain=x", False),
        ("https://localhost", False),
        ("https://example.org:99999", False),
        ("https://x..org", False),
        ("example.org", False),
        ("https://example.org/a b", False),
    ],
)
def test_which_addresses_metas_phones_open(url: str, opens: bool) -> None:
    assert links.opens(url) is opens


def on_page(words: str, label: str = "Read more") -> Message:
    button = LinkButton(label=label, url="https://example.org")
    return Message(text=RichText(text=words), buttons=((button,),))


@pytest.mark.parametrize(("length", "said"), [(20, False), (21, True)])
def test_a_label_messenger_would_cut_is_cut_by_us_and_said(length: int, said: bool) -> None:
    message = on_page("x", "L" * length)
    (sent,) = messages_of(message, {}, "en")
    assert sent["attachment"]["payload"]["buttons"][0]["title"] == "L" * 20
    assert any("cuts a button" in one.template for one in changes_of(message)) is said


@pytest.mark.parametrize(("length", "lines"), [(640, False), (641, True)])
def test_a_text_too_long_for_buttons_carries_them_as_lines(length: int, lines: bool) -> None:
    message = on_page("x" * length)
    (sent,) = messages_of(message, {}, "en")
    assert ("text" in sent) is lines
    assert any("as lines" in one.template for one in changes_of(message)) is lines
