"""What a simulator needs of the world it stands in: people, faults, a live stream, pictures."""

from __future__ import annotations

from typing import Any, Protocol

Json = dict[str, Any]


class Person(Protocol):
    """Somebody who can talk to us."""

    @property
    def id(self) -> int: ...
    @property
    def first_name(self) -> str: ...
    @property
    def last_name(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def timezone(self) -> str: ...


class People(Protocol):
    """Everybody there is."""

    def __len__(self) -> int: ...
    def index(self, person_id: int) -> int | None: ...
    def id_at(self, index: int) -> int: ...
    def get(self, person_id: int) -> Person | None: ...
    def at(self, index: int) -> Any: ...
    def draw(self, index: int, trait: str) -> float: ...
    def is_deactivated(self, index: int) -> bool: ...


class Fault(Protocol):
    """One thing that goes wrong with this call."""

    kind: str
    seconds: float
    jitter: float
    status: int
    description: str
    html: bool
    delivered: bool
    retry_after: int
    hold: bool
    code: int
    subcode: int
    when: str


class Faults(Protocol):
    """Decides what goes wrong."""

    def __len__(self) -> int: ...
    def strike(self, channel: str, method: str, person: int | None) -> Any: ...


class Live(Protocol):
    """Where things that happen are told to whoever watches."""

    def watches(self, person_id: int) -> bool: ...
    def wants(self, person_id: int) -> bool: ...
    def publish(self, event: Json, person_id: int | None = None) -> None: ...


class World(Protocol):
    """All of it."""

    @property
    def people(self) -> People: ...
    @property
    def faults(self) -> Faults: ...
    @property
    def live(self) -> Live: ...
    @property
    def seed(self) -> int: ...
    def rate(self, channel: str, usual: float) -> float: ...
    def sample(self, name: str) -> tuple[str, str, bytes]: ...
