"""How much one person may put before us, and that who leaves is heard all the same."""

from __future__ import annotations

from broadcast.input_limits import BYTES, LEAVES, READS, REMEMBERED, TURNS, TURNS_PER_SECOND, Bounds


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def taken(bounds: Bounds, who: str, count: int, *, leaves: bool = False, size: int = 100) -> int:
    return sum(bounds.takes(who, size, leaves) for _ in range(count))


def test_a_burst_then_a_trickle() -> None:
    clock = Clock()
    bounds = Bounds(clock)
    assert taken(bounds, "a", 700) == TURNS
    assert bounds.surplus == 700 - TURNS
    clock.now += 10 / TURNS_PER_SECOND
    assert taken(bounds, "a", 700) == 10
    clock.now += 3600
    assert taken(bounds, "a", 700) == TURNS


def test_bytes_count_as_turns_do() -> None:
    bounds = Bounds(Clock())
    assert taken(bounds, "a", 10, size=int(BYTES / 4)) == 4
    assert taken(bounds, "b", 1, size=int(BYTES) + 1) == 0


def test_another_has_an_allowance_of_their_own() -> None:
    bounds = Bounds(Clock())
    taken(bounds, "a", 700)
    assert taken(bounds, "b", 5) == 5


def test_a_stop_beyond_the_bounds_is_taken() -> None:
    bounds = Bounds(Clock())
    taken(bounds, "a", 700)
    assert bounds.takes("a", 100, True)


def test_a_stop_after_a_word_that_only_seemed_to_leave_is_taken() -> None:
    bounds = Bounds(Clock())
    taken(bounds, "a", 700)
    assert bounds.takes("a", 100, True), "a word that is doubtful in their language"
    assert bounds.takes("a", 100, True), "the one that is not"


def test_saying_it_again_and_again_is_saying_it_once() -> None:
    bounds = Bounds(Clock())
    assert taken(bounds, "a", 700, leaves=True) == TURNS + LEAVES
    assert not bounds.takes("a", 100, False)
    assert not bounds.takes("a", 100, True), "nothing of theirs was taken since"


def test_a_stop_after_something_else_that_was_taken_is_taken() -> None:
    clock = Clock()
    bounds = Bounds(clock)
    taken(bounds, "a", 700, leaves=True)
    clock.now += 1 / TURNS_PER_SECOND
    assert bounds.takes("a", 100, False), "a JOIN, perhaps"
    assert bounds.takes("a", 100, True)


def test_what_could_not_be_kept_does_not_count() -> None:
    bounds = Bounds(Clock())
    taken(bounds, "a", 700, leaves=True)
    bounds.forget("a")
    assert bounds.takes("a", 100, True)


def test_the_memory_of_many_is_bounded() -> None:
    bounds = Bounds(Clock())
    for n in range(REMEMBERED + 100):
        bounds.takes(str(n), 1, False)
    assert len(bounds._people) == REMEMBERED


def test_of_the_surplus_only_so_much_is_read_through() -> None:
    clock = Clock()
    bounds = Bounds(clock)
    assert all(bounds.may_read("a") for _ in range(200)), "it is not surplus yet"
    taken(bounds, "a", 700)
    assert sum(bounds.may_read("a") for _ in range(200)) == READS
    clock.now += 3600
    assert bounds.may_read("a")
