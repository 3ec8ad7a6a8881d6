"""Answers of the Bot API that python-telegram-bot would stumble over: made readable, or an error of
its own kind, so that whoever waits for the next thing is not left alone."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

import telegram
from telegram.error import NetworkError, TelegramError
from telegram.request import HTTPXRequest

from broadcast.lenient_json import a_dict, a_number, a_string, parsed
from broadcast.proxy import proxy_of
from broadcast.retry_after import a_wait, in_words

_READ: dict[str, Callable[[Any], object]] = {  # by method, what the library makes of a result
    "getMe": lambda result: telegram.User.de_json(result, None),
    "getFile": lambda result: telegram.File.de_json(result, None),
    "sendMediaGroup": lambda result: [telegram.Message.de_json(one, None) for one in result],
}
_MESSAGES = ("send", "editMessage")


class OddAnswer(TelegramError):
    """Yes, but to what cannot be read."""


class Requests(HTTPXRequest):
    """A refusal counts when it is the Bot API's own. Files are fetched by GET: they are none."""

    def __init__(self, address: str) -> None:
        # The library's own reading of the environment ends in an error for some of what stands there.
        super().__init__(
            connection_pool_size=256,
            proxy=proxy_of(address),
            httpx_kwargs={"trust_env": False, "verify": ssl.create_default_context()},
        )

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        code, payload = await super().do_request(*args, **kwargs)
        if kwargs.get("method") == "GET":
            return code, payload
        body = parsed(payload)
        if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
            raise NetworkError(f"HTTP {code} and not a Bot API answer")
        if 200 <= code < 300 and not body["ok"]:
            code = int(a_number(body.get("error_code"), 500))
        return code, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The object it holds; what the library relies on in it is there."""
        body = a_dict(parsed(payload))
        described = a_string(body.get("description"))
        wait = a_wait(a_dict(body.get("parameters")).get("retry_after")) or in_words(described)
        return body | {
            "result": body.get("result"),
            "description": described,
            "parameters": {"retry_after": ceil(wait)} if wait else {},
        }


def readable(method: str, asked: Mapping[str, Any], result: Any) -> Any:
    """The result as the library will take it. Raises OddAnswer."""
    if (method.startswith(_MESSAGES) and result is not True) or method in _READ:
        try:
            _READ.get(method, lambda one: telegram.Message.de_json(one, None))(result)
        except Exception as error:  # whatever it stumbles over
            if method in _READ:
                raise OddAnswer(f"{method}: {type(error).__name__}") from None
            return _message(method, asked, result)
    return result


def _message(method: str, asked: Mapping[str, Any], result: Any) -> dict[str, Any]:
    """It was said; at least which message it is has to be known."""
    number = a_dict(result).get("message_id")
    if type(number) is not int:
        raise OddAnswer(f"{method}: no message id")
    asked_of = str(asked.get("chat_id") or "").removeprefix("-")
    chat = int(str(asked["chat_id"])) if asked_of.isdecimal() else 0
    return {"message_id": number, "date": 0, "chat": {"id": chat, "type": "private"}}
