"""A synthetic population: a million people in a few bytes each, the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from zoneinfo import available_timezones

FIRST_ID = 1_000_000_000
_zones = cache(available_timezones)
_MASK = (1 << 64) - 1

# Share of each language, its time zones (the first is the most common), given and family names.
_LANGUAGES: tuple[tuple[str, int, tuple[str, ...], str, str], ...] = (
    (
        "tr",
        55,
        ("Europe/Istanbul", "Europe/Istanbul", "Europe/Istanbul", "Europe/Berlin"),
        "Ayşe Fatma Zeynep Elif Emine Hatice Merve Özlem Gül İrem Şule Çiğdem Defne Ebru Nazlı "
        "Mehmet Mustafa Ahmet Ali Hüseyin Emre Burak Çağrı Deniz Kerem Oğuz Ömer Serkan Şükrü Ufuk",
        "Yılmaz Kaya Demir Şahin Çelik Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç "
        "Aslan Çetin Kara Koç Kurt Özkan Şimşek Polat Korkmaz Güneş Işık",
    ),
    (
        "en",
        20,
        ("Europe/London", "America/New_York", "America/Los_Angeles", "Australia/Sydney"),
        "Olivia Amelia Grace Emily Sophie Hannah Zoe Ruby Oliver Jack Harry George Noah James "
        "Samuel Aaron Priya Kwame",
        "Smith Jones Taylor Brown Wilson Evans Thomas Walker Hughes Green O'Brien Patel Mensah",
    ),
    (
        "de",
        8,
        ("Europe/Berlin", "Europe/Vienna", "Europe/Zurich"),
        "Anna Lena Jürgen Björn Käthe Lukas Jonas Mia Sabine Uwe Heike Günther",
        "Müller Schmidt Schneider Fischer Weber Groß Köhler Krüger Schäfer Vogel",
    ),
    (
        "ar",
        7,
        ("Asia/Riyadh", "Africa/Cairo", "Asia/Dubai"),
        "محمد أحمد فاطمة مريم عمر ليلى خالد سارة يوسف نور",
        "العلي حداد منصور خليل صالح النجار",
    ),
    (
        "ru",
        4,
        ("Europe/Moscow", "Asia/Yekaterinburg"),
        "Анна Иван Ольга Дмитрий Елена Сергей",
        "Смирнов Кузнецов Попов Волков Соколов",
    ),
    ("fr", 3, ("Europe/Paris",), "Chloé Léa Hugo Théo Zoé François", "Martin Bernard Lefèvre Roux"),
    (
        "es",
        3,
        ("Europe/Madrid", "America/Mexico_City"),
        "Lucía José Sofía Iñigo Ángel",
        "García Muñoz López Núñez",
    ),
)
_TABLE = [
    (code, zones, first.split(), last.split())
    for code, share, zones, first, last in _LANGUAGES
    for _ in range(share)
]
_ASCII = str.maketrans("çğıöşüâîéèáóúñäÇĞİÖŞÜ'", "cgiosuaieeaounacgiosu_")


def zone_of(wish: object, default: str = "UTC") -> str:
    """A time zone somebody is given. Raises ValueError for one that nobody knows."""
    zone = str(wish or default)
    if zone not in _zones():
        raise ValueError(f"{zone!r} is not a time zone such as Europe/Istanbul")
    return zone


@dataclass(slots=True, frozen=True)
class Person:
    """Somebody who can talk to a bot."""

    id: int
    first_name: str
    last_name: str
    username: str
    language: str
    timezone: str


class People:
    """Everybody there is. Traits are computed from (seed, index) on demand, never stored."""

    def __init__(self, count: int = 1000, seed: int = 1) -> None:
        self.count = count
        self.seed = seed
        self._salt = _mix(seed)
        self._deactivated = bytearray(count)
        self._extra: list[Person] = []
        self._extra_index: dict[int, int] = {}

    def __len__(self) -> int:
        return self.count + len(self._extra)

    def index(self, person_id: int) -> int | None:
        """Where this person sits in arrays kept per person; None for nobody."""
        place = person_id - FIRST_ID
        if 0 <= place < self.count:
            return place
        return self._extra_index.get(person_id)

    def id_at(self, index: int) -> int:
        """The id of the person at an index."""
        return FIRST_ID + index if index < self.count else self._extra[index - self.count].id

    def get(self, person_id: int) -> Person | None:
        """The person with this id, or None."""
        index = self.index(person_id)
        return None if index is None else self.at(index)

    def at(self, index: int) -> Person:
        """The person at an index."""
        if index >= self.count:
            return self._extra[index - self.count]
        h = _mix(self._salt ^ index)
        language, zones, first_names, last_names = _TABLE[h % 100]
        first = first_names[(h >> 8) % len(first_names)]
        # A fifth of the people show no family name, two fifths no user name: bots must cope.
        last = last_names[(h >> 20) % len(last_names)] if (h >> 32) % 5 else ""
        username = ""
        if (h >> 36) % 5 > 1:
            plain = first.lower().translate(_ASCII)
            username = f"{plain if plain.isascii() else 'user'}_{index + 100}"
        return Person(
            FIRST_ID + index, first, last, username, language, zones[(h >> 44) % len(zones)]
        )

    def draw(self, index: int, trait: str) -> float:
        """A number in [0, 1) that is this person's own for a trait ("opts in", "blocks")."""
        salt = int.from_bytes(trait.encode()[:8].ljust(8, b"\0"), "big")
        return _mix(_mix(self._salt ^ index) ^ salt) / (_MASK + 1)

    def add(
        self,
        person_id: int,
        name: str = "",
        language: str = "en",
        timezone: str = "UTC",
        username: str = "",
    ) -> Person:
        """Creates (or renames) a person with a given id, such as an admin."""
        first, _, last = (name or f"Person {person_id}").partition(" ")
        zone = zone_of(timezone)
        person = Person(person_id, first, last, username, language, zone)
        if 0 <= person_id - FIRST_ID < self.count:
            raise ValueError(f"{person_id} is already one of the seeded people")
        known = self._extra_index.get(person_id)
        if known is None:
            self._extra_index[person_id] = len(self)
            self._extra.append(person)
            self._deactivated.append(0)
        else:
            self._extra[known - self.count] = person
        return person

    def extra(self) -> list[Person]:
        """The people created on demand."""
        return list(self._extra)

    def deactivate(self, person_id: int, gone: bool = True) -> None:
        """Deletes somebody's account (or brings it back)."""
        index = self.index(person_id)
        if index is None:
            raise LookupError(f"no person {person_id}")
        self._deactivated[index] = gone

    def is_deactivated(self, index: int) -> bool:
        """Whether the account at this index is gone."""
        return bool(self._deactivated[index])

    def page(self, offset: int, count: int) -> Iterator[Person]:
        """Some people, extra ones after the seeded ones."""
        for index in range(max(offset, 0), min(offset + count, len(self))):
            yield self.at(index)


def _mix(x: int) -> int:
    """splitmix64: one integer in, an unrelated one out."""
    x = (x + 0x9E3779B97F4A7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)
