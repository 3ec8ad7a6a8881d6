"""Whom each refusal of Telegram's concerns, in the sentences the Bot API server really writes."""

from __future__ import annotations

import pytest

from broadcast.outcome import Deferred, Outcome, Reason, Refused, Scope
from channels.telegram.outcome import is_stale_handle, is_unheard_of, read
from channels.telegram.refusals import TABLE, Whose, find

# Whole sentences, written from the server's own code and not from the table.
CONTENT = [
    "Bad Request: message text is empty",
    "Bad Request: text must be non-empty",
    "Bad Request: text is too long",
    "Bad Request: message is too long",
    "Bad Request: message caption is too long",
    "Bad Request: strings must be encoded in UTF-8",
    "Bad Request: can't parse entities: Character '.' is reserved and must be escaped with the "
    "preceding '\\'",
    "Bad Request: can't parse MessageEntity: Can't find field \"offset\"",
    "Bad Request: entity beginning at UTF-16 offset 3 ends after the end of the text at UTF-16 "
    "offset 9",
    "Bad Request: receive an entity with incorrect offset -1",
    "Bad Request: ENTITIES_TOO_LONG",
    "Bad Request: invalid custom emoji identifier specified",
    "Bad Request: inline keyboard button URL 'https://exa<mple.org' is invalid: Disallowed character "
    "in URL host",
    "Bad Request: inline keyboard button URL 'https://e.org:99999' is invalid: Wrong port number "
    "specified in the URL",
    "Bad Request: inline keyboard button URL is invalid: URL host is empty",
    "Bad Request: inline keyboard button text must be non-empty",
    "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline "
    "keyboard",
    "Bad Request: can't parse reply keyboard markup JSON object",
    "Bad Request: object expected as reply markup",
    "Bad Request: reply markup is too long",
    "Bad Request: BUTTON_URL_INVALID",
    "Bad Request: BUTTON_DATA_INVALID",
    "Bad Request: BUTTON_USER_PRIVACY_RESTRICTED",
    "Bad Request: wrong HTTP URL specified",
    "Bad Request: failed to get HTTP URL content",
    "Bad Request: wrong type of the web page content",
    "Bad Request: can't upload file by URL",
    "Bad Request: photo has unsupported extension. Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp",
    "Bad Request: IMAGE_PROCESS_FAILED",
    "Bad Request: PHOTO_INVALID_DIMENSIONS",
    "Bad Request: PHOTO_SAVE_FILE_INVALID",
    "Bad Request: dimensions of the photo are too big",
    "Bad Request: file must be non-empty",
    "Bad Request: file of size 11000000 bytes is too big for a photo; the maximum size is 10485760 "
    "bytes",
    "Bad Request: there is no photo in the request",
    "Bad Request: can't parse InputMedia: media not found",
    "Bad Request: type \"voice\" can't be used in sendMediaGroup",
    "Bad Request: document can't be mixed with other media types",
    "Bad Request: parameter show_caption_above_media must be the same for all messages",
    "Bad Request: can't use the media of the specified type in the album",
    'Bad Request: failed to send message #2 with the error message "PHOTO_INVALID_DIMENSIONS"',
    'Bad Request: failed to send message #1 with the error message "Photo has unsupported extension. '
    'Use one of .jpg, .jpeg, .gif, .png, .tif or .bmp"',
    "Bad Request: MEDIA_INVALID",
    "Bad Request: MESSAGE_EMPTY",
]  # fmt: skip
FILES = [
    "Bad Request: invalid remote file identifier",
    "Bad Request: wrong remote file identifier specified: can't unserialize it. Wrong last symbol",
    "Bad Request: wrong remote file identifier specified: Wrong string length",
    "Bad Request: remote file identifier must be non-empty",
    "Bad Request: invalid file identifier",
    "Bad Request: wrong file identifier/HTTP URL specified",
    "Bad Request: wrong file_id or the file is temporarily unavailable",
    "Bad Request: can't use file of type Document as Photo",
    "Bad Request: file not found",
    "Bad Request: FILE_REFERENCE_EXPIRED",
    "Bad Request: FILE_REFERENCE_0_INVALID",
    'Bad Request: failed to send message #1 with the error message "Wrong file identifier/HTTP URL '
    'specified"',
]  # fmt: skip
GONE = [
    (403, "Forbidden: bot was blocked by the user", Reason.BLOCKED),
    (403, "Forbidden: user is deactivated", Reason.DEACTIVATED),
    (400, "Bad Request: USER_DELETED", Reason.DEACTIVATED),
    (403, "Forbidden: bot can't initiate conversation with a user", Reason.UNREACHABLE),
    (403, "Forbidden: the bot can't send messages to the bot", Reason.UNREACHABLE),
    (400, "Bad Request: chat not found", Reason.UNREACHABLE),
    (400, "Bad Request: private chat not found", Reason.UNREACHABLE),
    (400, "Bad Request: PEER_ID_INVALID", Reason.UNREACHABLE),
    (400, "Bad Request: USER_BOT_INVALID", Reason.UNREACHABLE),
    (400, "Bad Request: can't access the chat", Reason.UNREACHABLE),
    (400, "Bad Request: have no write access to the chat", Reason.NOT_PERMITTED),
    (403, "Forbidden: bot is not a member of the channel chat", Reason.NOT_PERMITTED),
    (400, "Bad Request: not enough rights to send text messages to the chat", Reason.NOT_PERMITTED),
]
NOT_NOW = [
    "Bad Request: not enough rights to send photos to the chat",
    "Bad Request: not enough rights to send voice notes to the chat",
    "Bad Request: user restricted receiving of voice note messages",
    "Bad Request: VOICE_MESSAGES_FORBIDDEN",
    "Bad Request: PRIVACY_PREMIUM_REQUIRED",
    "Bad Request: ALLOW_PAYMENT_REQUIRED_25",
    "Bad Request: CHAT_SEND_PHOTOS_FORBIDDEN",
]


def said(words: str, code: int = 400) -> Outcome:
    body = {"ok": False, "error_code": code, "description": words}
    return read(code, body, "sendMessage")


@pytest.mark.parametrize("words", [*CONTENT, *FILES])
def test_what_nobody_would_get_pauses_with_telegrams_sentence_and_a_way_on(words: str) -> None:
    told = said(words)
    assert isinstance(told, Refused)
    assert (told.reason, told.scope, told.suppress) == (Reason.CONTENT, Scope.ACCOUNT, False)
    assert told.detail == words
    assert told.mend
    assert is_stale_handle(told) is (words in FILES)


@pytest.mark.parametrize(("code", "words", "reason"), GONE)
def test_what_one_person_will_never_get_is_theirs(code: int, words: str, reason: Reason) -> None:
    assert said(words, code) == Refused(reason, True, Scope.RECIPIENT, str(code), words)


@pytest.mark.parametrize("words", NOT_NOW)
def test_who_cannot_take_this_kind_may_take_another(words: str) -> None:
    assert said(words) == Refused(Reason.NOT_PERMITTED, False, Scope.RECIPIENT, "400", words)


@pytest.mark.parametrize("words", ["PEER_FLOOD", "BALANCE_TOO_LOW", "USER_RESTRICTED"])
def test_a_bot_that_may_not_send_pauses_and_offers_no_correction(words: str) -> None:
    told = said(f"Bad Request: {words}")
    assert isinstance(told, Refused)
    assert (told.reason, told.scope, told.mend) == (Reason.RESTRICTED, Scope.ACCOUNT, "")


def test_what_may_go_well_in_a_moment_is_tried_again() -> None:
    assert isinstance(said("Bad Request: FILE_PART_1_MISSING"), Deferred)


def test_an_address_in_a_refusal_is_not_taken_for_telegrams_words() -> None:
    """Who writes the address must not decide what the refusal means."""
    words = (
        "Bad Request: inline keyboard button URL 'https://bot was blocked by the user' is invalid: "
        "Disallowed character in URL host"
    )
    told = said(words)
    assert isinstance(told, Refused)
    assert told.scope == Scope.ACCOUNT


def test_unheard_of_words_are_told_from_all_others() -> None:
    assert is_unheard_of(said("Bad Request: SOMETHING_NEW"))
    assert not is_unheard_of(said("Forbidden: something new", 403))
    assert not is_unheard_of(read(400, None, "sendMessage"))  # a proxy's
    for words in (*CONTENT, *FILES, *NOT_NOW):
        assert not is_unheard_of(said(words))


def test_each_row_is_found_by_its_own_words_and_names_its_source() -> None:
    for row in TABLE:
        assert find(f"Bad Request: {row.words.upper()}") == row
        assert row.words == row.words.casefold()
        assert row.source
    assert len({row.words for row in TABLE}) == len(TABLE)
    assert {row.whose for row in TABLE} == set(Whose)
