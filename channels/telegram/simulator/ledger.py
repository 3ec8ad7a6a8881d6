"""Every message of one bot in 13 bytes, and the last few thousand of them whole."""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Iterator

from channels._kit.sandbox_world import Json

FROM_BOT, DELETED = 1, 2
_WHOLE = 5000  # messages of unwatched people kept whole
_TEXTS = 50_000  # distinct texts kept in full; later ones keep their first characters
_HEAD = 128


class Ledger:
    """Message ids count up from 1, so three arrays indexed by id hold the bare facts."""

    def __init__(self) -> None:
        self._chat = array("q", [0])
        self._text = array("I", [0])
        self._state = bytearray(1)
        self._text_ids: dict[str, int] = {"": 0}
        self._whole: dict[int, Json] = {}
        self._passing: deque[int] = deque()
        self.received = 0

    def __len__(self) -> int:
        return len(self._chat) - 1

    def next_id(self) -> int:
        """The id the next message will have."""
        return len(self._chat)

    def add(self, message: Json, from_bot: bool, watched: bool) -> None:
        """Takes in a message that carries next_id()."""
        message_id = message["message_id"]
        self._chat.append(message["chat"]["id"])
        self._state.append(FROM_BOT if from_bot else 0)
        self._text.append(self._intern(message.get("text") or message.get("caption") or ""))
        self._whole[message_id] = message
        if from_bot:
            self.received += 1
        if not watched:
            self._passing.append(message_id)
            if len(self._passing) > _WHOLE:
                self._whole.pop(self._passing.popleft(), None)

    def _intern(self, text: str) -> int:
        known = self._text_ids.get(text)
        if known is None:
            if len(self._text_ids) >= _TEXTS:
                text = text[:_HEAD]
            known = self._text_ids.setdefault(text, len(self._text_ids))
        return known

    def whole(self, chat_id: int, message_id: int) -> Json | None:
        """The message as now shown, if it is still kept."""
        message = self._whole.get(message_id)
        return message if message is not None and message["chat"]["id"] == chat_id else None

    def replace(self, message: Json) -> None:
        """An edit; an edited message is kept whole from now on."""
        self._whole[message["message_id"]] = message

    def exists(self, chat_id: int, message_id: int) -> bool:
        """Whether that chat has (and still shows) a message with this id."""
        return (
            0 < message_id < len(self._chat)
            and self._chat[message_id] == chat_id
            and not self._state[message_id] & DELETED
        )

    def is_from_bot(self, message_id: int) -> bool:
        """Who wrote it."""
        return bool(self._state[message_id] & FROM_BOT)

    def delete(self, message_id: int) -> None:
        """Takes it out of the chat; what was received stays counted."""
        self._state[message_id] |= DELETED
        self._whole.pop(message_id, None)

    def chat(self, chat_id: int) -> list[Json]:
        """The kept messages of one chat, oldest first."""
        found = [m for m in self._whole.values() if m["chat"]["id"] == chat_id]
        return sorted(found, key=lambda m: int(m["message_id"]))

    def counts(self, contains: str = "", since: int = 0) -> Counter[int]:
        """How many messages of the bot each chat received after a marker (a message id)."""
        return Counter(self._chats(contains, since))

    def _chats(self, contains: str, since: int) -> Iterator[int]:
        wanted = None
        if contains:
            wanted = {number for text, number in self._text_ids.items() if contains in text}
        for message_id in range(max(since, 0) + 1, len(self._chat)):
            if not self._state[message_id] & FROM_BOT:
                continue
            if wanted is None or self._text[message_id] in wanted:
                yield self._chat[message_id]
