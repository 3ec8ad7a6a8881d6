"""The synthetic population is the same for the same seed and costs next to nothing."""

from __future__ import annotations

import time
from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from sandbox.people import FIRST_ID, People


def test_the_same_seed_gives_the_same_people_and_another_gives_others() -> None:
    first, again, other = People(50, seed=7), People(50, seed=7), People(50, seed=8)
    assert list(first.page(0, 50)) == list(again.page(0, 50))
    assert list(first.page(0, 50)) != list(other.page(0, 50))


def test_a_million_people_are_made_at_once_and_found_by_id() -> None:
    began = time.process_time()
    people = People(1_000_000)
    assert people.index(FIRST_ID + 999_999) == 999_999
    assert people.index(FIRST_ID + 1_000_000) is None and people.index(5) is None
    assert time.process_time() - began < 0.5


def test_most_people_speak_turkish_and_every_time_zone_exists() -> None:
    people = list(People(2000).page(0, 2000))
    languages = Counter(person.language for person in people)
    assert 1000 < languages["tr"] < 1200 and languages["en"] > 300 and languages["ar"] > 50
    for name in {person.timezone for person in people}:
        ZoneInfo(name)
    usernames = [person.username for person in people if person.username]
    assert len(usernames) == len(set(usernames))
    assert all(name.isascii() and name[0].isalpha() and len(name) <= 32 for name in usernames)


def test_a_trait_is_ones_own_and_shares_come_out_right() -> None:
    people = People(5000)
    draws = [people.draw(i, "opts in") for i in range(5000)]
    assert draws == [people.draw(i, "opts in") for i in range(5000)]
    assert 0.27 < sum(d < 0.3 for d in draws) / 5000 < 0.33
    both = sum(people.draw(i, "blocks") < 0.5 and draws[i] < 0.5 for i in range(5000))
    assert 1100 < both < 1400  # one trait says nothing of another


def test_admins_are_added_beside_the_seeded_people() -> None:
    people = People(10)
    added = people.add(42, "Ece Su Yazar", "tr", "Europe/Istanbul")
    assert (added.first_name, added.last_name) == ("Ece", "Su Yazar")
    assert people.index(42) == 10 and people.id_at(10) == 42 and len(people) == 11
    people.add(42, "Ece Başka")
    assert len(people) == 11 and people.at(10).last_name == "Başka"
    with pytest.raises(ValueError, match="seeded"):
        people.add(FIRST_ID + 3, "x")
