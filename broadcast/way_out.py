"""How whoever gets a broadcast can leave, shown under it on every channel (pure).

`Message.way_out` is part of what is approved: it is set when a message is written, so that what was
approved before goes out as it was. An author who says it in their own words is not corrected.
"""

from __future__ import annotations

import re
from typing import Any

from broadcast import consent_words
from broadcast.consent_words import Verdict
from broadcast.language import N_
from broadcast.message import Message
from broadcast.wording.folding import words

LEAVE = N_("Stop messages")  # a button; 20 letters at most, in every language
LEAVE_WORD = N_("Write STOP to leave.")
# How a channel shows it, as people are told before they approve.
AS_BUTTON = N_("a button, “{label}”")
AS_WORDS = N_("a line, “{words}”")
_COMMAND = re.compile(r"(?<![\w/:.])/(?:stop|dur|iptal|leave|unsubscribe)\b", re.I)
_TOKEN = re.compile(r"[^\W\d_]{3,}")
# What stands beside a word that people are told to send; the beginnings of words, folded.
_SAY = (
    "write", "send", "sending", "reply", "repl", "text", "texting", "type", "typing", "with", "word",
    "yaz", "gonder", "yanitla", "yanit", "cevap", "schreib", "antwort", "mit", "envoy", "repond", "ecri",
    "escrib", "envi", "respond", "escrev", "напиш", "отправ", "ответ", "слово", "اكتب", "ارسل", "أرسل",
)  # fmt: skip


def stamped(content: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """A message's JSON with its way out; one that says what stood there before keeps what that had."""
    message = Message.model_validate(content)
    if message.is_empty:
        return content
    old = Message.model_validate(before)
    bare = {"way_out": False}
    if not old.is_empty and message.model_copy(update=bare) == old.model_copy(update=bare):
        return old.model_dump(mode="json")
    return message.model_copy(update={"way_out": True}).model_dump(mode="json")


def is_written(message: Message) -> bool:
    """Whether the author says how to leave: `Write STOP to leave`, `Çıkmak için DUR yazın`, /stop.

    Not `STOP the noise!`: the word has to be one that we take for leaving, in capitals, beside one
    that says to send it. Captions of other files do not count: not every platform shows them.
    """
    return _names_a_way(message.text.text)


def is_added(message: Message) -> bool:
    """Whether a channel shows the way out of its own."""
    return message.way_out and not is_written(message)


def _names_a_way(text: str) -> bool:
    if _COMMAND.search(text):
        return True
    tokens = [found[0] for found in _TOKEN.finditer(text)]
    return any(
        token.isupper() and _is_said(tokens, place) and _leaves(token)
        for place, token in enumerate(tokens)
    )


def _is_said(tokens: list[str], place: int) -> bool:
    beside = tokens[max(0, place - 1) : place] + tokens[place + 1 : place + 2]
    return any(word.startswith(_SAY) for word in words(" ".join(beside)))


def _leaves(token: str) -> bool:
    return consent_words.verdict(token).verdict is Verdict.OUT
