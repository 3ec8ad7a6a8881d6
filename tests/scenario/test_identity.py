"""One person under every name a platform has for them: callbacks as Meta posts them, and lists."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot import import_export
from broadcast.callback import Callback
from broadcast.channel import Lane
from broadcast.models import Address, AddressAlias, ConsentEvent, Subscriber
from broadcast.services import subscribe
from broadcast.store.migrate import upgrade
from channels.messenger import callbacks as messenger
from channels.messenger.config import Config as PageConfig
from channels.whatsapp import callbacks as whatsapp
from channels.whatsapp.config import Config as NumberConfig
from tests.scenario.house import House

NUMBER = NumberConfig(
    phone_number_id="106", business_account_id="102", access_token="t", app_secret="s",
    verify_token="v",
)  # fmt: skip
PAGE = PageConfig(page_id="900", access_token="t", app_secret="s", verify_token="v")
AYSE, BSUID, PARENT = "905320000001", "TR.111aaa", "TR.ENT.9"
HEADER = "channel,address,name,language,timezone,consent,source\n"
Json = dict[str, Any]
_ids = count(1)


class Post(House):
    """A house to which Meta posts."""

    async def __call__(self, body: Json, reader: Any = whatsapp, config: Any = NUMBER) -> list[str]:
        """What is answered to each update of it, "" for silence."""
        raw = json.dumps(body).encode()
        signed = {"x-hub-signature-256": "sha256=" + hmac.digest(b"s", raw, "sha256").hex()}
        callback = Callback("meta", "default", "POST", raw, signed, {})
        said = []
        for event_id, update in reader.answer(config, callback).keep:
            heard = reader.inbound("default", event_id, json.loads(json.dumps(update)))
            answers = await subscribe.hear(self.core, heard) if heard else []
            said.append("\n".join(answer.text.text for answer in answers))
        return said

    async def whatsapp(self, *messages: Json, contacts: list[Json] | None = None) -> list[str]:
        value: Json = {"metadata": {"phone_number_id": "106"}, "messages": list(messages)}
        value |= {"contacts": contacts} if contacts is not None else {}
        entry = {"id": "102", "changes": [{"field": "messages", "value": value}]}
        return await self({"object": "whatsapp_business_account", "entry": [entry]})

    async def page(
        self, *events: Json, key: str = "messaging", at: Any = 1764000000000
    ) -> list[str]:
        sender = {"sender": {"id": "5000000000000001"}, "recipient": {"id": "900"}}
        whole = [sender | {"timestamp": at} | event for event in events]
        return await self(
            {"object": "page", "entry": [{"id": "900", "time": 1, key: whole}]}, messenger, PAGE
        )

    async def take_in(self, folder: Path, *lines: str) -> import_export.Imported:
        file = folder / f"people{next(_ids)}.csv"
        file.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
        return await import_export.import_file(self.store.url, file)

    async def stands(self) -> dict[str, str]:
        async with self.store.read() as session:
            return {row.value: row.consent for row in await session.scalars(select(Address))}

    async def names(self) -> list[str]:
        async with self.store.read() as session:
            return list(await session.scalars(select(Subscriber.name)))

    async def agreed(self) -> int:
        """How many people would get a broadcast."""
        async with self.store.read() as session:
            rows = await session.scalars(
                select(Address.subscriber_id).where(
                    Address.consent == "opted_in", Address.suppressed == ""
                )
            )
            return len(list(rows))


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    made = Post(tmp_path)
    await upgrade(made.url)  # as `tellal import` finds it
    yield made
    await made.store.close()


def wrote(text: str = "", number: str = AYSE, bsuid: str = "", **more: Any) -> Json:
    made: Json = {"id": f"wamid.{next(_ids)}", "timestamp": "1764000000", "type": "text"}
    made |= {"from": number} if number else {}
    made |= {"from_user_id": bsuid} if bsuid else {}
    return made | {"text": {"body": text}} | more


def profile(name: str | None = None, number: str = "", bsuid: str = "") -> Json:
    made: Json = {"profile": {"name": name}}
    return made | ({"wa_id": number} if number else {}) | ({"user_id": bsuid} if bsuid else {})


@pytest.mark.parametrize("listed", ["+905320000001", BSUID, PARENT])
async def test_a_list_opts_nobody_in_who_left_under_another_name(
    post: Post, tmp_path: Path, listed: str
) -> None:
    for word in ("JOIN", "STOP"):
        await post.whatsapp(wrote(word, bsuid=BSUID, from_parent_user_id=PARENT))
    done = await post.take_in(tmp_path, f"whatsapp,{listed},Ayşe,tr,,opted_in,fair 2026")
    assert (done.taken, done.kept_out) == (0, 1)
    assert await post.stands() == {BSUID: "opted_out"}


async def test_a_list_knows_who_joined_under_another_name(post: Post, tmp_path: Path) -> None:
    await post.whatsapp(wrote("JOIN", bsuid=BSUID))
    done = await post.take_in(tmp_path, "whatsapp,+905320000001,Ayşe,tr,,opted_in,fair 2026")
    assert done.taken == 1
    assert await post.agreed() == 1


async def test_a_registry_of_refusals_is_of_the_person(post: Post, tmp_path: Path) -> None:
    await post.whatsapp(wrote("JOIN", bsuid=BSUID))
    await post.take_in(tmp_path, "whatsapp,+905320000001,,,,opted_out,registry")
    assert await post.agreed() == 0


@pytest.mark.parametrize(
    ("listed", "writes"),
    [
        ("+5521987654321", "552187654321"),
        ("+552187654321", "5521987654321"),
        ("+541155551234", "5491155551234"),
        ("+525512345678", "5215512345678"),
    ],
)
async def test_a_stop_from_a_number_spelled_otherwise(
    post: Post, tmp_path: Path, listed: str, writes: str
) -> None:
    await post.take_in(tmp_path, f"whatsapp,{listed},Ana,en,,opted_in,fair")
    await post.whatsapp(wrote("STOP", writes))
    assert await post.agreed() == 0
    done = await post.take_in(tmp_path, f"whatsapp,+{writes},Ana,en,,opted_in,fair")
    assert (done.taken, done.kept_out) == (0, 1)


async def test_one_line_spelled_twice_is_one_person(post: Post, tmp_path: Path) -> None:
    lines = [f"whatsapp,{n},Ana,en,,opted_in,fair" for n in ("+5521987654321", "+552187654321")]
    done = await post.take_in(tmp_path, *lines)
    assert done.taken == 2
    assert await post.agreed() == 1


async def test_the_first_id_of_their_own_takes_a_listed_number_along(
    post: Post, tmp_path: Path
) -> None:
    await post.take_in(tmp_path, "whatsapp,+5521987654321,Ana,en,,opted_in,fair")
    await post.whatsapp(wrote("hi", "552187654321", "BR.7x"))
    assert await post.agreed() == 1, "the same person, now under an id of their own"
    await post.whatsapp(wrote("STOP", "", "BR.7x"))
    assert await post.agreed() == 0


async def test_a_number_given_to_somebody_else_makes_nobody_one(post: Post, tmp_path: Path) -> None:
    await post.whatsapp(wrote("JOIN", bsuid="TR.first"))
    await post.whatsapp(wrote("hello", bsuid="TR.second"))
    assert await post.stands() == {"TR.first": "opted_in", "TR.second": "none"}
    await post.whatsapp(wrote("STOP", "", "TR.first"))
    done = await post.take_in(tmp_path, "whatsapp,+905320000001,,,,opted_in,fair")
    assert done.kept_out == 1, "somebody left under that number"


@pytest.mark.parametrize("listed", [True, False])
async def test_a_number_given_out_again_opts_its_new_owner_in_to_nothing(
    post: Post, tmp_path: Path, listed: bool
) -> None:
    if listed:
        await post.take_in(tmp_path, f"whatsapp,+{AYSE},Ayşe,tr,,opted_in,fair 2026")
    else:
        await post.whatsapp(wrote("JOIN"))
    await post.whatsapp(wrote("hi", bsuid="TR.first"))
    for word in ("hello", "who is this"):
        await post.whatsapp(wrote(word, bsuid="TR.second"))
    stands = await post.stands()
    assert (stands["TR.first"], stands["TR.second"]) == ("opted_in", "none")
    await post.whatsapp(wrote("STOP", bsuid="TR.second"))
    assert (await post.stands())["TR.first"] == "opted_in", "somebody else left"


async def test_a_number_that_became_an_id_is_no_second_place_to_leave(
    post: Post, tmp_path: Path
) -> None:
    await post.take_in(tmp_path, f"whatsapp,+{AYSE},Ayşe,tr,,opted_in,fair 2026")
    await post.whatsapp(wrote("hi", bsuid=BSUID))
    assert await post.agreed() == 1
    (said,) = await post.whatsapp(wrote("STOP", bsuid=BSUID))
    assert "WhatsApp" not in said
    assert await post.agreed() == 0


async def test_an_id_that_changed_takes_its_own_consent_along(post: Post, tmp_path: Path) -> None:
    await post.take_in(tmp_path, f"whatsapp,+{AYSE},Ayşe,tr,,opted_in,fair 2026")
    for word in ("hi", "STOP", "JOIN"):
        await post.whatsapp(wrote(word, bsuid=BSUID))
    changed = {"type": "user_changed_user_id", "user_id": "TR.222", "previous_user_id": BSUID}
    await post.whatsapp(wrote(bsuid=BSUID, type="system", system=changed | {"wa_id": AYSE}))
    assert (await post.stands())["TR.222"] == "opted_in"
    assert await post.agreed() == 1, "once, under the new id"


async def test_a_number_alone_finds_the_id_it_is_behind(post: Post) -> None:
    await post.whatsapp(wrote("JOIN", bsuid=BSUID))
    await post.whatsapp(wrote("STOP"))
    assert await post.stands() == {BSUID: "opted_out"}


async def test_each_message_of_a_callback_has_its_own_senders_name(post: Post) -> None:
    other = "905320000002"
    contacts = [profile("Burak", other), profile("Ayşe", AYSE)]
    await post.whatsapp(wrote("JOIN"), wrote("JOIN", other), contacts=contacts)
    assert await post.names() == ["Ayşe", "Burak"]
    await post.whatsapp(wrote("hi", "905320000003"), contacts=[profile("Ayşe", AYSE)])
    assert (await post.names())[2] == "", "somebody else's name is no name"


@pytest.mark.parametrize("name", [".", "🙂🙂", "", None, "Ay"])
async def test_a_profile_never_renames_who_was_listed(
    post: Post, tmp_path: Path, name: str | None
) -> None:
    await post.take_in(tmp_path, "whatsapp,+905320000001,Ayşe Yılmaz,tr,,opted_in,fair")
    await post.whatsapp(wrote("hi"), contacts=[profile(name, AYSE)])
    assert await post.names() == ["Ayşe Yılmaz"]


async def test_a_profiles_name_follows_the_profile_until_a_list_names_them(
    post: Post, tmp_path: Path
) -> None:
    for name in ("Ay", "Ayşe", "."):
        await post.whatsapp(wrote("JOIN"), contacts=[profile(name, AYSE)])
    assert await post.names() == ["Ayşe"]
    await post.take_in(
        tmp_path, "whatsapp,+905320000001,Ayşe Yılmaz,tr,,,", "whatsapp,+905320000001,.,,,,"
    )
    assert await post.names() == ["Ayşe Yılmaz"]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "revoke", "revoke": {"original_message_id": "wamid.1"}},
        {"type": "edit", "edit": {"message": {"type": "text", "text": {"body": "hello"}}}},
        {"type": "unsupported", "errors": [{"code": 131051}]},
        {"type": "unknown"},
        {"type": "request_welcome"},
        {"type": "reaction", "reaction": {"emoji": "👍"}},
        {"type": None},
        {"type": "text", "text": {"body": "STOP"}, "group_id": "Y2FwaV9ncm91cDox"},
    ],
)
async def test_what_says_nothing_to_us_is_not_answered(post: Post, message: Json) -> None:
    await post.whatsapp(wrote("JOIN"))
    assert await post.whatsapp(wrote() | message) == [""]
    assert await post.agreed() == 1


@pytest.mark.parametrize(
    "pressed",
    [
        {"type": "button", "button": {"payload": "Stop promotions", "text": "Stop promotions"}},
        {"type": "button", "button": {"payload": "opaque-7", "text": "Stop promotions"}},
        {"type": "button", "button": {"payload": None, "text": "Stop messages"}},
        {"type": "edit", "edit": {"message": {"type": "text", "text": {"body": "STOP"}}}},
        {"type": "edit", "edit": {"message": {"type": "image", "image": {"caption": "stop"}}}},
        {"type": "image", "image": {"id": "1", "caption": "STOP"}},
        {"type": "interactive", "interactive": {"type": "button_reply",
            "button_reply": {"id": "crm-7", "title": "Stop"}}},
        {"type": "interactive", "interactive": {"type": "list_reply",
            "list_reply": {"id": "4", "title": "Unsubscribe", "description": "no more"}}},
    ],
)  # fmt: skip
async def test_each_way_of_saying_stop_is_heard(post: Post, pressed: Json) -> None:
    await post.whatsapp(wrote("JOIN"))
    (said,) = await post.whatsapp(wrote() | pressed)
    assert "not receive anything more" in said
    assert await post.agreed() == 0


@pytest.mark.parametrize(
    ("key", "event"),
    [
        ("standby", {"message": {"mid": "m1", "text": "STOP"}}),
        ("standby", {"message": {"mid": "m1", "text": "x", "quick_reply": {"payload": "s:out"}}}),
        ("standby", {"postback": {"mid": "m1", "title": "STOP"}}),
        ("standby", {"postback": {"title": "Leave"}}),  # ours: its payload goes to whoever talks
        ("standby", {"postback": {"mid": "m1", "title": "Ayrıl", "payload": None}}),
        ("messaging", {"message_edit": {"mid": "m0", "text": "STOP", "num_edit": 1}}),
    ],
)
async def test_a_stop_said_to_a_human_on_messenger_is_heard(
    post: Post, key: str, event: Json
) -> None:
    await post.page({"message": {"mid": "m0", "text": "JOIN"}})
    (said,) = await post.page(event, key=key)
    assert await post.agreed() == 0
    assert bool(said) == (key == "messaging")


@pytest.mark.parametrize("switch", ["STOP NOTIFICATIONS", "STOP_NOTIFICATIONS", "stop"])
@pytest.mark.parametrize("key", ["messaging", "standby"])
async def test_messengers_own_stop_button_is_heard(post: Post, switch: str, key: str) -> None:
    optin = {"type": "notification_messages", "notification_messages_token": "nmt1",
             "user_token_status": "NOT_REFRESHED", "notification_messages_status": switch}  # fmt: skip
    await post.page({"message": {"mid": "m0", "text": "JOIN"}})
    assert await post.page({"optin": optin}, key=key) == [""], "it was said to Meta"
    assert await post.agreed() == 0
    on_again = optin | {"notification_messages_status": "RESUME NOTIFICATIONS"}
    assert await post.page({"optin": on_again}, key=key) == [""]
    assert await post.agreed() == 0, "that is no yes to us"
    await post.page({"message": {"mid": "m2", "text": "JOIN"}})
    assert await post.agreed() == 1


@pytest.mark.parametrize(
    "optin",
    [
        {"type": "notification_messages", "notification_messages_token": "n", "title": "Stop"},
        {"type": "one_time_notif_req", "one_time_notif_token": "n"}, {"ref": "STOP"}, {},
        {"notification_messages_status": None}, {"notification_messages_status": {"x": "STOP"}},
    ],
)  # fmt: skip
async def test_another_optin_of_messenger_is_no_refusal_and_is_not_answered(
    post: Post, optin: Json
) -> None:
    await post.page({"message": {"mid": "m0", "text": "JOIN"}})
    assert await post.page({"optin": optin}) == [""]
    assert await post.agreed() == 1


async def test_what_a_page_or_a_phone_says_itself_is_nobodys_stop(post: Post) -> None:
    """Somebody of the house answers from the phone, or Meta hands over the phone's past."""
    await post.whatsapp(wrote("JOIN"))
    await post.page({"message": {"mid": "m0", "text": "JOIN"}})
    echo = {
        "from": "905320000099",
        "to": AYSE,
        "id": "e1",
        "type": "text",
        "text": {"body": "STOP"},
    }
    past = {"threads": [{"id": AYSE, "messages": [echo | {"from": AYSE, "id": "h1"}]}]}
    news: dict[str, Json] = {
        "smb_message_echoes": {"message_echoes": [echo]}, "history": {"history": [past]},
        "smb_app_state_sync": {"state_sync": [{"type": "contact"}]},
    }  # fmt: skip
    for field, about in news.items():
        value = about | {"metadata": {"phone_number_id": "106"}}
        entry = {"id": "102", "changes": [{"field": field, "value": value}]}
        assert await post({"object": "whatsapp_business_account", "entry": [entry]}) == [""]
        update: Json = {"field": field, "value": value}
        assert whatsapp.lane(update, lambda: True) == Lane.PEOPLE, "not before everybody's STOP"
        assert whatsapp.order_key(update) == field, "bounded as one sender is"
    await post.page({"message": {"mid": "m1", "text": "STOP", "is_echo": True}})
    await post.page({"message": {"mid": "m2", "text": "STOP", "is_echo": True}}, key="standby")
    assert await post.agreed() == 2


@pytest.mark.parametrize(
    "at",
    [1764000000, "1764000000", 1764000000000, "1764000000000", 1e300, -5, "soon", None, True, {},
     "1e999", "９９９", 10**40, "9" * 400],
)  # fmt: skip
async def test_no_timestamp_loses_a_stop(post: Post, at: Any) -> None:
    await post.page({"message": {"mid": "m0", "text": "JOIN"}})
    await post.page({"message": {"mid": "m1", "text": "STOP"}}, at=at)
    assert await post.agreed() == 0


@pytest.mark.parametrize(
    "event",
    [
        {"postback": {"mid": "p", "payload": "GET_STARTED", "referral": {"ref": None}}},
        {"postback": {"mid": "p", "payload": "GET_STARTED", "referral": None}},
        {"referral": {"ref": None, "source": "SHORTLINK"}},
        {"referral": {"ref": {"odd": 1}, "source": "SHORTLINK"}},
    ],
)
async def test_a_null_is_no_source(post: Post, event: Json) -> None:
    await post.page(event)
    await post.page({"message": {"mid": "m1", "text": "JOIN"}})
    async with post.store.read() as session:
        assert {row.source for row in await session.scalars(select(ConsentEvent))} == {""}


async def test_names_are_kept_once(post: Post) -> None:
    for _ in range(3):
        await post.whatsapp(wrote("hi", bsuid=BSUID, from_parent_user_id=PARENT))
    async with post.store.read() as session:
        kept = sorted(row.alias for row in await session.scalars(select(AddressAlias)))
    assert kept == sorted([AYSE, PARENT])


def test_a_fingerprint_names_what_has_no_id() -> None:
    """Edits come under the id of the message they change: each is an event of its own."""
    event = {"sender": {"id": "5"}, "message_edit": {"mid": "m0", "text": "STOP", "num_edit": 2}}
    raw = json.dumps({"object": "page", "entry": [{"id": "900", "messaging": [event]}]}).encode()
    signed = {"x-hub-signature-256": "sha256=" + hmac.new(b"s", raw, hashlib.sha256).hexdigest()}
    answer = messenger.answer(PAGE, Callback("messenger", "default", "POST", raw, signed, {}))
    assert [event_id != "m0" for event_id, _ in answer.keep] == [True]


def test_messages_without_an_id_are_messages_of_their_own() -> None:
    nameless = [wrote("hello", "905320000002"), wrote("STOP")]
    for one in nameless:
        del one["id"]
    value = {"metadata": {"phone_number_id": "106"}, "messages": nameless}
    body: Json = {"entry": [{"id": "102", "changes": [{"field": "messages", "value": value}]}]}
    kept = list(whatsapp._updates(NUMBER, body, "name"))
    assert len({event_id for event_id, _ in kept}) == 2


@pytest.mark.parametrize(
    "names", [{"wa_id": AYSE}, {"user_id": BSUID}, {"wa_id": AYSE, "user_id": BSUID}]
)
def test_what_one_person_tells_meta_keeps_its_order(names: Json) -> None:
    resume, stop = (
        {"preference": names | {"value": value, "timestamp": at}}
        for at, value in enumerate(("resume", "stop"))
    )
    assert whatsapp.order_key(resume) == whatsapp.order_key(stop)
    written = {"message": {"from": names.get("wa_id"), "from_user_id": names.get("user_id")}}
    assert whatsapp.order_key(written) == whatsapp.order_key(stop)


async def test_a_null_mark_hides_no_stop(post: Post) -> None:
    await post.page({"message": {"mid": "m0", "text": "JOIN"}})
    await post.page({"message": {"mid": "m1", "text": "STOP"}, "read": None, "delivery": None})
    assert await post.agreed() == 0
