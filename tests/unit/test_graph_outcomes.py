"""What Meta's error codes mean, row by row of the fact sheet (sections 1 and 2)."""

from __future__ import annotations

import pytest

from broadcast.outcome import Deferred, Outcome, Reason, Refused, Scope, Uncertain
from channels._kit.graph.api import Fault
from channels.messenger import outcome as messenger
from channels.whatsapp import outcome as whatsapp
from tests.contract.channels import MESSENGER, WHATSAPP, same


@pytest.mark.parametrize(("code", "wanted"), WHATSAPP.items())
def test_a_code_of_whatsapp(code: int, wanted: Outcome) -> None:
    said = whatsapp.meaning(Fault(code, message="their words"))
    assert same(said, wanted), said
    if isinstance(said, Refused):
        assert (said.code, said.detail) == (str(code), "their words")


@pytest.mark.parametrize(("code", "wanted"), WHATSAPP.items())
def test_the_same_code_afterwards_means_the_same_but_is_not_tried_again(
    code: int, wanted: Outcome
) -> None:
    said = whatsapp.afterwards(Fault(code))
    assert isinstance(said, Refused)
    if isinstance(wanted, Deferred):
        assert (said.reason, said.scope) == (wanted.reason, Scope.RECIPIENT)
    elif isinstance(wanted, Refused):
        assert (said.reason, said.suppress) == (wanted.reason, wanted.suppress)
        stops = wanted.reason is not Reason.CONTENT or code in {132001, 132007, 132015, 132016}
        assert said.scope is (wanted.scope if stops else Scope.RECIPIENT)


@pytest.mark.parametrize(("pair", "wanted"), MESSENGER.items())
def test_a_code_of_messenger(pair: tuple[int, int], wanted: Outcome) -> None:
    said = messenger.meaning(Fault(*pair, message="their words"))
    assert same(said, wanted), said


def test_one_person_is_waited_for_longer_each_time() -> None:
    waits = [whatsapp.meaning(Fault(131056), attempt) for attempt in (1, 2, 3)]
    assert [w.retry_after for w in waits if isinstance(w, Deferred)] == [4.0, 16.0, 64.0]


@pytest.mark.parametrize("read", [whatsapp.read, messenger.read])
def test_an_answer_that_is_not_metas_own_leaves_it_open(read: object) -> None:
    assert callable(read)
    assert isinstance(read(502, None), Uncertain)
    assert isinstance(read(500, []), Uncertain)
    assert isinstance(read(200, {"hello": 1}), Uncertain)
    slow = read(429, None)
    assert isinstance(slow, Deferred) and slow.scope is Scope.ACCOUNT
    assert read(400, {"error": "what"}) == Refused(Reason.REJECTED, code="-1")
