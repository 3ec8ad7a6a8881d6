"""A broadcast through one person's eyes: what arrives at them on each channel, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import select

from bot import dispatch
from bot.chat import Actor, Request
from broadcast.channel import Envelope
from broadcast.message import (
    Entity,
    EntityKind,
    Media,
    MediaKind,
    Message,
    RichText,
)
from broadcast.models import Address, AdminIdentity
from broadcast.services import compose
from tests.unit.desk import Desk
from tests.unit.platforms import MORE, USE, holds, put


def seen(desk: Desk) -> list[str]:
    return [reply.content.text.text for reply in desk.last if reply.content is not None]


def labels(desk: Desk) -> list[str]:
    return [button.label for reply in desk.last for row in reply.buttons for button in row]


async def test_as_fatma_on_whatsapp_in_turkish(channels: Desk) -> None:
    number = await channels.written("The *pool* is open")
    await put(channels, "Fatma", "whatsapp")
    said = await channels.says("author", f"/preview {number} whatsapp fatma")
    assert "as Fatma sees it: WhatsApp, Türkçe" in said
    assert seen(channels) == ["The *pool* is open"]
    assert "Under it: [Stop messages]" in said
    assert "“*pool*” goes out with its signs" in said
    assert "“*pool*” goes out with its signs" in await channels.says("author", f"/open {number}")


async def test_buttons_choose_the_channel_and_the_person_and_lead_back(channels: Desk) -> None:
    number = await channels.written()
    assert "sees it: Telegram, English" in await channels.says("author", f"/preview {number}")
    assert "sees it: WhatsApp, English" in await channels.press("author", "WhatsApp")
    assert "as Fatma sees it: WhatsApp, Türkçe" in await channels.press("author", "Fatma")
    assert "sees it: Messenger, Türkçe" in await channels.press("author", "Messenger")
    assert "• Messenger" in labels(channels)
    assert "• Fatma · Türkçe" in labels(channels)
    assert "Status: a draft" in await channels.press("author", "Back to")


async def test_it_is_said_in_the_readers_language(channels: Desk) -> None:
    number = await channels.written()
    await channels.says("approver", "/language tr")
    said = await channels.says("approver", f"/preview {number} whatsapp en")
    assert "Emma için böyle görünür: WhatsApp, English" in said
    assert "Adıyla birini seç…" in labels(channels)


async def test_a_link_button_becomes_what_each_platform_makes_of_it(channels: Desk) -> None:
    number = await channels.written()
    bold = Entity(kind=EntityKind.BOLD, offset=0, length=5)
    text = RichText(text="Water is off", entities=(bold,))
    await holds(channels, number, Message(text=text, buttons=((MORE,),)))
    assert "lines under the text" in await channels.says("author", f"/preview {number} whatsapp")
    page = channels.last[-1].content
    assert page is not None
    assert page.text.text == "Water is off\n\nRead more: https://example.org/a_b"
    assert [entity.kind for entity in page.text.entities] == [EntityKind.BOLD]
    assert page.buttons == ()
    assert "no bold" in await channels.says("author", f"/preview {number} messenger")
    page = channels.last[-1].content
    assert page is not None
    assert (page.text, page.buttons) == (RichText(text="Water is off"), ((MORE,),))
    await channels.says("author", f"/preview {number} telegram")
    page = channels.last[-1].content
    assert page is not None
    assert (page.text, page.buttons) == (text, ((MORE,),))


async def test_an_album_is_shown_in_the_messages_it_becomes(channels: Desk) -> None:
    number = await channels.written()
    own = RichText(text="One")
    media = tuple(
        Media(media_id=n, kind=MediaKind.PHOTO, mime="image/jpeg", caption=own, spoiler=True)
        for n in (1, 2)
    )
    await holds(channels, number, Message(text=RichText(text="Come"), media=media))
    said = await channels.says("author", f"/preview {number} whatsapp")
    assert "(2 messages)" in said
    assert "captions of the other files are left out" in said
    first, last = (reply.content for reply in channels.last)
    assert first is not None
    assert last is not None
    assert (first.media[0].media_id, first.text.text) == (1, "")
    assert (last.media[0].media_id, last.text.text) == (2, "Come")
    assert not first.media[0].spoiler
    assert not first.media[0].caption.text
    await channels.says("author", f"/preview {number} messenger")
    assert seen(channels) == ["", "", "Come"]


async def test_who_is_silent_sees_the_template_filled_in_with_their_name(channels: Desk) -> None:
    number = await channels.written()
    await put(channels, "Fatma", "whatsapp", wrote=False)
    said = await channels.says("author", f"/preview {number} whatsapp Fatma")
    assert "delivers nothing to them" in said
    assert seen(channels) == []
    await holds(channels, number, Message(text=RichText(text="Freely"), templates=(USE,)))
    said = await channels.says("author", f"/preview {number} whatsapp Fatma")
    assert "delivers only the template" in said
    assert seen(channels) == ["Merhaba Fatma, sergi açıldı.\nTellal"]
    assert "Under it: [Stop promotions]" in said
    page = channels.last[-1].content
    assert page is not None
    assert [entity.kind for entity in page.text.entities] == [EntityKind.BOLD]


async def test_before_anybody_is_named_what_others_get_instead_is_said_too(channels: Desk) -> None:
    number = await channels.written()
    await holds(channels, number, Message(text=RichText(text="Freely"), templates=(USE,)))
    said = await channels.says("author", f"/preview {number}")
    assert "the template promo (tr)\nMerhaba {name}, sergi açıldı." in said
    assert "promo (tr)" not in await channels.says("author", f"/preview {number} telegram")


async def test_an_author_can_submit_from_what_they_see_and_an_approver_decides_on_the_card(
    channels: Desk,
) -> None:
    number = await channels.written()
    await channels.says("author", f"/preview {number} whatsapp")
    await channels.press("author", "Submit for approval")
    await channels.says("approver", f"/preview {number} whatsapp")
    commands = [b.command for reply in channels.last for row in reply.buttons for b in row]
    assert not any(command.startswith(("submit", "approve")) for command in commands)


async def test_somebody_made_up_can_have_written_or_not_or_have_no_name(channels: Desk) -> None:
    number = await channels.written()
    await holds(channels, number, Message(text=RichText(text="Freely"), templates=(USE,)))
    await channels.says("author", f"/preview {number} whatsapp tr")
    assert seen(channels) == ["Freely"]
    await channels.press("author", "If silent for 24 hours")
    assert seen(channels) == ["Merhaba Fatma, sergi açıldı.\nTellal"]
    said = await channels.press("author", "Without a name")
    assert seen(channels) == ["Merhaba -, sergi açıldı.\nTellal"]
    assert "People without a name" in said
    await channels.press("author", "If they wrote today")
    assert seen(channels) == ["Freely"]


async def test_who_would_not_get_it_there_is_told_of(channels: Desk) -> None:
    number = await channels.written()
    await put(channels, "Fatma", "whatsapp")
    said = await channels.says("author", f"/preview {number} telegram Fatma")
    assert "Fatma would get it on WhatsApp." in said
    await channels.says("author", f"/audience {number} en")
    said = await channels.says("author", f"/preview {number} whatsapp Fatma")
    assert "it goes to people who read another language" in said
    said = await channels.says("author", f"/preview {number} telegram tr")
    assert "Fatma would not get it: it goes to people who read another language" in said
    assert "would not" not in await channels.says("author", f"/preview {number} telegram")
    async with channels.house.store.write() as session:
        row = await session.scalar(select(Address).where(Address.channel == "whatsapp"))
        assert row is not None
        row.consent = "opted_out"
    await channels.says("author", f"/audience {number} all")
    said = await channels.says("author", f"/preview {number} whatsapp Fatma")
    assert "they are not subscribed" in said


@pytest.mark.parametrize(
    ("typed", "name"),
    [("AYŞE", "Ayşe"), ("ayşe", "Ayşe"), ("ışıl", "Işıl"), ("İrem", "İrem"), ("irem", "İrem"), ("FATMA", "Fatma"),
     ("100%", "100% Ali")],
)  # fmt: skip
async def test_a_name_is_found_however_it_is_typed(channels: Desk, typed: str, name: str) -> None:
    number = await channels.written()
    await put(channels, name, "whatsapp")
    said = await channels.says("author", f"/preview {number} whatsapp {typed}")
    assert f"as {name} sees it" in said


@pytest.mark.parametrize(
    "words",
    [
        "as Fatma, WhatsApp, Turkish",
        "whatsapp türkçe",
        "WHATSAPP Türkçe",
        "Fatma whatsapp",
        "whatsapp tr",
    ],
)
async def test_people_say_it_in_their_own_order_and_words(channels: Desk, words: str) -> None:
    number = await channels.written()
    made_up = await channels.says("author", f"/preview {number} {words}")
    await put(channels, "Fatma", "whatsapp")
    somebody = await channels.says("author", f"/preview {number} {words}")
    for said in (made_up, somebody):
        assert "as Fatma sees it: WhatsApp, Türkçe" in said


async def test_a_name_like_a_command_is_none(channels: Desk) -> None:
    number = await channels.written()
    await put(channels, "/halt {name} *now*", "whatsapp")
    said = await channels.says("author", f"/preview {number} whatsapp halt")
    assert "as /\u2060halt {name} *now* sees it" in said


async def test_of_several_one_is_chosen_by_a_button(channels: Desk) -> None:
    number = await channels.written()
    said = await channels.says("author", f"/preview {number} Person 1")
    assert "as Person 1 sees it" in said, "a whole name is meant before longer ones"
    said = await channels.says("author", f"/preview {number} telegram erson 2")
    assert "Several have that name" in said
    assert "as Person 21 sees it: Telegram" in await channels.press("author", "Person 21 ")
    assert "no subscriber is called “nobody”" in await channels.says(
        "author", f"/preview {number} nobody"
    )
    assert "not here any more" in await channels.says("author", f"/preview {number} #999999999")


async def test_a_name_is_asked_for_and_taken_and_nothing_is_overwritten(channels: Desk) -> None:
    number = await channels.written()
    await channels.says("author", f"/preview {number} whatsapp")
    assert "Send me a subscriber's name" in await channels.press("author", "Somebody by name")
    assert "no subscriber is called" in await channels.says("author", "nobody at all")
    assert "Back to" in labels(channels)[0]
    assert "as Person 7 sees it: WhatsApp" in await channels.says("author", "Person 7")
    row = await compose.get(channels.house.core, number)
    assert compose.message_of(row).text.text == "Water is off tomorrow"


async def test_an_approver_asks_too_and_stays_where_they_were(channels: Desk) -> None:
    number, _ = await channels.submitted()
    assert await channels.says("approver", f"/open {number}")
    await channels.press("approver", "Preview")
    await channels.press("approver", "Somebody by name")
    assert "as Person 7 sees it" in await channels.says("approver", "Person 7")
    async with channels.house.store.read() as session:
        who = await session.get(AdminIdentity, ("test", "approver"))
    assert who is not None
    assert (who.draft_id, who.asking) == (None, "")


async def test_a_form_gives_the_name_at_once(channels: Desk) -> None:
    number = await channels.written()
    actor = Actor("test", "author", "Author", "en")
    request = Request(actor, "author", "preview", f"{number} whatsapp whom", forms=True)
    form = (await dispatch.handle(channels.house.core, request))[0].form
    assert form is not None
    command, _, arguments = form.command.partition(" ")
    request = Request(actor, "author", command, arguments, values={"name": "Person 7"}, forms=True)
    said = await dispatch.handle(channels.house.core, request)
    assert "as Person 7 sees it: WhatsApp" in said[-1].text.text


async def test_what_a_channel_refuses_is_shown_whole_with_the_reason(channels: Desk) -> None:
    number = await channels.written("word " * 900)
    said = await channels.says("author", f"/preview {number} whatsapp")
    assert "cannot go out like this yet" in said
    assert "WhatsApp takes" in said
    assert channels.last[0].refused


async def test_an_empty_draft_has_nothing_to_see_and_says_so_with_its_card(channels: Desk) -> None:
    await channels.says("author", "/new")
    assert "empty" in await channels.says("author", "/preview")


async def test_a_blank_nobody_fills_in_is_on_the_card_and_on_every_preview(channels: Desk) -> None:
    number = await channels.written("Dear {nmae}, water is off")
    warning = "“{nmae}” goes out as it is typed"
    await channels.says("author", f"/submit {number}")
    for line in (f"/open {number}", f"/preview {number}", f"/preview {number} whatsapp"):
        assert warning in await channels.says("approver", line)
    await channels.says("author", f"/preview {number} messenger")
    assert seen(channels) == ["Dear {nmae}, water is off"]


async def test_a_slip_in_a_templates_value_is_told_with_the_right_blank(channels: Desk) -> None:
    number = await channels.written()
    use = USE.model_copy(update={"parameters": (("1", "{nmae}"),)})
    await holds(channels, number, Message(text=RichText(text="Freely"), templates=(use,)))
    said = await channels.says("author", f"/open {number}")
    assert "“{nmae}” goes out as it is typed. Did you mean {name}?" in said
    await channels.says("author", f"/preview {number} whatsapp tr silent")
    assert seen(channels) == ["Merhaba {nmae}, sergi açıldı.\nTellal"]


async def test_every_button_of_a_preview_fits_a_button_of_telegrams(channels: Desk) -> None:
    number = await channels.written()
    await holds(channels, number, Message(text=RichText(text="Freely"), templates=(USE,)))
    for words in ("", "whatsapp tr silent", "whatsapp nameless silent", "messenger #3"):
        await channels.says("author", f"/preview {number} {words}")
        for reply in channels.last:
            for row in reply.buttons:
                assert all(len(f"a:{button.command}".encode()) <= 64 for button in row)


def test_what_a_phone_shows_is_read_from_what_is_sent(channels: Desk) -> None:
    """A message without words, and one whose words leave no room for a button to leave."""
    channel: Any = channels.house.core.channels["whatsapp", "default"]
    assert channel.shown(Envelope(0, "", Message())) == ()
    long = Message(text=RichText(text="w" * 2000))
    (page,) = channel.shown(Envelope(0, "", long))
    assert page.message.text.text.endswith("\n\nWrite STOP to leave.")
    assert page.answers == ()
    assert channel.shown(Envelope(0, "", long, window_open=False)) == ()
