"""When a broadcast stops itself: rates over a window, by class of error, and the first few."""

from __future__ import annotations

from collections import Counter

import pytest

from broadcast.outcome import Reason
from broadcast.safety import Alarm, Canary, Danger, Limits, Streak, Window, judge
from broadcast.states import DeliveryStatus

S = DeliveryStatus
LIMITS = Limits(window=20, failed=20, blocked=40, unavailable=50, uncertain=20, opt_out=5)


def feed(window: Window, *results: tuple[DeliveryStatus, str], times: int = 1) -> Alarm | None:
    alarm = None
    for _ in range(times):
        for status, reason in results:
            alarm = alarm or window.take_result(status, reason)
    return alarm


def test_a_fifth_that_fails_stops_it_and_the_commonest_reasons_are_told() -> None:
    window = Window(LIMITS)
    assert feed(window, (S.SENT, ""), times=16) is None
    assert feed(window, (S.FAILED, Reason.REJECTED), times=3) is None
    alarm = feed(window, (S.FAILED, Reason.NOT_PERMITTED))
    assert alarm is not None
    assert (alarm.danger, alarm.count, alarm.of) == (Danger.FAILED, 4, 20)
    assert alarm.reasons == (("rejected", 3), ("not_permitted", 1))


def test_nothing_stops_before_the_window_is_full() -> None:
    assert feed(Window(LIMITS), (S.FAILED, Reason.REJECTED), times=19) is None


def test_what_lies_behind_the_window_is_forgotten() -> None:
    window = Window(LIMITS)
    feed(window, (S.FAILED, Reason.REJECTED), times=3)
    feed(window, (S.SENT, ""), times=17)
    assert feed(window, (S.SENT, ""), times=3) is None
    assert feed(window, (S.FAILED, Reason.REJECTED), times=3) is None


@pytest.mark.parametrize(
    ("status", "reason", "danger", "count"),
    [
        (S.FAILED, Reason.BLOCKED, Danger.BLOCKED, 8),
        (S.UNCERTAIN, Reason.NO_ANSWER, Danger.UNCERTAIN, 4),
        (S.DEFERRED, Reason.UNAVAILABLE, Danger.UNAVAILABLE, 10),
    ],
)
def test_each_class_of_error_has_a_limit_of_its_own(
    status: DeliveryStatus, reason: Reason, danger: Danger, count: int
) -> None:
    window = Window(LIMITS)
    feed(window, (S.SENT, ""), times=20)
    assert feed(window, (status, reason), times=count - 1) is None
    alarm = feed(window, (status, reason))
    assert alarm is not None and (alarm.danger, alarm.count) == (danger, count)


def test_what_an_admin_waived_does_not_stop_it_again() -> None:
    window = Window(LIMITS, frozenset({Danger.FAILED}))
    assert feed(window, (S.FAILED, Reason.REJECTED), times=40) is None


def test_a_limit_of_nothing_is_not_watched() -> None:
    assert feed(Window(Limits(window=20, failed=0)), (S.FAILED, "odd"), times=40) is None


def test_an_alarm_survives_being_written_down() -> None:
    alarm = Alarm(Danger.BLOCKED, 90, 200, (("blocked", 80), ("deactivated", 10)), canary=True)
    assert Alarm.read(alarm.written()) == alarm
    assert Alarm.read("authorization: Unauthorized") is None


def test_the_first_few_are_judged_by_what_was_tried_and_by_who_left() -> None:
    results = Counter({(S.SENT, ""): 95, (S.SKIPPED, "opted_out"): 400, (S.FAILED, "rejected"): 5})
    assert judge(LIMITS, results, left=4) is None
    alarm = judge(LIMITS, results, left=5, canary=True)
    assert alarm is not None and (alarm.danger, alarm.count, alarm.of) == (Danger.OPT_OUT, 5, 100)
    assert alarm.canary


def test_two_among_a_handful_say_nothing() -> None:
    results = Counter({(S.SENT, ""): 3, (S.FAILED, "rejected"): 2})
    assert judge(LIMITS, results, left=0) is None


@pytest.mark.parametrize(
    ("written", "planned", "first"),
    [
        ("500", 12_000, 500),
        ("500", 500, 0),
        ("5%", 1000, 50),
        ("2,5 % ask", 1000, 25),
        ("5%", 3, 1),
        ("off", 1000, 0),
        ("", 1000, 0),
    ],
)
def test_who_goes_first(written: str, planned: int, first: int) -> None:
    assert Canary.read(written).size(planned) == first


def test_a_canary_reads_what_it_writes() -> None:
    for written in ("500", "5%", "2.5% ask", "off"):
        assert str(Canary.read(written)) == written


@pytest.mark.parametrize("wrong", ["0", "100%", "many", "-5", "2.5", "5% please"])
def test_what_is_no_canary_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="canary"):
        Canary.read(wrong)


SILENT, BAD, GONE = (S.UNCERTAIN, "no_answer"), (S.FAILED, "rejected"), (S.FAILED, "blocked")
AGAIN, BUSY = (S.DEFERRED, "unavailable"), (S.DEFERRED, "throttled")


def row(streak: Streak, *results: tuple[DeliveryStatus, str]) -> Alarm | None:
    """The alarm that the last of these sets off; none may come before."""
    alarm = None
    for status, reason in results:
        assert alarm is None
        if status == S.SENT:
            streak.take_success()
        else:
            alarm = streak.take_result(status, reason)
    return alarm


def test_eight_without_an_answer_before_the_first_success_stop_it() -> None:
    alarm = row(Streak(Limits()), *[SILENT] * 8)
    assert alarm == Alarm(Danger.UNCERTAIN, 8, 8, (("no_answer", 8),))


def test_of_several_reasons_the_commonest_is_told() -> None:
    alarm = row(Streak(Limits()), *[SILENT] * 3, *[BAD] * 5)
    assert alarm is not None and (alarm.danger, alarm.count, alarm.of) == (Danger.FAILED, 5, 8)


def test_a_list_that_begins_with_people_who_are_gone_goes_on() -> None:
    streak = Streak(Limits())
    assert row(streak, *[GONE] * 30, *[BAD] * 7, (S.SENT, "")) is None
    assert row(streak, *[BAD] * 30, *[GONE] * 30) is None, "somebody got it: rates decide"


def test_an_outage_the_platform_admits_mends_itself() -> None:
    assert row(Streak(Limits()), *[AGAIN] * 30, *[BUSY] * 30) is None


def test_silence_in_the_middle_stops_it_later_and_a_word_breaks_it() -> None:
    streak = Streak(Limits())
    assert row(streak, (S.SENT, ""), *[SILENT] * 15, BAD, *[SILENT] * 15, (S.SENT, "")) is None
    alarm = row(streak, *[SILENT] * 16)
    assert alarm is not None and alarm.danger is Danger.UNCERTAIN


def test_few_may_be_on_their_way_until_somebody_got_it() -> None:
    streak = Streak(Limits())
    assert streak.room(7) and not streak.room(8)
    row(streak, *[SILENT] * 3)
    assert streak.room(4) and not streak.room(5)
    streak.take_success()
    assert streak.room(1000)


@pytest.mark.parametrize(
    "streak",
    [
        Streak(Limits(opening=0)),
        Streak(Limits(), frozenset({Danger.UNCERTAIN})),
        Streak(Limits(uncertain=0)),
    ],
)
def test_what_is_not_watched_does_not_stop_it(streak: Streak) -> None:
    assert row(streak, *[SILENT] * 100) is None
    assert streak.room(0)
