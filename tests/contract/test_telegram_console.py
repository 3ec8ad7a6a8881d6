"""The Telegram console against a tiny Bot API: native updates in, real requests out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bot.chat import Button, Reply
from bot.frontends.telegram import album as telegram_album
from bot.frontends.telegram.frontend import TelegramFrontend
from broadcast.message import RichText
from broadcast.models import Address
from broadcast.services import code as codes
from broadcast.services import compose, media
from broadcast.services.audit import change_status, load_broadcast
from broadcast.states import BroadcastStatus
from channels.telegram.problem import problems_of
from tests.contract.bot_api import (
    AUTHOR,
    STRANGER,
    BotApi,
    Json,
    fed,
    photo,
    pressed,
    serving,
    wrote,
)
from tests.scenario.house import House
from tests.telegram_console import telegram_console


@pytest.fixture
async def api() -> AsyncIterator[tuple[BotApi, str]]:
    made = BotApi()
    async with serving(made) as url:
        yield made, url


@pytest.fixture
async def console(house: House, api: tuple[BotApi, str]) -> AsyncIterator[TelegramFrontend]:
    await house.seat(house.author, "telegram", str(AUTHOR))
    made = telegram_console(house.core, api[1])
    await made.open()
    yield made
    await made.close()


async def draft(house: House) -> compose.Broadcast:
    return (await compose.drafts(house.core, house.author))[0]


async def test_formatting_comes_and_goes_in_utf16(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    await fed(console, wrote(text="/new"))
    bold = {"type": "bold", "offset": 3, "length": 5}
    await fed(console, wrote(text="🚰 Water off", entities=[bold]))
    message = compose.message_of(await draft(house))
    kept = message.text.entities[0]
    assert message.text.text[kept.offset : kept.offset + kept.length] == "Water"
    shown = next(b for b in api[0].said() if b["text"] == "🚰 Water off")
    assert shown["entities"] == [bold]
    assert "parse_mode" not in shown
    card = api[0].said()[-1]
    data = [b["callback_data"] for row in card["reply_markup"]["inline_keyboard"] for b in row]
    assert f"a:submit {(await draft(house)).broadcast_id}" in data
    assert all(len(d.encode()) <= 64 for d in data)


async def test_what_is_written_behind_new_keeps_its_formatting_in_utf16_and_is_followed(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    text = "/new@my_bot  🚰🚰 Water off"
    marks = [
        {"type": "bot_command", "offset": 0, "length": 11},
        {"type": "bold", "offset": 18, "length": 5},
    ]
    sent = wrote(text=text, entities=marks)
    await fed(console, sent)
    message = compose.message_of(await draft(house))
    (kept,) = message.text.entities
    assert message.text.text == "🚰🚰 Water off"
    assert message.text.text[kept.offset : kept.offset + kept.length] == "Water"
    number = sent["message"]["message_id"]
    await fed(console, wrote(kind="edited_message", text="/new Water on", message_id=number))
    message = compose.message_of(await draft(house))
    assert (message.text.text, message.text.entities) == ("Water on", ())
    assert len(await compose.drafts(house.core, house.author)) == 1


async def test_new_under_a_picture_is_a_broadcast_with_that_picture(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    await fed(console, photo("A0", media_group_id="g", caption="/new Pool party"))
    await fed(console, photo("A1", media_group_id="g"))
    message = compose.message_of(await draft(house))
    assert message.text.text == "Pool party" and len(message.media) == 2
    await fed(console, photo("B0", caption="/status of the pool"))
    assert len(await compose.drafts(house.core, house.author)) == 1
    await until_said(api[0], "/\u2060status of the pool")


async def test_a_photo_is_kept_with_its_bytes_and_its_handle(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    await fed(console, wrote(text="/new"))
    sizes = [
        {"file_id": f"F{n}", "file_unique_id": "u", "width": n, "height": n, "file_size": 9}
        for n in (1, 2)
    ]
    await fed(console, wrote(photo=sizes, caption="Look"))
    message = compose.message_of(await draft(house))
    stored = await media.find(house.core, "telegram:default", message.media[0].media_id)
    assert stored.handle == "F2"
    assert stored.path
    assert api[0].said("sendPhoto")[0]["photo"] == "F2"
    assert api[0].said("sendPhoto")[0]["caption"] == "Look"


async def until_said(api: BotApi, text: str) -> None:
    async with asyncio.timeout(60):
        while text not in api.texts():
            await asyncio.sleep(0.02)


Album = Callable[..., Awaitable[None]]


@pytest.fixture
def album(console: TelegramFrontend, monkeypatch: pytest.MonkeyPatch) -> Album:
    """Feeds the parts of an album; however slowly they come, it is quiet only after the last."""

    async def feed(*parts: Json) -> None:
        for left, part in zip(reversed(range(len(parts))), parts, strict=True):
            monkeypatch.setattr(telegram_album, "QUIET_SECONDS", 3600.0 if left else 0.01)
            await fed(console, part)

    return feed


async def test_an_album_is_one_message_shown_once(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str], album: Album
) -> None:
    await fed(console, wrote(text="/new"))
    captions = ({"caption": "Three"}, {}, {})
    await album(*(photo(f"A{n}", media_group_id="g", **more) for n, more in enumerate(captions)))
    await until_said(api[0], "Status: a draft")
    message = compose.message_of(await draft(house))
    assert len({item.media_id for item in message.media}) == 3
    assert message.text.text == "Three"
    assert len(api[0].said("sendMediaGroup")) == 1
    assert len(api[0].said()) == 2, "the question, and one card"


async def test_a_late_part_joins_its_album_and_another_message_is_asked_about(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str], album: Album
) -> None:
    await fed(console, wrote(text="/new"))
    await album(photo("A0", media_group_id="g"), photo("A1", media_group_id="g"))
    await until_said(api[0], "Status: a draft")
    await fed(console, photo("A2", media_group_id="g", caption="Late words"))
    message = compose.message_of(await draft(house))
    assert len(message.media) == 3
    assert message.text.text == "Late words"
    await fed(console, photo("B0", media_group_id="h"))
    await until_said(api[0], "has its message already")
    await fed(console, pressed("a:place 1 replace"))
    assert len(compose.message_of(await draft(house)).media) == 1
    await until_said(api[0], "What was there before is saved")


async def test_editing_one_part_of_an_album_changes_that_part(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    await fed(console, wrote(text="/new"))
    parts = [photo(f"A{n}", media_group_id="g", caption="" if n else "Old") for n in range(3)]
    for part in parts:
        await fed(console, part)
    before = compose.message_of(await draft(house))
    first, middle = (part["message"]["message_id"] for part in parts[:2])
    edit = {"kind": "edited_message", "media_group_id": "g"}
    await fed(console, photo("A0", **edit, caption="New", message_id=first))
    await fed(console, photo("NEW", **edit, message_id=middle))
    after = compose.message_of(await draft(house))
    assert after.text.text == "New"
    assert [item in before.media for item in after.media] == [True, False, True]


async def test_an_edit_that_changed_nothing_leaves_an_approval_alone(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    await fed(console, wrote(text="/new"))
    sent = photo("A0", caption="Look")
    await fed(console, sent)
    number = (await draft(house)).broadcast_id or 0
    await fed(console, pressed(f"a:submit {number}"))
    said = len(api[0].said())
    same = {"kind": "edited_message", "caption": "Look"}
    await fed(console, photo("A0", **same, message_id=sent["message"]["message_id"]))
    assert await house.status(number) == BroadcastStatus.IN_REVIEW
    assert len(api[0].said()) == said


async def test_an_album_with_nowhere_to_go_is_asked_about_once(
    console: TelegramFrontend, api: tuple[BotApi, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_album, "QUIET_SECONDS", 3600.0)
    for n in range(4):
        await fed(console, photo(f"A{n}", media_group_id="g"))
    await console.close()
    assert len(api[0].said()) == 1


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([photo("A"), wrote(document={"file_id": "D", "file_unique_id": "D"})], "separately"),
        ([photo("A"), wrote(animation={"file_id": "G", "file_unique_id": "G", "width": 1,
          "height": 1, "duration": 1})], "by itself"),
        ([photo(f"A{n}") for n in range(11)], "10 files at most"),
    ],
    ids=["photo and document", "photo and GIF", "eleven"],
)  # fmt: skip
async def test_an_album_telegram_would_refuse_is_explained_at_once(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str], album: Album,
    files: list[Json], why: str,
) -> None:  # fmt: skip
    house.channel.check = problems_of  # type: ignore[method-assign]
    await fed(console, wrote(text="/new"))
    for part in files:
        part["message"]["media_group_id"] = "g"
    await album(*files)
    await until_said(api[0], why)
    assert not api[0].said("sendMediaGroup")


@pytest.mark.parametrize(
    "body",
    [
        {"sticker": {"file_id": "S", "file_unique_id": "S", "width": 1, "height": 1,
                     "is_animated": False, "is_video": False, "type": "regular"}},
        {"location": {"latitude": 41.0, "longitude": 29.0}},
        {"video_note": {"file_id": "V", "file_unique_id": "V", "length": 1, "duration": 1}},
        {"dice": {"emoji": "🎲", "value": 3}},
        {"contact": {"phone_number": "+90", "first_name": "A"}},
        {"poll": {"id": "1", "question": "?", "options": [], "total_voter_count": 0,
                  "is_closed": False, "allows_revoting": True, "members_only": False, "is_anonymous": True, "type": "regular",
                  "allows_multiple_answers": False}},
    ],
    ids=lambda body: next(iter(body)),
)  # fmt: skip
async def test_what_cannot_be_broadcast_is_said_and_the_draft_stays(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str], body: Json
) -> None:
    await fed(console, wrote(text="/new"))
    await fed(console, wrote(text="Water is off"))
    await fed(console, wrote(**body))
    assert "which I cannot broadcast" in api[0].texts()
    assert compose.message_of(await draft(house)).text.text == "Water is off"


async def test_what_is_newer_than_the_library_is_said_too(
    console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    await fed(console, wrote(poll={"id": "1", "a field": "of tomorrow"}))
    assert "I cannot read that kind of message" in api[0].texts()


async def test_a_pinned_message_says_nothing_to_us(
    console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    await fed(console, wrote(pinned_message=wrote(text="x")["message"]))
    assert not api[0].said()


async def test_a_button_edits_its_message_and_is_acknowledged(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    number = await house.draft()
    await fed(console, pressed(f"a:submit {number}", message_id=42))
    assert api[0].said("editMessageText")[0]["message_id"] == "42"
    assert api[0].said("answerCallbackQuery")
    await fed(console, pressed(f"a:submit {number}", message_id=42))
    assert "text" not in api[0].said("answerCallbackQuery")[1], "it shows how it stands"
    await fed(console, wrote(text=f"/cancel {number} now"))
    await fed(console, pressed(f"a:submit {number}", message_id=42))
    assert "no longer possible" in api[0].said("answerCallbackQuery")[-1]["text"]


async def test_a_stranger_is_not_answered(
    console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    before = len(api[0].said())
    await fed(console, wrote(STRANGER, text="/status"))
    await fed(console, wrote(STRANGER, text="/start"))
    size = {"file_id": "X", "file_unique_id": "u", "width": 1, "height": 1}
    await fed(console, wrote(STRANGER, photo=[size]))
    assert len(api[0].said()) == before
    assert not api[0].said("getFile")


async def test_an_invitation_link_works(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    code = await codes.claim(house.core)
    update = wrote(STRANGER, text=f"/start claim-{code}")
    assert await console.wants(update)
    await fed(console, update)
    assert "Welcome" in api[0].texts()
    await fed(console, wrote(STRANGER, text="/invite author"))
    assert "https://t.me/tellal_bot?start=invite-" in api[0].texts()


@pytest.mark.parametrize(
    ("update", "ours"),
    [
        (wrote(text="/new"), True),
        (wrote(text="hello"), True),
        (wrote(kind="edited_message", text="hello"), True),
        (wrote(text="/start"), False),
        (wrote(text="/start newsletter"), False),
        (wrote(text="/stop"), False),
        (wrote(text="STOP"), False),
        (wrote(text="/cancel"), True),
        (wrote(text="/cancel@tellal_bot"), True),
        (wrote(text="/iptal"), True),
        (wrote(text="/İptal 3"), True),
        (wrote(text="/durum"), True),
        (wrote(text="/halt"), True),
        (wrote(text="/dur"), False),
        (wrote(text="/unsubscribe"), False),
        (wrote(STRANGER, text="/cancel"), False),
        (wrote(STRANGER, text="/halt"), False),
        (wrote(STRANGER, text="/new"), False),
        (wrote(STRANGER, text="/start invite-abc"), True),
        (pressed("a:status"), True),
        (pressed("s:join"), False),
        ({"update_id": 1, "my_chat_member": {"from": {"id": AUTHOR}}}, False),
    ],
)
async def test_one_token_is_divided(console: TelegramFrontend, update: Json, ours: bool) -> None:
    assert await console.wants(update) is ours


@pytest.mark.parametrize("words", ["STOP", "/stop", "/dur", "İptal", "please stop"])
async def test_while_something_runs_an_admins_stop_asks_and_one_that_comes_again_is_not_theirs(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str], words: str
) -> None:
    async with house.store.write() as session:
        address = await session.get(Address, 1)
        assert address is not None
        address.value = str(AUTHOR)
    number = await house.approved()
    update = wrote(text=words)
    assert await console.wants(update)
    await fed(console, update)
    assert "What shall I stop?" in api[0].texts()
    async with house.store.write() as session:
        row = await load_broadcast(session, number)
        change_status(row, BroadcastStatus.SENDING)
        change_status(row, BroadcastStatus.COMPLETED)
    assert await console.wants(update), "the same event, delivered again after a crash"
    assert not await console.wants(wrote(text="STOP")), "nothing runs: they mean the list"


async def test_the_menu_of_a_person_is_in_their_language(
    house: House, console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    await fed(console, wrote(text="/dil tr"))
    async with asyncio.timeout(10):
        while not any("durum" in str(one) for one in api[0].said("setMyCommands")):
            await asyncio.sleep(0.02)
    (latest,) = [one for one in api[0].said("setMyCommands") if "durum" in str(one)][-1:]
    assert {"iptal", "yardim", "gonder", "fren"} <= {c["command"] for c in latest["commands"]}


async def test_a_throttle_is_waited_out_and_an_unknown_method_is_no_trouble(
    console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    throttle = {
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    api[0].refuse["sendMessage"] = [(429, throttle)]
    api[0].refuse["setMyCommands"] = [(404, {"description": "Not Found"})] * 3
    await fed(console, wrote(text="/status"))
    assert len(api[0].said()) == 2
    assert api[0].said()[0] == api[0].said()[1]


async def test_the_same_text_again_is_no_error(
    console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    from bot.chat import Reply
    from broadcast.message import RichText

    same = {"description": "Bad Request: message is not modified: it is exactly the same"}
    api[0].refuse["editMessageText"] = [(400, same)]
    await console.edit("77", "5", Reply(RichText(text="x")), "en")


async def test_a_card_longer_than_a_message_is_shown_whole_and_its_buttons_stand_at_its_end(
    console: TelegramFrontend, api: tuple[BotApi, str]
) -> None:
    """Two templates and ten captions do not fit into one message of Telegram."""
    lines = [f"What is decided on, line {n} of many that have to be read" for n in range(150)]
    reply = Reply(RichText(text="\n".join(lines)), ((Button("Approve", "approve 1 abc"),),))
    await console.post(str(AUTHOR), reply, "en")
    parts = api[0].said()
    assert all(len(part["text"]) <= 4096 for part in parts)
    assert " ".join(part["text"] for part in parts).split() == reply.text.text.split()
    assert [("reply_markup" in part) for part in parts] == [False] * (len(parts) - 1) + [True]
