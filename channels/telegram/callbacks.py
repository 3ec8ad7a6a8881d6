"""What subscribers do, as aiogram sees it, made into Inbound. Private chats only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aiogram import Dispatcher, F
from aiogram.enums import ChatMemberStatus, ChatType, ContentType
from aiogram.types import CallbackQuery, ChatMemberUpdated, Message, Update, User

from broadcast.inbound import Inbound, InboundKind
from channels.telegram.urgency import CHOICE_PREFIX, read

_SAID = frozenset({  # what a person writes; pins, payments and other service notices are not
    ContentType.TEXT, ContentType.PHOTO, ContentType.VIDEO, ContentType.ANIMATION,
    ContentType.AUDIO, ContentType.DOCUMENT, ContentType.STICKER, ContentType.VOICE,
    ContentType.VIDEO_NOTE, ContentType.CONTACT, ContentType.LOCATION, ContentType.VENUE,
    ContentType.DICE, ContentType.POLL, ContentType.STORY,
})  # fmt: skip
_GONE = frozenset({ChatMemberStatus.KICKED, ChatMemberStatus.LEFT})


@dataclass(slots=True, frozen=True)
class Heard:
    """An inbound with what the answer needs: the button's query and the message it is under.

    `quoted`: the words of ours that they answered.
    """

    inbound: Inbound
    chat_id: int
    query: CallbackQuery | None = None
    message_id: int | None = None
    quoted: str = ""


def dispatcher(account: str) -> Dispatcher:
    """One bot's routes. Feeding it an update returns Heard, or something else to be ignored.

    Of edited messages only a refusal is heard: a word changed later is not said a second time.
    """
    routes = Dispatcher(disable_fsm=True)

    def inbound(
        update: Update, person: User, kind: InboundKind, address: int, text: str = "",
        payload: str = "", at: datetime | None = None,
    ) -> Inbound:  # fmt: skip
        return Inbound(
            event_id=str(update.update_id), channel="telegram", account=account,
            address=str(address), kind=kind, text=text, payload=payload, name=person.full_name,
            language=person.language_code or "", at=at, everywhere=True,
        )  # fmt: skip

    @routes.message(F.chat.type == ChatType.PRIVATE, F.from_user.is_bot.is_(False))
    async def said(message: Message, event_update: Update) -> Heard | None:
        words = message.text or message.caption or ""
        if message.from_user is None or (message.content_type not in _SAID and not words):
            return None
        if message.media_group_id and not words:
            return None  # an album is one message: answered once, if it says something
        kind, text, payload = read(words)
        if message.content_type not in _SAID:
            kind = InboundKind.OVERHEARD  # newer than this list: a refusal in it counts
        chat_id = message.chat.id
        return Heard(
            inbound(event_update, message.from_user, kind, chat_id, text, payload, message.date),
            chat_id,
            quoted=_quoted(message),
        )

    @routes.edited_message(F.chat.type == ChatType.PRIVATE, F.from_user.is_bot.is_(False))
    async def changed(message: Message, event_update: Update) -> Heard | None:
        if message.from_user is None:
            return None
        text, chat_id = message.text or message.caption or "", message.chat.id
        _, word, _ = read(text)
        edited = InboundKind.EDITED
        return Heard(
            inbound(event_update, message.from_user, edited, chat_id, word),
            chat_id,
        )

    @routes.callback_query(F.data.startswith(CHOICE_PREFIX))
    async def chose(query: CallbackQuery, event_update: Update) -> Heard:
        payload = (query.data or "").removeprefix(CHOICE_PREFIX)
        person = query.from_user
        return Heard(
            inbound(event_update, person, InboundKind.CHOICE, person.id, payload=payload),
            person.id,
            query,
            query.message.message_id if query.message else None,
        )

    @routes.my_chat_member(F.chat.type == ChatType.PRIVATE)
    async def blocked_or_back(change: ChatMemberUpdated, event_update: Update) -> Heard:
        gone = change.new_chat_member.status in _GONE
        kind = InboundKind.BLOCKED if gone else InboundKind.UNBLOCKED
        chat_id = change.chat.id
        return Heard(
            inbound(event_update, change.from_user, kind, chat_id, at=change.date), chat_id
        )

    return routes


def _quoted(message: Message) -> str:
    """What the bot had said, where this is a reply to it: in a private chat only we can have."""
    ours = message.reply_to_message
    if ours is None or ours.from_user is None or not ours.from_user.is_bot:
        return ""
    return ours.text or ours.caption or ""
