"""Whose a refusal is: one recipient's, until a second, different one is refused the same way."""

from __future__ import annotations

import pytest

from broadcast.engine.doubt import Doubts
from broadcast.outcome import Accepted, Deferred, Outcome, Reason, Refused, Scope
from broadcast.store.deliveries import Claimed
from channels._kit.graph.api import Fault
from channels.messenger import outcome as messenger
from channels.whatsapp import outcome as whatsapp

ODD = Refused(
    Reason.CONTENT, False, Scope.ACCOUNT, "132018", "a tab", mend="Change it", proven=False
)


def item(number: int, attempt: int = 1) -> Claimed:
    return Claimed(number, number, str(number), attempt)


def scope(said: Outcome) -> Scope | None:
    return said.scope if isinstance(said, Refused) else None


def test_one_recipients_refusal_is_tried_once_more_and_then_theirs() -> None:
    doubts = Doubts()
    first = doubts.weigh(item(1), ODD)
    assert isinstance(first, Deferred) and first.scope is Scope.RECIPIENT and first.retry_after > 0
    second = doubts.weigh(item(1, 2), ODD)
    assert scope(second) is Scope.RECIPIENT and isinstance(second, Refused) and not second.mend


def test_a_second_recipient_refused_the_same_way_is_everybodys() -> None:
    doubts = Doubts()
    doubts.weigh(item(1), ODD)
    assert doubts.weigh(item(2), ODD) is ODD
    assert doubts.weigh(item(3), ODD) is ODD


def test_another_way_is_another_doubt() -> None:
    doubts = Doubts()
    doubts.weigh(item(1), ODD)
    other = Refused(Reason.CONTENT, False, Scope.ACCOUNT, "131009", proven=False)
    assert isinstance(doubts.weigh(item(2), other), Deferred)


def test_after_an_admin_went_on_a_few_odd_people_are_only_themselves() -> None:
    doubts = Doubts(resumed=True)
    assert isinstance(doubts.weigh(item(2), ODD), Deferred)
    assert scope(doubts.weigh(item(1, 2), ODD)) is Scope.RECIPIENT, "refused in the run before, too"
    for number in (3, 4, 5):
        doubts.weigh(item(number), ODD)
    assert doubts.weigh(item(6), ODD) is ODD, "six are not odd by themselves"


@pytest.mark.parametrize(
    "said",
    [
        Accepted(("1",)),
        Refused(Reason.BLOCKED, True),
        Refused(Reason.AUTHORIZATION, False, Scope.ACCOUNT, "190"),
        Deferred(Reason.THROTTLED, 1.0, Scope.ACCOUNT),
    ],
)
def test_what_is_certain_is_not_doubted(said: Outcome) -> None:
    assert Doubts().weigh(item(1), said) is said


@pytest.mark.parametrize("code", [100, 131008, 131009, 132000, 132005, 132012, 132018, 131053])
def test_what_whatsapp_may_say_of_one_value_is_not_proven(code: int) -> None:
    said = whatsapp.meaning(Fault(code))
    assert isinstance(said, Refused) and said.scope is Scope.ACCOUNT and not said.proven


@pytest.mark.parametrize("code", [0, 190, 3, 131042, 131048, 132001, 132015])
def test_what_whatsapp_says_of_the_account_or_the_template_is(code: int) -> None:
    said = whatsapp.meaning(Fault(code))
    assert isinstance(said, Refused) and said.scope is Scope.ACCOUNT and said.proven


@pytest.mark.parametrize(
    ("code", "subcode", "proven"),
    [(100, 0, False), (10, 0, True), (10, 1893063, True), (10, 9999999, False), (190, 463, True)],
)
def test_what_messenger_proves(code: int, subcode: int, proven: bool) -> None:
    said = messenger.meaning(Fault(code, subcode))
    assert isinstance(said, Refused) and said.scope is Scope.ACCOUNT and said.proven is proven


def test_a_conversation_somebody_else_has_is_one_persons() -> None:
    assert scope(messenger.meaning(Fault(10, 2018300))) is Scope.RECIPIENT
