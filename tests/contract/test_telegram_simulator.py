"""Unmodified aiogram and python-telegram-bot talk to the simulator and cannot tell."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import telegram
from aiogram import Bot, Dispatcher, exceptions, types
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandObject, CommandStart
from telegram.ext import Application, ApplicationBuilder, CommandHandler, MessageHandler, filters
from telegram.request import HTTPXRequest

from sandbox.samples import picture
from tests.contract.wire import ANN, BOB, TOKEN, Wire, eventually

YES = types.InlineKeyboardMarkup(
    inline_keyboard=[[types.InlineKeyboardButton(text="Evet", callback_data="s:yes")]]
)


@asynccontextmanager
async def aiogram_bot(wire: Wire) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(wire.url))
    bot = Bot(TOKEN, session=session)
    try:
        yield bot
    finally:
        await session.close()


def ptb_builder(wire: Wire) -> Any:
    return (
        ApplicationBuilder()
        .token(TOKEN)
        .base_url(f"{wire.url}/bot")
        .base_file_url(f"{wire.url}/file/bot")
        .request(HTTPXRequest(8))
    )


async def last(wire: Wire, person: int) -> Any:
    messages = (await wire.do("chat", person=person))["messages"]
    return messages[-1] if messages and messages[-1]["from"]["is_bot"] else None


async def test_aiogram_polls_answers_a_deep_link_a_button_and_a_block(wire: Wire) -> None:
    dispatcher, seen = Dispatcher(), []

    @dispatcher.message(CommandStart(deep_link=True))
    async def start(message: types.Message, command: CommandObject) -> None:
        await message.answer(
            f"Hoş geldin <b>{command.args}</b>", parse_mode="HTML", reply_markup=YES
        )

    @dispatcher.callback_query()
    async def pressed(query: types.CallbackQuery) -> None:
        assert isinstance(query.message, types.Message)
        await query.message.edit_text("Tamam")
        await query.answer("Kaydedildi", show_alert=True)

    @dispatcher.my_chat_member()
    async def member(event: types.ChatMemberUpdated) -> None:
        seen.append((event.old_chat_member.status, event.new_chat_member.status))

    @dispatcher.edited_message()
    async def edited(message: types.Message) -> None:
        seen.append(message.text)

    async with aiogram_bot(wire) as bot:
        polling = asyncio.create_task(
            dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False)
        )
        await eventually(lambda: _has_bot(wire))
        await wire.do("say", person=ANN, text="/start poster_7")
        shown = await eventually(lambda: last(wire, ANN))
        assert shown["text"] == "Hoş geldin poster_7"
        assert shown["entities"] == [{"type": "bold", "offset": 11, "length": 8}]
        answer = await wire.do("press", person=ANN, message_id=shown["message_id"], label="Evet")
        assert (answer["text"], answer["show_alert"]) == ("Kaydedildi", True)
        assert (await last(wire, ANN))["text"] == "Tamam"
        said = await wire.do("say", person=ANN, text="bir")
        await wire.do("edit", person=ANN, message_id=said["message_id"], text="iki")
        await wire.do("block", person=ANN)
        await wire.do("unblock", person=ANN)
        await eventually(lambda: _long_enough(seen, 3))
        assert set(seen) == {"iki", ("member", "kicked"), ("kicked", "member")}
        await dispatcher.stop_polling()
        await polling


async def _has_bot(wire: Wire) -> bool:
    return bool(await wire.do("bots", "GET"))


async def _long_enough(seen: list[Any], length: int) -> bool:
    return len(seen) >= length


async def test_aiogram_sends_every_kind_of_message_and_reads_it_back(wire: Wire) -> None:
    await wire.befriend()
    await wire.do("limits", chat_burst=100)
    photo = types.BufferedInputFile(picture(), "sea.png")
    note = types.BufferedInputFile(b"hello", "note.txt")
    async with aiogram_bot(wire) as bot:
        sent = await bot.send_photo(ANN, photo, caption="*kalın*", parse_mode="MarkdownV2")
        assert sent.photo and sent.photo[-1].width == 480 and sent.caption == "kalın"
        again = await bot.send_photo(BOB, sent.photo[-1].file_id)
        assert again.photo and again.photo[-1].file_id == sent.photo[-1].file_id
        assert (await bot.send_document(ANN, note)).document.file_name == "note.txt"
        assert (await bot.send_video(ANN, note)).video
        assert (await bot.send_audio(ANN, note, title="Türkü")).audio.title == "Türkü"
        assert (await bot.send_voice(ANN, note)).voice
        assert (await bot.send_animation(ANN, note)).animation
        album = await bot.send_media_group(
            ANN,
            [types.InputMediaPhoto(media=photo, caption="a"), types.InputMediaVideo(media=note)],
        )
        assert len(album) == 2 and album[0].media_group_id == album[1].media_group_id
        copied = await bot.copy_message(BOB, ANN, sent.message_id, reply_markup=YES)
        shown = await last(wire, BOB)
        assert shown["message_id"] == copied.message_id and shown["caption"] == "kalın"
        forwarded = await bot.forward_message(BOB, ANN, sent.message_id)
        assert isinstance(forwarded.forward_origin, types.MessageOriginUser)
        edited = await bot.edit_message_caption(
            chat_id=ANN, message_id=sent.message_id, caption="yeni", reply_markup=YES
        )
        assert isinstance(edited, types.Message) and edited.caption == "yeni" and edited.edit_date
        await bot.edit_message_media(
            types.InputMediaDocument(media=note), chat_id=ANN, message_id=sent.message_id
        )
        await bot.edit_message_reply_markup(
            chat_id=ANN, message_id=sent.message_id, reply_markup=YES
        )
        assert await bot.delete_message(ANN, sent.message_id)
        assert await bot.delete_messages(ANN, [m.message_id for m in album])
        assert await bot.send_chat_action(ANN, "typing")
        assert (await bot.get_chat(ANN)).type == "private"
        assert (await bot.get_chat_member(ANN, ANN)).status == "member"
        file = await bot.get_file(again.photo[-1].file_id)
        content = await bot.download_file(file.file_path or "")
        assert content and content.read() == picture()


async def test_aiogram_sees_the_exceptions_it_knows(wire: Wire) -> None:
    await wire.befriend(ANN)
    async with aiogram_bot(wire) as bot:
        with pytest.raises(exceptions.TelegramBadRequest, match="chat not found"):
            await bot.send_message(42, "x")
        with pytest.raises(exceptions.TelegramForbiddenError, match="can't initiate"):
            await bot.send_message(BOB, "x")
        await wire.do("faults", kind="flood", retry_after=7, count=1)
        with pytest.raises(exceptions.TelegramRetryAfter) as flood:
            await bot.send_message(ANN, "x")
        assert flood.value.retry_after == 7
        await wire.do("revoke")
        with pytest.raises(exceptions.TelegramUnauthorizedError):
            await bot.send_message(ANN, "x")


async def test_python_telegram_bot_polls_and_composes_with_an_album(wire: Wire) -> None:
    got: list[telegram.Message] = []

    async def start(update: telegram.Update, _: Any) -> None:
        assert update.message
        keyboard = [[telegram.InlineKeyboardButton("Go", callback_data="a:go")]]
        await update.message.reply_html(
            "<i>Welcome</i>", reply_markup=telegram.InlineKeyboardMarkup(keyboard)
        )

    async def anything(update: telegram.Update, _: Any) -> None:
        assert update.message
        got.append(update.message)

    app: Application[Any, Any, Any, Any, Any, Any] = ptb_builder(wire).build()
    app.add_handler(CommandHandler("start", start))
    app.add_handler(MessageHandler(filters.ALL, anything))
    async with app:
        await app.start()
        assert app.updater
        await app.updater.start_polling(poll_interval=0, timeout=5)
        await wire.do("people", id=501, name="Ece Author", language="tr")
        await wire.do("say", person=501, text="/start")
        shown = await eventually(lambda: last(wire, 501))
        assert shown["text"] == "Welcome"
        await wire.do("say", person=501, album=[{"photo": "sea"}, {"photo": "sunset"}], caption="C")
        await wire.do("say", person=501, text="fwd", forward_from=ANN)
        await eventually(lambda: _long_enough(got, 3))
        assert got[0].media_group_id == got[1].media_group_id and got[0].caption == "C"
        assert isinstance(got[2].forward_origin, telegram.MessageOriginUser)
        file = await got[0].photo[-1].get_file()
        assert bytes(await file.download_as_bytearray()) == picture("sea")
        await app.updater.stop()
        await app.stop()


async def test_python_telegram_bot_sends_and_sees_its_exceptions(wire: Wire) -> None:
    await wire.befriend(ANN)
    await wire.do("limits", chat_burst=100)
    app = ptb_builder(wire).updater(None).build()
    async with app:
        bot: telegram.Bot = app.bot
        assert bot.username == "sandbox_700100_bot"
        sent = await bot.send_photo(ANN, picture(), caption="<b>x</b>", parse_mode="HTML")
        assert sent.caption_entities[0].type == "bold"
        await bot.send_media_group(
            ANN, [telegram.InputMediaPhoto(picture()), telegram.InputMediaPhoto(picture("sea"))]
        )
        entity = telegram.MessageEntity("text_link", 0, 2, url="https://example.org")
        linked = await bot.send_message(ANN, "hi there", entities=[entity])
        assert linked.entities[0].url == "https://example.org"
        assert (await bot.copy_message(ANN, ANN, linked.message_id)).message_id
        await bot.edit_message_text("bye", ANN, linked.message_id)
        with pytest.raises(telegram.error.BadRequest, match="not modified"):
            await bot.edit_message_text("bye", ANN, linked.message_id)
        with pytest.raises(telegram.error.BadRequest, match="parse entities"):
            await bot.send_message(ANN, "<b>x", parse_mode="HTML")
        await wire.do("block", person=ANN)
        with pytest.raises(telegram.error.Forbidden, match="blocked by the user"):
            await bot.send_message(ANN, "x")
        commands = [telegram.BotCommand("help", "Yardım")]
        await bot.set_my_commands(commands, telegram.BotCommandScopeChat(ANN), "tr")
        assert list(await bot.get_my_commands(telegram.BotCommandScopeChat(ANN), "tr")) == commands
        assert await bot.set_my_description("d") and (await bot.get_my_description()).description
        await bot.set_chat_menu_button(ANN, telegram.MenuButtonCommands())
        assert (await bot.get_chat(ANN)).accent_color_id is not None


async def test_both_libraries_are_cut_off_by_a_second_poller(wire: Wire) -> None:
    await wire.call("getMe")
    first = asyncio.create_task(wire.raw("getUpdates", timeout=20))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(wire.raw("getUpdates", timeout=1))
    status, answer = await first
    assert status == 409
    assert answer["description"] == (
        "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running"
    )
    assert (await second)[1] == {"ok": True, "result": []}
