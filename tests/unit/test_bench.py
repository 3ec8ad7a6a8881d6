"""The arithmetic of the measurements: shares, idleness, fairness, ratios, and what counts as met."""

from __future__ import annotations

from typing import Any

import pytest

from lab.bench import breadth, comparison, everything, targets, venvs
from lab.bench.comparison import OURS, PEERS, Row
from lab.bench.everything import Part
from lab.bench.installation import trial_of
from lab.bench.report import rank_ms
from lab.bench.sink import Account, Notes
from lab.bench.targets import Mark

EVEN = [100 + i / 10 for i in range(11)]  # ten a second, for one second


def notes(arrivals: list[float], throttled: int = 0) -> dict[str, Any]:
    return {"arrivals": arrivals, "throttled": throttled}


def test_an_account_that_uses_its_allowance_idles_nowhere() -> None:
    used = breadth.use({"a": notes(EVEN)}, rate=10, launched=99.5)
    assert used["share_min"] == used["share_median"] == 1.0
    assert used["longest_idle_seconds"] == 0.0
    assert used["slowest_start_seconds"] == 0.5


def test_the_account_that_waited_is_found_among_the_others() -> None:
    waited = EVEN[:6] + [at + 1 for at in EVEN[6:]]
    accounts = {"a": notes(EVEN), "b": notes(waited, throttled=2), "c": notes(EVEN)}
    used = breadth.use(accounts, rate=10, launched=100)
    assert used["share_min"] == 0.5
    assert used["share_median"] == 1.0
    assert used["longest_idle_seconds"] == 1.0
    assert used["refused"] == 2


def test_broadcasts_that_take_turns_are_served_fairly_and_one_after_the_other_is_not() -> None:
    turns = [("a", one) for one in (1, 2, 3, 4)] * 10
    queue = [("b", one) for one in (1, 2) for _ in range(20)]
    assert breadth.fair(turns)["fairness_min"] == 1.0
    both = breadth.fair(turns + queue)
    assert both == {"fairness_min": 0.0, "fairness_median": 0.5}


def breadth_found(**changed: dict[str, Any]) -> dict[str, Any]:
    found = {
        "shared": {
            "share_min": 0.99,
            "longest_idle_seconds": 0.1,
            "refused": 0,
            "fairness_min": 0.9,
        },
        "small": {
            "while_planning_seconds": 1.0,
            "while_sending_seconds": 1.0,
            "recipients": 10,
            "large_recipients": 1_000_000,
        },
        "replies": {"at_the_allowance": {"p99_ms": 50.0}, "without_a_limit": {"p99_ms": 50.0}},
    }
    return {name: values | changed.get(name, {}) for name, values in found.items()}


@pytest.mark.parametrize(
    ("mark", "changed"),
    [
        ("no_account_idles", {"shared": {"share_min": 0.9}}),
        ("no_account_idles", {"shared": {"longest_idle_seconds": 0.5}}),
        ("never_beyond_the_allowance", {"shared": {"refused": 1}}),
        ("broadcasts_share_fairly", {"shared": {"fairness_min": 0.5}}),
        ("small_one_in_time", {"small": {"while_planning_seconds": 6.0}}),
        ("small_one_in_time", {"small": {"while_sending_seconds": 6.0}}),
        ("replies_in_time", {"replies": {"without_a_limit": {"p99_ms": 120.0}}}),
    ],
)
def test_each_mark_of_breadth_can_be_missed_alone(mark: str, changed: dict[str, Any]) -> None:
    assert all(breadth.marks(breadth_found()).values())
    met = breadth.marks(breadth_found(**changed))
    assert [name for name, holds in met.items() if not holds] == [mark]
    found = breadth_found(**changed)
    told = targets.breadth(found | {"marks": met})
    assert not all(one.met for one in told)


def test_a_percentile_is_a_wait_somebody_really_had() -> None:
    assert rank_ms([], 0.99) == 0.0
    assert rank_ms([0.001] * 99 + [0.5], 0.99) == 500.0
    assert rank_ms([0.001] * 99 + [0.5], 0.5) == 1.0


def pacing_found(rate: float, **changed: Any) -> dict[str, Any]:
    """A run that is met, but for what is changed."""
    row: dict[str, Any] = {
        "allowed_per_second": rate, "achieved_ratio": 0.995, "throttled": 0, "cpu_share": 0.05,
        "worst_second_messages": max(rate + 1, int(1.02 * rate)),
        "worst_50ms_messages": int(0.1 * rate),
        "after_429": {
            "told_to_wait_seconds": 2, "waited_seconds": 2.04, "full_rate_after_seconds": 0.1,
        },
    }  # fmt: skip
    after = {name: changed.pop(name) for name in row["after_429"] if name in changed}
    return {"rates": [row | {"after_429": row["after_429"] | after} | changed]}


@pytest.mark.parametrize("rate", [30.0, 80.0, 1000.0])
@pytest.mark.parametrize(
    "changed",
    [
        {"achieved_ratio": 0.994},
        {"worst_second_messages": 1.025},
        {"worst_50ms_messages": 0.14},
        {"throttled": 1},
        {"waited_seconds": 1.9},
        {"waited_seconds": 3.0},
        {"full_rate_after_seconds": 2.1},
        {"full_rate_after_seconds": -1.0},
    ],
)
def test_each_mark_of_pacing_can_be_missed_alone(rate: float, changed: dict[str, Any]) -> None:
    assert all(one.met for one in targets.pacing(pacing_found(rate)))
    missed = {
        name: int(value * rate) + 2 if name.endswith("_messages") else value
        for name, value in changed.items()
    }
    assert [one.met for one in targets.pacing(pacing_found(rate, **missed))].count(False) == 1


def test_a_fast_loop_beside_ours_and_a_late_first_message_are_not_met() -> None:
    found = {
        "ratio_to_bare_loop": 0.95, "ratio_to_aiogram_send_message": 3.0,
        "engine_cpu_ms_per_1000": 15,
    }  # fmt: skip
    assert all(one.met for one in targets.fanout(found))
    slower = targets.fanout(found | {"ratio_to_aiogram_send_message": 2.9})
    assert [one.met for one in slower] == [True, False, True]
    row = {"recipients": 1_000_000, "first_message_seconds": 1.0}
    assert all(one.met for one in targets.size({"sizes": [row]}))
    late = targets.size({"sizes": [row | {"first_message_seconds": 1.1}]})
    assert not any(one.met for one in late)


@pytest.mark.parametrize(("rate", "most"), [(30.0, 31), (80.0, 81), (1000.0, 1020)])
def test_the_sink_takes_what_the_allowance_lets_through_and_refuses_the_next(
    rate: float, most: int
) -> None:
    notes, account = Notes(trial_of("telegram"), rate, people=False), Account()
    waits = [notes._too_many(account, 1.0 + i / 10_000) for i in range(most + 1)]
    assert waits == [0] * most + [1]


def row(peer: comparison.Peer, *rates: float, **after_kill: Any) -> Row:
    made = Row(peer, "1.0")
    made.rates, made.after_kill = list(rates), after_kill
    return made


def test_ratios_are_taken_within_a_round_and_the_fastest_peer_counts() -> None:
    ours = row(OURS, 1000, 5000, 8000, got_nothing=3, got_it_twice=0, uncertain=40)
    slow, fast = row(PEERS[0], 100, 500, 800), row(PEERS[1], 250, 1000, 2000, got_it_twice=9)
    found = comparison.summary([ours, slow, fast], 100)
    assert [one.get("ours_to_theirs") for one in found["peers"]] == [None, 10.0, 4.0]
    assert found["ratio_to_the_fastest"] == 4.0
    assert found["holds"]
    assert found["lost_without_a_word"] == found["doubled"] == 0
    assert found["peers"][2]["got_it_twice"] == 9
    assert all(one.met for one in targets.peers(found))


def test_a_peer_that_could_not_run_stays_in_the_table_with_its_reason() -> None:
    absent = Row(PEERS[0], why_not="not installed: no such package")
    found = comparison.summary([row(OURS, 1000.0), absent, row(PEERS[1], 500.0)], 100)
    assert found["peers"][1]["why_not"] == "not installed: no such package"
    assert found["ran"] == 1
    assert not found["holds"], "2 is not 4"


def test_where_no_peer_ran_nothing_is_claimed() -> None:
    found = comparison.summary([row(OURS, 1000.0), Row(PEERS[0], why_not="offline")], 100)
    assert found["ratio_to_the_fastest"] is None
    assert not found["holds"]


@pytest.mark.parametrize(
    ("after_kill", "lost"),
    [
        ({"got_nothing": 5, "got_it_twice": 0, "uncertain": 2}, 3),
        ({"got_nothing": 0, "got_it_twice": 1, "uncertain": 2}, 0),
        ({"not_killed": "it was done before"}, None),
    ],
)
def test_speed_is_not_enough_when_a_kill_loses_or_doubles_somebody(
    after_kill: dict[str, Any], lost: int | None
) -> None:
    found = comparison.summary([row(OURS, 1000.0, **after_kill), row(PEERS[0], 1.0)], 100)
    assert found["lost_without_a_word"] == lost
    assert not found["holds"]
    told = targets.peers(found)
    assert told[0].met
    assert not all(one.met for one in told)


def test_ours_is_timed_until_the_last_record_and_theirs_until_the_last_message() -> None:
    arrived = {"a": notes(EVEN[::2]), "b": notes(EVEN[1::2])}
    assert comparison.speed(arrived) == pytest.approx(10)
    assert comparison.speed(arrived, ended=102.0) == pytest.approx(5)


def test_why_an_installation_failed_is_said_in_a_line() -> None:
    output = (
        "WARNING: retrying\nERROR: No matching distribution found for tgcast\nWARNING: old pip\n"
    )
    assert venvs.reason(output) == "ERROR: No matching distribution found for tgcast"
    assert venvs.reason("Traceback:\nModuleNotFoundError: no x\n\n") == "ModuleNotFoundError: no x"
    assert venvs.reason("") == "it said nothing"


async def test_what_cannot_be_installed_is_refused_once_for_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    asked = []

    async def refuse(*command: str) -> str:
        asked.append(command)
        raise venvs.NotInstalled("offline")

    monkeypatch.setattr(venvs, "_run", refuse)
    made = venvs.Venvs(tmp_path)
    for _ in range(2):
        with pytest.raises(venvs.NotInstalled, match="offline"):
            await made.python(("aiogram",))
    assert len(asked) == 1


async def test_one_that_fails_does_not_stop_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"storage": (1, None), "console": (0, {"holds": True}), "pacing": (0, {})}

    async def run(part: Part) -> tuple[int, dict[str, Any] | None]:
        return answers[part.command]

    monkeypatch.setattr(everything, "_run", run)
    parts = (
        Part("storage", "", targets.storage),
        Part("pacing", "", targets.pacing),
        Part("console", "--recipients 7", targets.holds),
        Part("intake", "", targets.holds),
    )
    said: list[str] = []
    found = await everything.everything({"storage", "console", "pacing"}, said.append, parts)
    assert [one["met"] for one in found["marks"]] == [False, False, True]
    assert found["marks"][0]["measured"] == "exit 1"
    assert found["sizes"][2]["options"] == "--recipients 7"
    assert (found["met"], found["not_met"], found["holds"]) == (1, 2, False)
    assert len(said) == 3, "what is not there is not run"


async def test_a_command_with_wrong_options_is_told_apart_from_one_that_measured() -> None:
    code, found = await everything._run(Part("storage", "--nonsense", targets.storage))
    assert (code, found) == (2, None)


def test_ratios_come_first() -> None:
    found = [Mark("a", "absolute", "1", "≥ 1", True), Mark("b", "ratio", "1", "≥ 1", True, True)]
    told = everything.summary(found, [], 1)
    assert [one["bench"] for one in told["marks"]] == ["b", "a"]


def test_only_an_object_on_the_last_line_counts() -> None:
    assert everything.last_object('starting\n{"a": 1}\n') == {"a": 1}
    assert everything.last_object('{"a": 1}\nTraceback') is None
    assert everything.last_object("[1]") is None
    assert everything.last_object("") is None


def test_every_part_of_all_is_a_command_there_is_or_will_be() -> None:
    from lab.commands import bench

    known = {command.name for command in bench.registered_commands}
    assert {part.command for part in everything.PARTS} - known <= {"intake"}
