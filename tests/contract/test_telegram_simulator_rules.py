"""The simulator refuses what Telegram refuses, in Telegram's words."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from sandbox.samples import picture
from tests.contract.wire import ANN, BOB, TOKEN, Wire


def button(**action: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "B", **action}]]}


REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("sendMessage", {"text": "x"}, "chat_id is empty"),
    ("sendMessage", {"chat_id": ANN}, "message text is empty"),
    ("sendMessage", {"chat_id": ANN, "text": "  \n "}, "text must be non-empty"),
    ("sendMessage", {"chat_id": ANN, "text": "\u200b\u2800"}, "text must be non-empty"),
    ("sendMessage", {"chat_id": ANN, "text": "x" * 4097}, "message is too long"),
    ("sendMessage", {"chat_id": ANN, "text": "😀" * 4097}, "message is too long"),
    ("sendMessage", {"chat_id": ANN, "text": "x", "txt": "y"}, 'unknown parameter "txt"'),
    ("sendMessage", {"chat_id": "@nobody", "text": "x"}, "chat not found"),
    ("sendMessage", {"chat_id": 77, "text": "x"}, "chat not found"),
    ("sendMessage", {"chat_id": ANN, "text": "x", "parse_mode": "Wiki"}, "unsupported parse_mode"),
    (
        "sendMessage",
        {"chat_id": ANN, "text": "a <b>c", "parse_mode": "HTML"},
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
    (
        "sendMessage",
        {"chat_id": ANN, "text": "<table>", "parse_mode": "HTML"},
        'can\'t parse entities: Unsupported start tag "table" at byte offset 0',
    ),
    (
        "sendMessage",
        {"chat_id": ANN, "text": "1.", "parse_mode": "MarkdownV2"},
        "can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'",
    ),
    ("sendMessage", {"chat_id": ANN, "text": "x", "entities": [{"type": "bold"}]}, "can't parse"),
    (
        "sendMessage",
        {"chat_id": ANN, "text": "x", "entities": [{"type": "bold", "offset": 0, "length": 9}]},
        "entity beginning at UTF-16 offset 0 ends after the end of the text",
    ),
    ("sendMessage", {"chat_id": ANN, "text": "x", "protect_content": "maybe"}, "can't parse"),
    ("sendMessage", {"chat_id": ANN, "text": "x", "reply_markup": "{"}, "can't parse reply_markup"),
    (
        "sendMessage",
        {"chat_id": ANN, "text": "x", "reply_markup": button(colour="red")},
        "can't parse reply_markup",
    ),
    (
        "sendMessage",
        {"chat_id": ANN, "text": "x", "reply_markup": button(callback_data="ş" * 33)},
        "BUTTON_DATA_INVALID",
    ),
    (
        "sendMessage",
        {"chat_id": ANN, "text": "x", "reply_markup": button(url="not a url")},
        "inline keyboard button URL 'not a url' is invalid: Disallowed character in URL host",
    ),
    (
        "sendMessage",
        {"chat_id": ANN, "text": "x", "reply_markup": button(url="https://e.org:99999")},
        "is invalid: Wrong port number specified in the URL",
    ),
    ("sendMessage", {"chat_id": ANN, "text": "x", "reply_markup": button()}, "Text buttons"),
    (
        "sendMessage",
        {"chat_id": ANN, "text": "x", "reply_parameters": {"message_id": 99}},
        "message to be replied not found",
    ),
    ("sendPhoto", {"chat_id": ANN}, "there is no photo in the request"),
    (
        "sendPhoto",
        {"chat_id": ANN, "photo": "nonsense"},
        "invalid remote file identifier",
    ),
    (
        "sendPhoto",
        {"chat_id": ANN, "photo": "no id"},
        "wrong remote file identifier specified: Wrong string length",
    ),
    ("sendMediaGroup", {"chat_id": ANN, "media": [{"type": "photo", "media": "x"}]}, "too few"),
    (
        "editMessageText",
        {"chat_id": ANN, "message_id": 9, "text": "x"},
        "message to edit not found",
    ),
    ("deleteMessage", {"chat_id": ANN, "message_id": 9}, "message to delete not found"),
    (
        "copyMessage",
        {"chat_id": ANN, "from_chat_id": ANN, "message_id": 9},
        "message to copy not found",
    ),
    (
        "forwardMessage",
        {"chat_id": ANN, "from_chat_id": ANN, "message_id": 9},
        "message to forward not found",
    ),
    ("answerCallbackQuery", {"callback_query_id": "1"}, "query is too old and response timeout"),
    ("getFile", {"file_id": "x"}, "wrong file_id"),
    ("setMyCommands", {"commands": [{"command": "Ş", "description": "d"}]}, "BOT_COMMAND_INVALID"),
    ("setWebhook", {"url": "ftp://x"}, "bad webhook"),
]


async def test_what_is_wrong_with_a_request_is_said_in_telegrams_words(wire: Wire) -> None:
    await wire.befriend()
    for method, params, words in REFUSALS:
        said = await wire.refusal(method, **params)
        assert said.startswith("Bad Request: "), (method, said)
        assert words in said, (method, params, said)


async def test_albums_keep_to_their_rules(wire: Wire) -> None:
    await wire.befriend(ANN)
    photo = await wire.do("say", person=ANN, photo="sea")
    note = await wire.do("say", person=ANN, document="document")
    a = {"type": "photo", "media": photo["photo"][-1]["file_id"]}
    b = {"type": "document", "media": note["document"]["file_id"]}
    said = await wire.refusal("sendMediaGroup", chat_id=ANN, media=[a, b])
    assert said == "Bad Request: document can't be mixed with other media types"
    assert "too many" in await wire.refusal("sendMediaGroup", chat_id=ANN, media=[a] * 11)
    wrong = {"type": "video", "media": a["media"]}
    said = await wire.refusal("sendMediaGroup", chat_id=ANN, media=[wrong, wrong])
    assert said == "Bad Request: can't use file of type Photo as Video"
    above = a | {"show_caption_above_media": True}
    said = await wire.refusal("sendMediaGroup", chat_id=ANN, media=[above, a])
    assert "show_caption_above_media must be the same" in said
    long = a | {"caption": "x" * 1025}
    said = await wire.refusal("sendMediaGroup", chat_id=ANN, media=[long, a])
    assert said == "Bad Request: message caption is too long"
    assert len(await wire.call("sendMediaGroup", chat_id=ANN, media=[b, b])) == 2


async def test_addresses_are_refused_for_their_own_reason(wire: Wire) -> None:
    await wire.befriend(ANN)
    send = {"text": "x", "method": "sendMessage"}
    assert await wire.refusal(chat_id=BOB, **send) == (
        "Forbidden: bot can't initiate conversation with a user"
    )
    await wire.do("block", person=ANN, silent=True)
    assert await wire.refusal(chat_id=ANN, **send) == "Forbidden: bot was blocked by the user"
    await wire.do("deactivate", person=ANN)
    assert await wire.refusal(chat_id=ANN, **send) == "Forbidden: user is deactivated"
    assert (
        await wire.refusal(chat_id=700100, **send) == "Forbidden: bot can't send messages to bots"
    )


async def test_tokens_and_methods_are_judged_as_telegram_does(wire: Wire) -> None:
    assert (await wire.raw("getMe", token="nonsense"))[0] == 404
    assert await wire.raw("getNothing") == (
        404,
        {"ok": False, "error_code": 404, "description": "Not Found"},
    )
    assert (await wire.raw("GETME"))[1]["result"]["is_bot"] is True
    assert (await wire.raw("getMe", token="700100:other"))[0] == 401
    await wire.do("revoke")
    assert await wire.raw("getMe") == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )


async def test_json_bodies_query_strings_and_multipart_mean_the_same(wire: Wire) -> None:
    await wire.befriend(ANN)
    base = f"{wire.url}/bot{TOKEN}/sendMessage"
    async with wire.http.post(base, json={"chat_id": ANN, "text": "j"}) as answer:
        assert (await answer.json())["result"]["text"] == "j"
    async with wire.http.get(base, params={"chat_id": ANN, "text": "q"}) as answer:
        assert (await answer.json())["result"]["text"] == "q"
    form = aiohttp.FormData()
    form.add_field("chat_id", str(ANN))
    form.add_field("media", '{"type":"photo","media":"attach://mine"}')
    form.add_field("message_id", "1")
    form.add_field("mine", picture(), filename="a.png")
    url = f"{wire.url}/bot{TOKEN}/editMessageMedia"
    async with wire.http.post(url, data=form) as answer:
        assert (await answer.json())["result"]["photo"][-1]["width"] == 480


async def test_edits_are_compared_with_what_is_shown(wire: Wire) -> None:
    await wire.befriend(ANN)
    sent = await wire.call(
        "sendMessage", chat_id=ANN, text="a", reply_markup=button(url="https://e.org")
    )
    at = {"chat_id": ANN, "message_id": sent["message_id"]}
    same = await wire.refusal(
        "editMessageText", **at, text="a", reply_markup=button(url="https://e.org")
    )
    assert same.startswith("Bad Request: message is not modified: specified new message content")
    edited = await wire.call("editMessageText", **at, text="b")
    assert "reply_markup" not in edited and edited["edit_date"]
    assert "there is no caption" in await wire.refusal("editMessageCaption", **at, caption="c")
    said = await wire.do("say", person=ANN, text="mine")
    theirs = {"chat_id": ANN, "message_id": said["message_id"]}
    assert "can't be edited" in await wire.refusal("editMessageText", **theirs, text="x")
    assert await wire.call("deleteMessage", **theirs)
    assert "not found" in await wire.refusal("deleteMessage", **theirs)


async def test_a_chat_takes_a_short_burst_and_then_one_a_second(wire: Wire) -> None:
    await wire.befriend(ANN)
    for _ in range(3):
        await wire.call("sendMessage", chat_id=ANN, text="x")
    status, answer = await wire.raw("sendMessage", chat_id=ANN, text="x")
    assert status == 429
    assert answer == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    await asyncio.sleep(1.05)
    await wire.call("sendMessage", chat_id=ANN, text="x")


async def test_a_bot_sends_thirty_a_second_and_edits_are_free(wire: Wire) -> None:
    people = [1_000_000_000 + i for i in range(60)]
    await wire.befriend(*people)
    answers = [(await wire.raw("sendMessage", chat_id=p, text="x"))[0] for p in people]
    assert answers.count(200) == 32  # 30 and a slack of 2
    assert (await wire.raw("editMessageText", chat_id=people[0], message_id=1, text="y"))[0] == 200
    paid = {"chat_id": people[40], "text": "x", "allow_paid_broadcast": True}
    assert (await wire.raw("sendMessage", **paid))[0] == 200
    await wire.do("limits", per_second=0)
    assert (await wire.raw("sendMessage", chat_id=people[41], text="x"))[0] == 200


async def test_pacing_exactly_at_the_limit_is_never_refused(wire: Wire) -> None:
    await wire.befriend(*[1_000_000_000 + i for i in range(100)])
    began = asyncio.get_running_loop().time()
    for i in range(60):
        await asyncio.sleep(max(0, began + i / 30 - asyncio.get_running_loop().time()))
        await wire.call("sendMessage", chat_id=1_000_000_000 + i, text="x")


async def test_an_album_counts_as_many_and_a_group_takes_twenty_a_minute(wire: Wire) -> None:
    await wire.befriend(ANN)
    await wire.do("groups", id=-55, title="Editors", members=[ANN])
    answers = [(await wire.raw("sendMessage", chat_id=-55, text="x"))[0] for _ in range(25)]
    assert answers.count(200) == 22  # 20 and a slack of 2
    photo = await wire.do("say", person=ANN, photo="sea")
    item = {"type": "photo", "media": photo["photo"][-1]["file_id"]}
    assert (await wire.raw("sendMediaGroup", chat_id=ANN, media=[item] * 10))[0] == 200
    assert (await wire.raw("sendMessage", chat_id=ANN, text="x"))[0] == 429


@pytest.mark.parametrize(
    ("fault", "status", "delivered"),
    [
        ({"kind": "error", "status": 500}, 500, 0),
        ({"kind": "error", "status": 502, "html": True}, 502, 0),
        ({"kind": "error", "status": 500, "delivered": True}, 500, 1),
        ({"kind": "garbage"}, 200, 1),
        ({"kind": "unknown_method", "method": "sendMessage"}, 404, 0),
        ({"kind": "flood", "retry_after": 3}, 429, 0),
        ({"kind": "drop_before"}, None, 0),
        ({"kind": "drop_after"}, None, 1),
    ],
)
async def test_a_fault_does_what_it_says(
    wire: Wire, fault: dict[str, Any], status: int | None, delivered: int
) -> None:
    await wire.befriend(ANN)
    await wire.do("faults", person=ANN, count=1, **fault)
    url = f"{wire.url}/bot{TOKEN}/sendMessage"
    try:
        async with wire.http.post(url, data={"chat_id": ANN, "text": "x"}) as answer:
            seen: int | None = answer.status
            if fault.get("html"):
                assert "<html>" in await answer.text()
    except aiohttp.ClientError:
        seen = None
    assert seen == status
    assert (await wire.do("received"))["messages"] == delivered
    await wire.call("sendMessage", chat_id=ANN, text="after")


async def test_a_flood_that_holds_refuses_everybody_until_it_has_passed(wire: Wire) -> None:
    await wire.befriend()
    await wire.do("faults", kind="flood", retry_after=1, hold=True, count=1, method="sendMessage")
    assert (await wire.raw("sendMessage", chat_id=ANN, text="x"))[0] == 429
    assert (await wire.raw("sendMessage", chat_id=BOB, text="x"))[0] == 429
    await asyncio.sleep(1.05)
    assert (await wire.raw("sendMessage", chat_id=BOB, text="x"))[0] == 200


async def test_faults_with_a_probability_repeat_themselves_for_the_same_seed(wire: Wire) -> None:
    await wire.befriend(ANN)
    runs = []
    for _ in range(2):
        await wire.do("faults", "DELETE")
        await wire.do("faults", kind="error", probability=0.5, seed=42, method="getChat")
        runs.append([(await wire.raw("getChat", chat_id=ANN))[0] for _ in range(20)])
    assert runs[0] == runs[1] and set(runs[0]) == {200, 500}


async def test_groups_tell_that_they_moved_or_threw_the_bot_out(wire: Wire) -> None:
    await wire.call("getMe")
    await wire.do("groups", id=-7, title="Old", type="group", migrated_to=-1007)
    await wire.do("groups", id=-8, title="Closed", kicked=True)
    _, answer = await wire.raw("sendMessage", chat_id=-7, text="x")
    assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert answer["parameters"] == {"migrate_to_chat_id": -1007}
    said = await wire.refusal("sendMessage", chat_id=-8, text="x")
    assert said == "Forbidden: bot was kicked from the supergroup chat"
    await wire.do("say", person=ANN, chat=-7, text="in the group")
    assert (await wire.updates())[0]["message"]["chat"]["id"] == -7


@pytest.mark.parametrize(
    ("said", "kept"),
    [("missed-3.csv", "missed-3.csv"), ("../../etc/list.csv", "list.csv"), ("C:\\list.csv", "list.csv"),
     ("şığ.csv", "şığ.csv"), ("a%22b.csv", "a b.csv"), ("a'b&c?.csv", "a b c.csv"), (".csv", "csv"),
     ("x" * 70 + ".csv", "x" * 64 + ".csv"), ("list.csv...", "list.csv"), ("कि.csv", "क.csv")],
)  # fmt: skip
async def test_a_file_is_called_as_telegram_calls_it(wire: Wire, said: str, kept: str) -> None:
    await wire.befriend(ANN)
    status, answer = await posted(wire, f'name="document"; filename="{said}"')
    assert (status, answer["result"]["document"].get("file_name")) == (200, kept)


async def test_a_name_that_telegram_does_not_read_makes_no_file(wire: Wire) -> None:
    await wire.befriend(ANN)
    status, answer = await posted(wire, "name=\"document\"; filename*=utf-8''liste.csv")
    assert status == 400 and "remote file identifier" in answer["description"]


async def posted(wire: Wire, disposition: str) -> tuple[int, Any]:
    """A document sent with this Content-Disposition, written out by hand."""
    parts = [('name="chat_id"', str(ANN)), (disposition, "Ad;Neden")]
    body = "".join(
        f"--parts\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n"
        for head, value in parts
    )
    url = f"{wire.url}/bot{TOKEN}/sendDocument"
    headers = {"Content-Type": "multipart/form-data; boundary=parts"}
    data = f"{body}--parts--\r\n".encode()
    async with wire.http.post(url, data=data, headers=headers) as answer:
        return answer.status, await answer.json()
