"""Who may undo a pause, a stop of its own, or the look at the first few: every case."""

from __future__ import annotations

import pytest

from broadcast.models import Role
from broadcast.pause import MAY_UNDO, SetBy, is_stronger, may_undo

A, P, O = Role.AUTHOR, Role.APPROVER, Role.OWNER  # noqa: E741
UNDONE_BY = {
    SetBy.AUTHOR: {A, P, O},
    SetBy.APPROVER: {P, O},
    SetBy.OWNER: {O},
    SetBy.ITSELF: {P, O},
    SetBy.CANARY: {P, O},
}


@pytest.mark.parametrize("held", SetBy)
@pytest.mark.parametrize("role", Role)
def test_undoing_needs_the_right_that_set_it(held: SetBy, role: Role) -> None:
    may = may_undo(held, role, own_pause=False, own_broadcast=True)
    assert may is (role in UNDONE_BY[held])


@pytest.mark.parametrize("held", SetBy)
def test_an_author_undoes_nothing_on_somebody_elses_broadcast(held: SetBy) -> None:
    assert not may_undo(held, A, own_pause=False, own_broadcast=False)


@pytest.mark.parametrize("held", SetBy)
@pytest.mark.parametrize("role", Role)
def test_ones_own_pause_is_ones_own_to_undo(held: SetBy, role: Role) -> None:
    may = may_undo(held, role, own_pause=True, own_broadcast=False)
    by_a_person = held not in {SetBy.ITSELF, SetBy.CANARY}
    assert may is (by_a_person or role in MAY_UNDO[held])


@pytest.mark.parametrize("held", SetBy)
@pytest.mark.parametrize("role", Role)
def test_a_pause_on_top_only_makes_it_harder_to_undo(held: SetBy, role: Role) -> None:
    if is_stronger(held, role):
        assert UNDONE_BY[SetBy(role.value)] < UNDONE_BY[held]
