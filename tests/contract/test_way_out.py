"""Under each broadcast stands how to leave, in the form its platform has; once, and as approved."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcast.channel import Leavable
from broadcast.message import LinkButton, MediaKind, Message, RichText
from broadcast.outcome import Accepted
from broadcast.states import BroadcastStatus as S
from broadcast.way_out import LEAVE, LEAVE_WORD
from sandbox.server import running
from tests.contract.channels import ENTRIES
from tests.contract.stage import stage
from tests.contract.test_channels import ADA, BEN, Bench, bench, everywhere  # noqa: F401 - the fixture


def written(text: str, *, way_out: bool = True, **more: object) -> Message:
    return Message(text=RichText(text=text), way_out=way_out, **more)  # type: ignore[arg-type]


async def arrives(bench: Bench, message: Message) -> str:  # noqa: F811
    assert bench.channel.check(message) == []
    said = await bench.send(message)
    assert isinstance(said, Accepted), said
    return await bench.shown()


@everywhere
@pytest.mark.parametrize("length", [0, 500, 1000])
async def test_it_stands_there_once_and_is_what_was_told_before(
    bench: Bench,  # noqa: F811
    length: int,
) -> None:
    button = LinkButton(label="Read on", url="https://example.org/water")
    message = written("Water is off " + "x" * length, buttons=((button,),))
    shown = await arrives(bench, message)
    assert isinstance(bench.channel, Leavable)
    told = bench.channel.way_out(message)
    assert told is not None
    (words,) = told.values.values()
    assert shown.count(str(words)) == 1
    assert shown.count(LEAVE) + shown.count(LEAVE_WORD) == 1


@everywhere
async def test_it_stands_under_files_too(bench: Bench) -> None:  # noqa: F811
    photo, another = bench.shelf.put(MediaKind.PHOTO), bench.shelf.put(MediaKind.PHOTO)
    assert isinstance(bench.channel, Leavable)
    for message in (
        written("One", media=(photo,)),
        written("Several", media=(photo, another)),
        written("", media=(photo, another)),
    ):
        before = (await bench.shown()).count(LEAVE) + (await bench.shown()).count(LEAVE_WORD)
        shown = await arrives(bench, message)
        assert bench.channel.way_out(message) is not None
        assert shown.count(LEAVE) + shown.count(LEAVE_WORD) == before + 1


@everywhere
@pytest.mark.parametrize(
    "said",
    [
        "Write STOP to leave.", "Çıkmak için DUR yazın", "To leave: /stop", "Reply “STOP” and you are out.",
        "İPTAL yazıp gönderin", "Antworten Sie mit STOPP", "Envía BAJA para salir",
    ],
)  # fmt: skip
async def test_an_author_who_says_it_is_not_repeated(
    bench: Bench,  # noqa: F811
    said: str,
) -> None:
    message = written(f"Water is off.\n{said}")
    assert isinstance(bench.channel, Leavable) and bench.channel.way_out(message) is None
    shown = await arrives(bench, message)
    assert LEAVE not in shown and shown.count(LEAVE_WORD) <= 1


@everywhere
@pytest.mark.parametrize(
    "said",
    [
        "STOP the noise! Come to the meeting.", "Bus STOP closed", "Write to us", "DUR: su kesintisi",
        "https://example.org/stop", "Do not stop writing", "Write SOON",
    ],
)  # fmt: skip
async def test_words_that_only_look_like_it_do_not_take_it_away(
    bench: Bench,  # noqa: F811
    said: str,
) -> None:
    assert isinstance(bench.channel, Leavable)
    assert bench.channel.way_out(written(said)) is not None


@pytest.mark.parametrize("name", ["telegram"])
async def test_what_was_approved_without_it_goes_out_without_it(
    bench: Bench,  # noqa: F811
    name: str,
) -> None:
    shown = await arrives(bench, written("Water is off", way_out=False))
    assert LEAVE not in shown and LEAVE_WORD not in shown


@pytest.mark.parametrize("name", ["telegram"])
async def test_its_room_is_counted(bench: Bench, name: str) -> None:  # noqa: F811
    photos = (bench.shelf.put(MediaKind.PHOTO), bench.shelf.put(MediaKind.PHOTO))
    fits = 1024 - len(LEAVE_WORD) - 2
    assert bench.channel.check(written("x" * fits, media=photos)) == []
    assert isinstance(await bench.send(written("x" * fits, media=photos)), Accepted)
    assert bench.channel.check(written("x" * (fits + 1), media=photos)) != []
    assert bench.channel.check(written("x" * 1024, media=photos, way_out=False)) == []
    link = LinkButton(label="a", url="https://example.org")
    assert bench.channel.check(written("x", buttons=((link,),) * 99)) == []
    assert bench.channel.check(written("x", buttons=((link,),) * 100)) != []


@everywhere
async def test_pressed_it_leaves_and_the_announcement_stays(name: str, tmp_path: Path) -> None:
    async with (
        running(people=20, rates={"*": 0}) as sandbox,
        stage(sandbox, tmp_path, *dict.fromkeys(("telegram", name))) as made,
    ):
        await ENTRIES[name].lift(sandbox)
        await made.joined(name, ADA)
        await made.joined(name, BEN)
        number = await made.approved("Water is off tomorrow")
        await made.became(number, S.COMPLETED)
        for person in (ADA, BEN):
            shown = str((await made.do(name, "chat", person=person))["messages"])
            assert shown.count(LEAVE) == 1
        pressed: dict[str, object] = {"label": LEAVE, "force": True}
        if name == "telegram":
            pressed = await under(made.sandbox, LEAVE)
        for _ in range(2):
            await made.do(name, "press", person=ADA, **pressed)

        async def left() -> bool:
            return len(await made.consents(name, "opted_out")) == 1

        await made.until(left)

        async def told() -> bool:
            chat = str((await made.do(name, "chat", person=ADA))["messages"])
            return "You will not receive anything more" in chat and "Water is off" in chat

        await made.until(told)
        number = await made.approved("Second")
        await made.became(number, S.COMPLETED)
        assert await made.got(name, "Second") == {str(BEN): 1}


async def under(sandbox: object, label: str) -> dict[str, object]:
    """The Telegram message that has this button, and what it brings back."""
    chat = await sandbox.do("chat", "GET", channel="telegram", person=ADA)  # type: ignore[attr-defined]
    for message in chat["messages"]:
        for row in (message.get("reply_markup") or {}).get("inline_keyboard", ()):
            for button in row:
                if button["text"] == label:
                    return {"message_id": message["message_id"], "data": button["callback_data"]}
    raise AssertionError(chat)
