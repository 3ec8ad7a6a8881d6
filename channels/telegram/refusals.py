"""Telegram's refusals as a table: the words, whom they concern, and the source they are from.

The words were read in the Bot API server (tdlib/telegram-bot-api at 01a3679), in TDLib (tdlib/td at
022d602, paths under `td/telegram`), and, for what comes from Telegram's servers as it is, in the
lists of server errors that kurigram keeps (`compiler/errors/source` at 47f7a49). `observed` are
words that users of the API report and none of these sources holds.

The Bot API server writes the first letter small and puts `Bad Request: ` or `Forbidden: ` before it;
in an album the words stand in quotation marks inside others. So a wording is looked for anywhere in
what was said, and the longest that is found counts.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from broadcast.outcome import Reason


class Whose(StrEnum):
    """Whom a refusal concerns."""

    PERSON = "person"  # this person, whatever is sent
    PERSON_NOW = "person_now"  # this person, this message: another may go
    BROADCAST = "broadcast"  # the message: nobody will get it like this
    FILE = "file"  # the file's id: its bytes may go again
    ACCOUNT = "account"  # our bot
    LATER = "later"  # nobody: the same may go well in a moment


class Wording(NamedTuple):
    """`words` in small letters; `reason` for the report; `source`: the file they were read in."""

    words: str
    whose: Whose
    reason: Reason
    source: str


_CLIENT = "telegram-bot-api/Client.cpp"
_SERVER_400, _SERVER_403 = "400_BAD_REQUEST.tsv", "403_FORBIDDEN.tsv"


def _rows(whose: Whose, reason: Reason, source: str, *words: str) -> list[Wording]:
    return [Wording(one, whose, reason, source) for one in words]


def _content(source: str, *words: str) -> list[Wording]:
    return _rows(Whose.BROADCAST, Reason.CONTENT, source, *words)


_PEOPLE = (
    *_rows(
        Whose.PERSON, Reason.BLOCKED, _CLIENT,
        "bot was blocked by the user", "user_is_blocked",
    ),
    *_rows(
        Whose.PERSON, Reason.DEACTIVATED, _CLIENT,
        "user is deactivated", "input_user_deactivated",
    ),
    *_rows(Whose.PERSON, Reason.DEACTIVATED, "MessagesManager.cpp", "user_deleted"),
    *_rows(
        Whose.PERSON, Reason.UNREACHABLE, _CLIENT,
        "chat not found", "private chat not found", "chat_id is empty", "group chat was deleted",
        "invalid user_id specified", "invalid user identifier specified",
    ),
    *_rows(
        Whose.PERSON, Reason.UNREACHABLE, "MessagesManager.cpp",
        "bot can't initiate conversation with a user", "bot can't send messages to the bot",
        "user_bot_invalid", "chat is not accessible",
    ),
    *_rows(Whose.PERSON, Reason.UNREACHABLE, "observed", "can't send messages to bots"),
    *_rows(Whose.PERSON, Reason.UNREACHABLE, "DialogManager.cpp", "can't access the chat"),
    *_rows(Whose.PERSON, Reason.UNREACHABLE, "UserManager.cpp", "have no access to the user"),
    *_rows(Whose.PERSON, Reason.UNREACHABLE, "observed", "user not found"),
    *_rows(
        Whose.PERSON, Reason.UNREACHABLE, _SERVER_400,
        "peer_id_invalid", "peer_id_not_supported", "chat_id_invalid", "chat_id_empty",
        "chat_invalid", "channel_invalid", "user_id_invalid", "user_is_bot",
        "user_bot_to_bot_disabled",
    ),
    *_rows(Whose.PERSON, Reason.UNREACHABLE, _SERVER_403, "user_invalid"),
    *_rows(
        Whose.PERSON, Reason.NOT_PERMITTED, _CLIENT,
        "bot was kicked from the", "bot is not a member of the",
    ),
    *_rows(
        Whose.PERSON, Reason.NOT_PERMITTED, "DialogManager.cpp",
        "have no write access to the chat", "need administrator rights in the channel chat",
    ),
    *_rows(
        Whose.PERSON, Reason.NOT_PERMITTED, "MessageContent.cpp",
        "not enough rights to send text messages to the chat",
    ),
    *_rows(
        Whose.PERSON, Reason.NOT_PERMITTED, _SERVER_403,
        "chat_write_forbidden", "chat_admin_required", "chat_forbidden", "user_banned_in_channel",
        "chat_guest_send_forbidden", "channel_public_group_na", "user_not_participant",
    ),
    *_rows(
        Whose.PERSON, Reason.NOT_PERMITTED, _SERVER_400,
        "channel_private", "channel_banned", "chat_restricted", "user_kicked",
    ),
    *_rows(Whose.PERSON, Reason.NOT_PERMITTED, "observed", "topic_closed"),
    *_rows(
        Whose.PERSON_NOW, Reason.NOT_PERMITTED, "MessageContent.cpp",
        "not enough rights to send", "user restricted receiving of voice note messages",
        "user restricted receiving of video note messages",
    ),
    *_rows(Whose.PERSON_NOW, Reason.NOT_PERMITTED, "DialogManager.cpp", "not enough rights"),
    *_rows(
        Whose.PERSON_NOW, Reason.NOT_PERMITTED, _SERVER_403,
        "voice_messages_forbidden", "privacy_premium_required", "premium_account_required",
        "allow_payment_required", "user_privacy_restricted", "chat_send_audios_forbidden",
        "chat_send_docs_forbidden", "chat_send_gifs_forbidden", "chat_send_media_forbidden",
        "chat_send_photos_forbidden", "chat_send_plain_forbidden", "chat_send_videos_forbidden",
        "chat_send_voices_forbidden", "chat_send_webpage_forbidden",
    ),
)  # fmt: skip

_FILES = (
    *_rows(
        Whose.FILE, Reason.CONTENT, "files/FileManager.cpp",
        "invalid remote file identifier", "wrong remote file identifier specified",
        "remote file identifier must be non-empty", "invalid file http url specified",
        "invalid file identifier", "wrong file identifier", "can't use file of type",
        "file not found", "unexpected conversion type",
    ),
    *_rows(Whose.FILE, Reason.CONTENT, "FileReferenceManager.cpp", "file_reference_"),
    *_rows(
        Whose.FILE, Reason.CONTENT, "MessagesManager.cpp",
        "wrong file identifier/http url specified", "media_empty",
    ),
    *_rows(Whose.FILE, Reason.CONTENT, _CLIENT, "wrong file_id or the file is temporarily"),
    *_rows(
        Whose.FILE, Reason.CONTENT, "observed",
        "wrong remote file id specified", "wrong file_id", "invalid file_id", "type of file mismatch",
    ),
    *_rows(
        Whose.FILE, Reason.CONTENT, _SERVER_400,
        "file_id_invalid", "photo_id_invalid", "document_invalid", "media_file_invalid",
    ),
)  # fmt: skip

_WORDS = (
    *_content(
        _CLIENT,
        "message text is empty", "text is too long", "unsupported parse_mode",
        "can't parse messageentity", "can't parse entities json object",
        "can't parse link preview options json object", "object expected as link preview options",
        "invalid custom emoji identifier specified", "input message content is not specified",
    ),
    *_content("MessageEntity.cpp", "text must be non-empty", "strings must be encoded in utf-8"),
    *_content(
        "MessageEntity.cpp",
        "receive an entity with incorrect offset", "receive an entity with incorrect length",
        "entity beginning at utf-16 offset", "entity begins in a middle of a utf-16 symbol",
        "entity begins after the end of the text", "messageentitytexturl.url must be encoded",
    ),
    *_content("SynchronousRequests.cpp", "can't parse entities"),
    *_content("InputMessageText.cpp", "link preview url must be encoded in utf-8"),
    *_content(
        "MessageContent.cpp", "message is too long", "message caption is too long",
        "input message content must be non-empty",
    ),
    *_content("MessagesManager.cpp", "can't send message without content"),
    *_content("observed", "caption is too long", "can't parse url", "unknown field"),
    *_content(
        _SERVER_400,
        "message_empty", "message_too_long", "media_caption_too_long", "entities_too_long",
        "entity_bounds_invalid", "entity_mention_user_invalid", "entity_date_format_invalid",
        "entity_date_invalid", "entity_date_too_long", "input_text_empty", "input_text_too_long",
        "effect_id_invalid", "rich_message_unsupported", "input_request_too_long",
    ),
)  # fmt: skip

_BUTTONS = (
    *_content(
        _CLIENT,
        "can't parse inline keyboard button", "can't parse keyboard button",
        "can't parse reply keyboard markup json object", "object expected as reply markup",
        "text buttons are unallowed in the inline keyboard", "reply markup is too long",
        "inlinekeyboardmarkup must be an array of arrays", "inlinekeyboardbutton must be an object",
        "loginurl bot username is invalid", "invalid button style specified",
    ),
    *_content(
        "ReplyMarkup.cpp",
        "inline keyboard button url", "inline keyboard button text must be",
        "inline keyboard button type must be non-empty", "inline keyboard expected",
        "inline keyboard button login", "inline keyboard button web app",
        "inline keyboard button copied text must be encoded",
        "link to a user can't be used in", "web app buttons can be used in private chats only",
    ),
    *_content("LinkManager.cpp", "' is invalid: ", "url is invalid: "),
    *_content(
        _SERVER_400,
        "button_url_invalid", "button_data_invalid", "button_text_invalid", "button_type_invalid",
        "button_copy_text_invalid", "button_invalid", "button_id_invalid", "button_pos_invalid",
        "button_user_invalid", "button_user_privacy_restricted", "bot_domain_invalid",
        "reply_markup_invalid", "reply_markup_too_long", "url_invalid",
    ),
)  # fmt: skip

_MEDIA = (
    *_content(
        _CLIENT,
        "wrong http url specified", "failed to get http url content",
        "wrong type of the web page content", "can't upload file by url",
        "can't use the media of the specified type in the album", "can't parse inputmedia",
        "can't parse media json object", "expected an array of inputmedia",
        "can't be used in sendmediagroup", "there is no photo in the request",
        "there is no video in the request", "there is no document in the request",
        "there is no audio in the request", "there is no animation in the request",
        "there is no voice in the request", "photo must be uploaded as a file",
    ),
    *_content(
        "MessageContent.cpp",
        "can't be mixed with other media types", "too many messages to send as an album",
        "there are no messages to send", "invalid message content type",
        "parameter show_caption_above_media must be the same for all messages",
        "photo must be non-empty", "video must be non-empty", "document must be non-empty",
        "audio must be non-empty", "animation must be non-empty", "voice note must be non-empty",
    ),
    *_content("MessagesManager.cpp", "photo has unsupported extension", "wrong poll data specified"),
    *_content(
        "PhotoSize.cpp",
        "width of the photo is too big", "height of the photo is too big",
        "dimensions of the photo are too big", "size of the photo is too big",
    ),
    *_content(
        "files/FileLoaderUtils.cpp",
        "file must be non-empty", "file is too big", "bytes is too big",
    ),
    *_content(
        "observed",
        "message to copy not found", "message to forward not found", "message can't be copied",
        "message can't be forwarded", "can't use the media", "is not specified",
    ),
    *_content(
        _SERVER_400,
        "image_process_failed", "photo_invalid_dimensions", "photo_ext_invalid", "photo_invalid",
        "photo_save_file_invalid", "photo_content_type_invalid", "photo_content_url_empty",
        "photo_thumb_url_empty", "photo_thumb_url_invalid", "audio_title_empty",
        "audio_content_url_empty", "media_invalid", "media_type_invalid", "media_grouped_invalid",
        "grouped_media_invalid", "multi_media_too_long", "external_url_invalid",
        "file_content_type_invalid", "file_emtpy", "file_parts_invalid", "file_part_too_big",
        "file_title_empty", "gif_content_type_invalid", "input_file_invalid",
        "video_content_type_invalid", "video_file_invalid", "video_title_empty",
        "video_duration_invalid", "ttl_media_invalid", "webpage_curl_failed", "webpage_media_empty",
        "webpage_not_found", "webpage_url_invalid", "wc_convert_url_invalid",
    ),
)  # fmt: skip

_OTHERS = (
    *_rows(Whose.ACCOUNT, Reason.RESTRICTED, _CLIENT, "frozen_method_invalid"),
    *_rows(
        Whose.ACCOUNT, Reason.RESTRICTED, _SERVER_400,
        "peer_flood", "balance_too_low", "floodskip_not_allowed",
    ),
    *_rows(Whose.ACCOUNT, Reason.RESTRICTED, _SERVER_403, "user_restricted"),
    *_rows(
        Whose.LATER, Reason.UNAVAILABLE, _SERVER_400,
        "msg_wait_failed", "random_id_duplicate", "md5_checksum_invalid",
    ),
    *_rows(
        Whose.LATER, Reason.UNAVAILABLE, "files/FileManager.cpp",
        "file_part_invalid", "file_part_length_invalid",
    ),
    *_rows(Whose.LATER, Reason.UNAVAILABLE, "MessageQueryManager.cpp", "file_part_1_missing"),
)  # fmt: skip

TABLE: tuple[Wording, ...] = (*_PEOPLE, *_FILES, *_WORDS, *_BUTTONS, *_MEDIA, *_OTHERS)
_ADDRESS = re.compile(r"url '.*' is invalid", re.S)
_BY_LENGTH = sorted(TABLE, key=lambda row: len(row.words), reverse=True)


def find(said: str) -> Wording | None:
    """The row of what Telegram said; None for words nobody has met yet. An address that it repeats
    is somebody's, and says nothing."""
    folded = _ADDRESS.sub("url '…' is invalid", said.casefold())
    return next((row for row in _BY_LENGTH if row.words in folded), None)
