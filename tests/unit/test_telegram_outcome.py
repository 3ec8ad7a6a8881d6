"""What each answer of the Bot API means for a delivery: the table of the facts, row by row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.outcome import Deferred, Outcome, Reason, Refused, Scope, Uncertain
from channels.telegram.outcome import CORRECT, is_stale_handle, read


def said(code: int, words: str, **parameters: Any) -> Outcome:
    body = {"ok": False, "error_code": code, "description": words}
    return read(code, body | ({"parameters": parameters} if parameters else {}), "sendMessage")


R = Reason


@pytest.mark.parametrize(
    ("code", "words", "reason"),
    [
        (403, "Forbidden: bot was blocked by the user", R.BLOCKED),
        (403, "Forbidden: user is deactivated", R.DEACTIVATED),
        (403, "Forbidden: bot can't initiate conversation with a user", R.UNREACHABLE),
        (403, "Forbidden: bot can't send messages to bots", R.UNREACHABLE),
        (403, "Forbidden: bot was kicked from the group chat", R.NOT_PERMITTED),
        (403, "Forbidden: bot was kicked from the supergroup chat", R.NOT_PERMITTED),
        (403, "Forbidden: bot was kicked from the channel chat", R.NOT_PERMITTED),
        (403, "Forbidden: bot is not a member of the group chat", R.NOT_PERMITTED),
        (403, "Forbidden: bot is not a member of the supergroup chat", R.NOT_PERMITTED),
        (403, "Forbidden: bot is not a member of the channel chat", R.NOT_PERMITTED),
        (403, "Forbidden: the group chat was deleted", R.UNREACHABLE),
        (400, "Bad Request: chat not found", R.UNREACHABLE),
        (400, "Bad Request: private chat not found", R.UNREACHABLE),
        (400, "Bad Request: PEER_ID_INVALID", R.UNREACHABLE),
        (400, "Bad Request: user not found", R.UNREACHABLE),
        (400, "Bad Request: have no write access to the chat", R.NOT_PERMITTED),
        (400, "Bad Request: not enough rights to send text messages to the chat", R.NOT_PERMITTED),
        (400, "Bad Request: need administrator rights in the channel chat", R.NOT_PERMITTED),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", R.NOT_PERMITTED),
        (400, "Bad Request: CHAT_ADMIN_REQUIRED", R.NOT_PERMITTED),
        (400, "Bad Request: CHANNEL_PRIVATE", R.NOT_PERMITTED),
        (400, "Bad Request: TOPIC_CLOSED", R.NOT_PERMITTED),
    ],
)
def test_somebody_who_cannot_be_reached_is_never_tried_again(
    code: int, words: str, reason: Reason
) -> None:
    assert said(code, words) == Refused(reason, True, Scope.RECIPIENT, str(code), words)


@pytest.mark.parametrize(
    "words",
    [
        "Bad Request: VOICE_MESSAGES_FORBIDDEN",
        "Bad Request: not enough rights to send photos to the chat",
        "Bad Request: not enough rights to send polls to the chat",
    ],
)
def test_who_cannot_take_this_message_may_take_another(words: str) -> None:
    assert said(400, words) == Refused(R.NOT_PERMITTED, False, Scope.RECIPIENT, "400", words)


def test_a_group_that_moved_is_followed() -> None:
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    told = said(400, words, migrate_to_chat_id=-1001)
    assert isinstance(told, Refused)
    assert told.new_address == "-1001"
    assert not told.suppress


@pytest.mark.parametrize(
    "words",
    [
        "message text is empty", "message is too long", "message caption is too long",
        "can't parse entities: unsupported start tag", "can't parse URL", "BUTTON_URL_INVALID",
        "BUTTON_DATA_INVALID", "reply markup is too long", "wrong HTTP URL specified",
        "failed to get HTTP URL content", "wrong type of the web page content",
        "can't use the media of the specified type in the album",
        "wrong file identifier/HTTP URL specified",
        "wrong remote file identifier specified: can't unserialize it",
        "wrong remote file id specified: Wrong string length",
        "file must be non-empty", "PHOTO_INVALID_DIMENSIONS", "type of file mismatch",
        "message to copy not found", "message to forward not found", "message can't be copied",
        "message can't be forwarded", "MEDIA_EMPTY",
    ],
)  # fmt: skip
def test_a_message_nobody_can_receive_pauses_the_broadcast(words: str) -> None:
    told = said(400, f"Bad Request: {words}")
    detail = f"Bad Request: {words}"
    assert told == Refused(R.CONTENT, False, Scope.ACCOUNT, "400", detail, mend=CORRECT)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (401, "Unauthorized"),
        (401, "Unauthorized: invalid token specified"),
        (404, "Not Found"),
        (409, "Conflict: terminated by other getUpdates request"),
        (421, "Misdirected Request: the bot is served elsewhere"),
    ],
)
def test_a_token_that_does_not_work_stops_the_account(code: int, words: str) -> None:
    told = said(code, words)
    assert isinstance(told, Refused)
    assert (told.reason, told.scope, told.suppress) == (R.AUTHORIZATION, Scope.ACCOUNT, False)


def test_an_unknown_method_is_named() -> None:
    told = said(404, "Not Found")
    assert isinstance(told, Refused)
    assert "sendMessage" in told.detail


@pytest.mark.parametrize(("given", "waited"), [(5, 5.0), (0, 1.0), (10072, 10072.0), ("x", 1.0)])
def test_a_throttle_closes_the_whole_account_for_as_long(given: object, waited: float) -> None:
    words = f"Too Many Requests: retry after {given}"
    told = said(429, words, retry_after=given)
    assert told == Deferred(R.THROTTLED, waited, Scope.ACCOUNT, words)


@pytest.mark.parametrize(
    "words", ["Internal Server Error: restart", "Internal Server Error", "Bad Gateway"]
)
def test_the_api_itself_failing_is_a_definite_no(words: str) -> None:
    assert said(500, words) == Deferred(R.UNAVAILABLE, 0.0, Scope.RECIPIENT, words)


def test_a_message_made_and_deleted_at_once_may_have_been_seen() -> None:
    words = "Internal Server Error: sent message was immediately deleted and can't be returned"
    assert isinstance(said(500, words), Uncertain)


@pytest.mark.parametrize("status", [200, 500, 502, 503, 504])
@pytest.mark.parametrize("body", [None, [], "ok", {"result": {}}], ids=repr)
def test_an_answer_of_somebody_between_us_leaves_it_open(status: int, body: object) -> None:
    assert isinstance(read(status, body, "sendMessage"), Uncertain)


@pytest.mark.parametrize("status", [302, 403, 407])
def test_a_refusal_on_the_way_is_no_verdict_on_a_person(status: int) -> None:
    told = read(status, None, "sendMessage")
    assert isinstance(told, Refused)
    assert (told.scope, told.suppress) == (Scope.ACCOUNT, False)


def test_a_proxy_that_throttles_closes_the_account() -> None:
    told = read(429, None, "sendMessage")
    assert isinstance(told, Deferred)
    assert told.scope == Scope.ACCOUNT


def test_a_body_too_large_is_the_messages_fault() -> None:
    told = said(413, "Request Entity Too Large")
    assert isinstance(told, Refused)
    assert (told.reason, told.scope) == (R.CONTENT, Scope.ACCOUNT)


def test_words_nobody_knows_fail_this_person_and_close_nothing() -> None:
    told = said(400, "Bad Request: SOMETHING_NEW")
    assert told == Refused(R.REJECTED, False, Scope.RECIPIENT, "400", "Bad Request: SOMETHING_NEW")


@pytest.mark.parametrize(
    ("words", "stale"),
    [
        ("Bad Request: wrong remote file identifier specified: can't unserialize it", True),
        ("Bad Request: wrong file identifier/HTTP URL specified", True),
        ("Bad Request: message is too long", False),
    ],
)
def test_an_unknown_file_id_is_told_from_other_faults(words: str, stale: bool) -> None:
    assert is_stale_handle(said(400, words)) is stale


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["ok", "error_code", "description", "parameters", "retry_after"]), inner
        )
    ),
    max_leaves=6,
)


@given(st.integers(200, 599), _JSON)
def test_no_answer_however_odd_is_an_error_of_ours(status: int, body: object) -> None:
    assert read(status, body, "sendPhoto") is not None
