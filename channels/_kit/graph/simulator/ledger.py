"""Every message of one account in 9 bytes, and the last few thousand of them whole."""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
ACCEPTED, SENT, DELIVERED, READ, FAILED = range(5)
STATES = ("accepted", "sent", "delivered", "read", "failed")
FROM_PERSON = 8
_WHOLE = 5000  # messages of unwatched people kept whole
_TEXTS = 50_000  # distinct texts kept in full; later ones keep their first characters
_HEAD = 128


class Ledger:
    """Message numbers count up from 1, so three arrays hold the bare facts."""

    def __init__(self) -> None:
        self._person = array("I", [0])  # index of the person
        self._text = array("I", [0])
        self._state = bytearray(1)
        self._text_ids: dict[str, int] = {"": 0}
        self._whole: dict[int, Json] = {}
        self._passing: deque[int] = deque()
        self.states = [0] * len(STATES)  # messages of ours by what became of them

    def __len__(self) -> int:
        return len(self._person) - 1

    @property
    def received(self) -> int:
        """Messages accepted for people that did not fail (those under way included)."""
        return sum(self.states) - self.states[FAILED]

    def add(self, index: int, text: str, from_person: bool) -> int:
        """Takes in a message; its number."""
        number = len(self._person)
        self._person.append(index)
        self._text.append(self._intern(text))
        self._state.append(FROM_PERSON if from_person else ACCEPTED)
        if not from_person:
            self.states[ACCEPTED] += 1
        return number

    def keep(self, number: int, bubble: Json, watched: bool) -> None:
        """Keeps a message as it is seen on a phone: for good if it is watched."""
        self._whole[number] = bubble
        if not watched:
            self._passing.append(number)
            if len(self._passing) > _WHOLE:
                self._whole.pop(self._passing.popleft(), None)

    def _intern(self, text: str) -> int:
        known = self._text_ids.get(text)
        if known is None:
            if len(self._text_ids) >= _TEXTS:
                text = text[:_HEAD]
            known = self._text_ids.setdefault(text, len(self._text_ids))
        return known

    def whole(self, number: int) -> Json | None:
        """A message as it is seen, if it is still kept."""
        return self._whole.get(number)

    def index_of(self, number: int) -> int | None:
        """Whose chat a message is in; None for no message."""
        return self._person[number] if 0 < number < len(self._person) else None

    def is_from_person(self, number: int) -> bool:
        """Who wrote it."""
        return bool(self._state[number] & FROM_PERSON)

    def state(self, number: int) -> int:
        """What became of a message of ours."""
        return self._state[number]

    def mark(self, number: int, state: int) -> None:
        """It was sent, delivered, read, or failed."""
        self.states[self._state[number]] -= 1
        self.states[state] += 1
        self._state[number] = state
        bubble = self._whole.get(number)
        if bubble is not None:
            bubble["status"] = STATES[state]

    def chat(self, index: int) -> list[Json]:
        """The kept messages of one chat, oldest first."""
        return [self._whole[n] for n in sorted(self._whole) if self._person[n] == index]

    def places(self, index: int, state: int) -> list[int]:
        """The messages of ours to one person that are in a state, oldest first."""
        return [
            n
            for n, found in enumerate(self._state)
            if found == state and n and self._person[n] == index
        ]

    def counts(self, contains: str = "", since: int = 0) -> Counter[int]:
        """How many messages of ours each person (by index) was sent after a marker; no failed."""
        return Counter(self._indexes(contains, since))

    def _indexes(self, contains: str, since: int) -> Iterator[int]:
        wanted = None
        if contains:
            wanted = {number for text, number in self._text_ids.items() if contains in text}
        for number in range(max(since, 0) + 1, len(self._person)):
            if self._state[number] in (FROM_PERSON, FAILED):
                continue
            if wanted is None or self._text[number] in wanted:
                yield self._person[number]
