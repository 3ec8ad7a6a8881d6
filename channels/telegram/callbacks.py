"""What subscribers do, as aiogram sees it, made into Inbound; our answers go back the same way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiogram import Dispatcher, F
from aiogram.enums import ChatType
from aiogram.exceptions import TelegramAPIError
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, Update, User

from broadcast.ports import Answer, Hear, Inbound, InboundKind

Reply = Callable[[int, Answer, int | None], Awaitable[None]]


def dispatcher(hear: Hear, reply: Reply) -> Dispatcher:
    """Routes of one bot's subscribers: private chats only."""
    routes = Dispatcher()

    @routes.message(F.chat.type == ChatType.PRIVATE)
    async def said(message: Message, event_update: Update) -> None:
        kind, text, payload = _read(message.text or message.caption or "")
        inbound = _inbound(event_update, message.from_user, message.chat.id, kind, text, payload)
        for answer in await hear(inbound):
            await reply(message.chat.id, answer, None)

    @routes.callback_query(F.data.startswith("s:"))
    async def chose(query: CallbackQuery, event_update: Update) -> None:
        payload = (query.data or "").removeprefix("s:")
        person = query.from_user
        inbound = _inbound(event_update, person, person.id, InboundKind.CHOICE, "", payload)
        answers = await hear(inbound)
        try:
            await query.answer(text=answers[0].notice[:200] if answers else None)
        except TelegramAPIError:
            pass  # too old to answer: the spinner has stopped by itself
        for answer in answers:
            await reply(person.id, answer, query.message.message_id if query.message else None)

    @routes.my_chat_member(F.chat.type == ChatType.PRIVATE)
    async def blocked_or_back(change: ChatMemberUpdated, event_update: Update) -> None:
        gone = change.new_chat_member.status == "kicked"
        kind = InboundKind.BLOCKED if gone else InboundKind.UNBLOCKED
        await hear(_inbound(event_update, change.from_user, change.chat.id, kind))

    return routes


def _read(text: str) -> tuple[InboundKind, str, str]:
    if not text.startswith("/"):
        return InboundKind.TEXT, text, ""
    command, _, rest = text[1:].partition(" ")
    word = command.split("@")[0].lower()
    if word == "start":
        return InboundKind.START, "", rest.strip()
    return InboundKind.COMMAND, word, rest.strip()


def _inbound(
    update: Update, person: User | None, chat_id: int, kind: InboundKind, text: str = "",
    payload: str = "",
) -> Inbound:  # fmt: skip
    return Inbound(
        event_id=str(update.update_id),
        channel="telegram",
        account="default",
        address=str(chat_id),
        kind=kind,
        text=text,
        payload=payload,
        name=person.full_name if person else "",
        language=(person.language_code or "") if person else "",
    )
