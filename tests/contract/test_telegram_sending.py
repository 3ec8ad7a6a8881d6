"""The Telegram channel sends files over real HTTP: uploaded once, reused, uploaded anew if stale."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import channels
from broadcast.channel import Envelope, StoredMedia
from broadcast.engine.pacing import Pacer
from broadcast.message import (
    FOLDED,
    Entity,
    EntityKind,
    LinkButton,
    LinkPreview,
    Media,
    MediaKind,
    Message,
    RichText,
)
from broadcast.outcome import Accepted, Outcome, Reason, Refused, Scope
from channels.telegram.config import Config
from sandbox.samples import picture
from tests.contract.wire import ANN, BOB, TOKEN, Wire

STALE = "AgACAgQAAxAAAAAAAAAAAA"


@dataclass
class Desk:
    """One bot and a shelf of files: what the store would tell it."""

    wire: Wire
    folder: Path
    shelf: dict[int, StoredMedia] = field(default_factory=dict)

    async def open(self) -> Desk:
        config = Config(token=TOKEN, api_url=self.wire.url, rate_per_second=0)  # type: ignore[arg-type]
        self.channel: Any = channels.load("telegram").build(
            config, account="default", pace=Pacer(0), find_media=self.find, hear=None, report=None
        )
        await self.channel.open()
        return self

    async def find(self, media_id: int) -> StoredMedia:
        return self.shelf[media_id]

    def file(
        self, kind: MediaKind, name: str = "sunset", handle: str = "",
        size: tuple[int, int] = (480, 320),
    ) -> Media:  # fmt: skip
        number = len(self.shelf) + 1
        path = self.folder / f"{number}"
        path.write_bytes(
            picture(name, *size) if kind == MediaKind.PHOTO else f"file {number}".encode()
        )
        media = Media(media_id=number, kind=kind, filename=f"{name}{number}.bin")
        self.shelf[number] = StoredMedia(media, str(path), handle or None)
        return media

    async def send(self, message: Message, person: int = ANN) -> Outcome:
        outcome: Outcome = await self.channel.send(Envelope(1, str(person), message))
        return outcome

    async def got(self, person: int = ANN) -> list[dict[str, Any]]:
        messages = (await self.wire.do("chat", person=person))["messages"]
        return [m for m in messages if m["from"]["is_bot"]]

    async def fault(self, words: str, **how: Any) -> None:
        """Telegram refuses every send in these words."""
        fault = {"kind": "error", "method": "send*", "status": 400, "description": words}
        await self.wire.do("faults", **fault, **how)

    def lose_files(self) -> None:
        for stored in self.shelf.values():
            Path(stored.path or "").unlink()


@pytest.fixture
async def desk(wire: Wire, tmp_path: Path) -> AsyncIterator[Desk]:
    await wire.do("limits", per_second=0, per_chat_per_second=0)
    await wire.do("watch", people=[ANN, BOB])
    await wire.befriend()
    made = await Desk(wire, tmp_path).open()
    yield made
    await made.channel.close()


CAPTION = RichText(
    text="🚰 Su yarın kesik", entities=(Entity(kind=EntityKind.BOLD, offset=2, length=2),)
)


async def test_an_album_is_uploaded_once_and_reused(desk: Desk) -> None:
    media = tuple(desk.file(MediaKind.PHOTO, name) for name in ("sunset", "sea", "forest"))
    album = Message(text=CAPTION, media=media)
    first = await desk.send(album)
    assert isinstance(first, Accepted)
    assert len(first.receipt_ids) == 3
    assert set(first.media_handles or {}) == {1, 2, 3}
    desk.lose_files()
    assert isinstance(await desk.send(album, BOB), Accepted)
    ann, bob = await desk.got(), await desk.got(BOB)
    assert [m["photo"][-1]["file_unique_id"] for m in ann] == [
        m["photo"][-1]["file_unique_id"] for m in bob
    ]
    assert ann[0]["caption"] == CAPTION.text
    assert ann[0]["caption_entities"][0] == {"type": "bold", "offset": 3, "length": 2}
    assert len({m["media_group_id"] for m in ann}) == 1


@pytest.mark.parametrize("kind", list(MediaKind), ids=str)
async def test_every_kind_of_file_goes_with_its_words_and_button(
    desk: Desk, kind: MediaKind
) -> None:
    button = ((LinkButton(label="Daha çok", url="https://example.org"),),)
    message = Message(text=CAPTION, media=(desk.file(kind),), buttons=button)
    sent = await desk.send(message)
    assert isinstance(sent, Accepted), sent
    (got,) = await desk.got()
    assert kind.value in got
    assert got["caption"] == CAPTION.text
    assert got["reply_markup"]["inline_keyboard"][0][0]["text"] == "Daha çok"


async def test_a_video_that_is_uploaded_tells_what_it_is(desk: Desk) -> None:
    small = desk.file(MediaKind.PHOTO, size=(90, 60))
    told = {"width": 1280, "height": 720, "duration": 61, "spoiler": True}
    item = desk.file(MediaKind.VIDEO).model_copy(update=told | {"thumbnail": small.media_id})
    message = Message(text=CAPTION, media=(item,), text_above=True)
    assert isinstance(await desk.send(message), Accepted)
    assert isinstance(await desk.send(message, BOB), Accepted)
    for got in (*await desk.got(), *await desk.got(BOB)):
        assert {name: got["video"][name] for name in ("width", "height", "duration")} == {
            "width": 1280, "height": 720, "duration": 61,
        }  # fmt: skip
        assert (got["video"]["thumbnail"]["width"], got["video"]["thumbnail"]["height"]) == (90, 60)
        assert got["has_media_spoiler"] and got["show_caption_above_media"]


async def test_a_song_that_is_uploaded_tells_its_title(desk: Desk) -> None:
    told = {"duration": 200, "title": "Gülpembe", "performer": "Barış Manço"}
    item = desk.file(MediaKind.AUDIO).model_copy(update=told)
    assert isinstance(await desk.send(Message(media=(item,))), Accepted)
    (got,) = await desk.got()
    assert {name: got["audio"][name] for name in told} == told


async def test_a_thumbnail_that_is_lost_keeps_no_file_from_going(desk: Desk) -> None:
    small = desk.file(MediaKind.PHOTO)
    desk.lose_files()
    item = desk.file(MediaKind.VIDEO).model_copy(update={"thumbnail": small.media_id})
    assert isinstance(await desk.send(Message(media=(item,))), Accepted)


async def test_each_part_of_an_album_has_its_own_words_and_is_hidden_by_itself(desk: Desk) -> None:
    own = RichText(
        text="Kendi sözü", entities=(Entity(kind=EntityKind.ITALIC, offset=0, length=5),)
    )
    first, second = desk.file(MediaKind.PHOTO), desk.file(MediaKind.PHOTO, "sea")
    third = desk.file(MediaKind.PHOTO, "forest").model_copy(
        update={"caption": own, "spoiler": True}
    )
    album = Message(text=CAPTION, text_at=1, media=(first, second, third))
    assert isinstance(await desk.send(album), Accepted)
    got = await desk.got()
    assert [m.get("caption") for m in got] == [None, CAPTION.text, own.text]
    assert got[2]["caption_entities"][0]["type"] == "italic"
    assert [m.get("has_media_spoiler") for m in got] == [None, None, True]


async def test_how_a_link_is_shown_and_a_folded_quote_go_along(desk: Desk) -> None:
    quote = Entity(kind=EntityKind.QUOTE, offset=0, length=3, value=FOLDED)
    text = RichText(text="See https://example.org", entities=(quote,))
    look = LinkPreview(above=True, size="small")
    assert isinstance(await desk.send(Message(text=text, preview=look)), Accepted)
    assert isinstance(await desk.send(Message(text=text, preview=LinkPreview(off=True))), Accepted)
    above, off = await desk.got()
    assert above["link_preview_options"] == {"show_above_text": True, "prefer_small_media": True}
    assert off["link_preview_options"] == {"is_disabled": True}
    assert above["entities"][0]["type"] == "expandable_blockquote"


async def test_a_stale_id_is_uploaded_anew_for_everybody_after_it(desk: Desk) -> None:
    message = Message(text=CAPTION, media=(desk.file(MediaKind.PHOTO, handle=STALE),))
    first = await desk.send(message)
    assert isinstance(first, Accepted)
    assert first.media_handles
    desk.lose_files()
    assert isinstance(await desk.send(message, BOB), Accepted)
    assert len(await desk.got()) == len(await desk.got(BOB)) == 1


async def test_one_stale_file_of_an_album_does_not_lose_the_others(desk: Desk) -> None:
    media = (desk.file(MediaKind.PHOTO), desk.file(MediaKind.PHOTO, "sea", handle=STALE))
    assert isinstance(await desk.send(Message(media=media)), Accepted)
    assert len(await desk.got()) == 2


async def test_a_stale_id_without_bytes_pauses_with_the_name_of_the_file(desk: Desk) -> None:
    media = desk.file(MediaKind.DOCUMENT, "plan", handle=STALE)
    desk.shelf[1] = StoredMedia(media, None, STALE)
    told = await desk.send(Message(media=(media,)))
    assert isinstance(told, Refused)
    assert (told.reason, told.scope, told.suppress) == (Reason.CONTENT, Scope.ACCOUNT, False)
    assert "plan1.bin" in told.detail


@pytest.mark.parametrize(
    "words",
    [
        "Bad Request: invalid remote file identifier",
        "Bad Request: wrong remote file identifier specified: can't unserialize it",
        "Bad Request: can't use file of type Document as Photo",
        "Bad Request: FILE_REFERENCE_EXPIRED",
    ],
)
async def test_whatever_telegram_calls_an_id_it_cannot_use_the_bytes_go_again(
    desk: Desk, words: str
) -> None:
    message = Message(text=CAPTION, media=(desk.file(MediaKind.PHOTO),))
    assert isinstance(await desk.send(message), Accepted)
    await desk.fault(words, count=1)  # the id it was given itself
    assert isinstance(await desk.send(message, BOB), Accepted)
    assert len(await desk.got(BOB)) == 1


async def test_words_nobody_knows_are_the_messages_when_a_second_person_hears_them(
    desk: Desk,
) -> None:
    await desk.fault("Bad Request: SOMETHING_NEW")
    message = Message(text=CAPTION)
    first, again = await desk.send(message), await desk.send(message)
    second = await desk.send(message, BOB)
    assert isinstance(first, Refused) and isinstance(second, Refused)
    assert again == first
    assert (first.reason, first.scope) == (Reason.REJECTED, Scope.RECIPIENT)
    assert (second.reason, second.scope) == (Reason.CONTENT, Scope.ACCOUNT)
    assert second.mend


async def test_words_nobody_knows_are_a_persons_once_somebody_has_got_it(desk: Desk) -> None:
    message, people = Message(text=CAPTION), [ANN + n for n in range(3)]
    await desk.wire.befriend(*people)
    assert isinstance(await desk.send(message, people[0]), Accepted)
    await desk.fault("Bad Request: SOMETHING_NEW")
    for person in people[1:]:
        told = await desk.send(message, person)
        assert isinstance(told, Refused)
        assert told.scope == Scope.RECIPIENT


async def test_many_at_once_upload_only_once(desk: Desk) -> None:
    message = Message(media=(desk.file(MediaKind.PHOTO),))
    people = [ANN + n for n in range(10)]
    await desk.wire.befriend(*people)
    outcomes = await asyncio.gather(*(desk.send(message, person) for person in people))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert sum(bool(o.media_handles) for o in outcomes if isinstance(o, Accepted)) == 1


async def test_an_upload_that_was_refused_for_one_person_is_done_for_the_next(desk: Desk) -> None:
    message = Message(media=(desk.file(MediaKind.PHOTO),))
    await desk.wire.do("block", people=[ANN], silent=True)
    first, second = await asyncio.gather(desk.send(message), desk.send(message, BOB))
    assert isinstance(first, Refused)
    assert first.suppress
    assert isinstance(second, Accepted)
