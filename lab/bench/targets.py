"""What each measurement has to reach, read off the object it prints (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Found = dict[str, Any]


@dataclass
class Mark:
    """`ratio`: both sides were measured in the same run, so it holds for other machines too."""

    bench: str
    what: str
    measured: str
    mark: str
    met: bool
    ratio: bool = False


def _least(what: str, measured: float, mark: float, *, ratio: bool = False) -> Mark:
    return Mark("", what, f"{measured:g}", f"≥ {mark:g}", measured >= mark, ratio)


def _most(what: str, measured: float, mark: float, *, ratio: bool = False) -> Mark:
    return Mark("", what, f"{measured:g}", f"≤ {mark:g}", measured <= mark, ratio)


def fanout(found: Found) -> list[Mark]:
    """Beside the bare loop and, on Telegram, the usual way of sending."""
    made = [_least("to the bare loop", found["ratio_to_bare_loop"], 0.9, ratio=True)]
    if "ratio_to_aiogram_send_message" in found:
        usual = found["ratio_to_aiogram_send_message"]
        made.append(_least("to aiogram's send_message", usual, 3.0, ratio=True))
    return [*made, _most("engine, CPU ms per 1,000", found["engine_cpu_ms_per_1000"], 15)]


def pacing(found: Found) -> list[Mark]:
    """Of each rate: the share of it, the fullest windows, what was refused, and a 429 obeyed."""
    made = []
    for row in found["rates"]:
        rate, after = row["allowed_per_second"], row["after_429"]
        at = f"at {rate:g}/s: "
        fullest, most = row["worst_second_messages"], max(int(1.02 * rate), int(rate) + 1)
        waited, told = after["waited_seconds"], after["told_to_wait_seconds"]
        back = after["full_rate_after_seconds"]
        made += [
            _least(f"{at}of the allowance", row["achieved_ratio"], 0.995, ratio=True),
            _most(f"{at}fullest second, messages", fullest, most),
            _most(f"{at}fullest 50 ms, messages", row["worst_50ms_messages"], int(2 * 0.05 * rate)),
            _most(f"{at}refused", row["throttled"], 0),
            _least(f"{at}waited after a 429, s", waited, told - _CLOCKS_SECONDS),
            _most(f"{at}waited after a 429, s", waited, told + _LATER_SECONDS),
            Mark("", f"{at}at full rate again after it, s", f"{back:g}", "≤ 2", 0 <= back <= 2),
        ]
        if rate in _CPU_SHARES:
            made.append(_most(f"{at}CPU of a core", row["cpu_share"], _CPU_SHARES[rate]))
    return made


_CPU_SHARES = {30.0: 0.05, 1000.0: 0.35}
# The silence is seen at the sink, between two messages: what is left of a turn is in it.
_CLOCKS_SECONDS, _LATER_SECONDS = 0.01, 0.15


def storage(found: Found) -> list[Mark]:
    flat = found["claim_record_last_tenth_to_first"]
    return [
        _least("last tenth of the rows to the first", flat, 0.8, ratio=True),
        _least("claimed and recorded, rows/s", found["claim_record_rows_per_second"], 100_000),
        _most("planning, s", found["planning_seconds"], 1.5),
        _most("longest lock while planning, ms", found["planning_worst_lock_ms"], 100),
        _most("longest lock while sending, ms", found["claim_record_worst_lock_ms"], 100),
    ]


def size(found: Found) -> list[Mark]:
    made = [
        _most(f"memory, MB: {name.removeprefix('rss_growth_mb_').replace('_', ' ')}", value, 30)
        for name, value in found.items()
        if name.startswith("rss_growth_mb_")
    ]
    if (ratio := found.get("cpu_ratio_1000000_to_10000")) is not None:
        made.append(_most("CPU a message, a million to ten thousand", ratio, 1.1, ratio=True))
    for row in found["sizes"]:
        people, first = row["recipients"], row["first_message_seconds"]
        made.append(_most(f"first message to {people:,} people, s", first, 1))
    return made


def breadth(found: Found) -> list[Mark]:
    shared, small, replies = found["shared"], found["small"], found["replies"]
    met = found["marks"]
    seconds = max(small["while_planning_seconds"], small["while_sending_seconds"])
    return [
        _least("share of the allowance, least account", shared["share_min"], 0.98, ratio=True),
        _least("equal part, broadcast served least", shared["fairness_min"], 0.8, ratio=True),
        Mark("", "longest idle of an account, s", f"{shared['longest_idle_seconds']:g}",
             "no account idles", met["no_account_idles"]),
        Mark("", "refused", f"{shared['refused']}", "≤ 0", met["never_beyond_the_allowance"]),
        Mark("", f"{small['recipients']} people beside {small['large_recipients']:,}, s",
             f"{seconds:g}", "< 5", met["small_one_in_time"]),
        *(_most(f"replies {name.replace('_', ' ')}, p99 ms", row["p99_ms"], 100)
          for name, row in replies.items()),
    ]  # fmt: skip


def flood(found: Found) -> list[Mark]:
    return [
        _most("a STOP in force, p99 s", found["stop_p99_seconds"], 1),
        _most("messages to who had left", found["sent_after_stop"], 0),
        _most("the slowest cancel, s", found["command_max_seconds"], 2),
        _most("memory, MB", found["rss_growth_mb"], 50),
    ]


def peers(found: Found) -> list[Mark]:
    ratio, lost, twice = (
        found[name] for name in ("ratio_to_the_fastest", "lost_without_a_word", "doubled")
    )
    fast = ratio is not None and ratio >= 4
    return [
        Mark("", f"to the fastest of {found['ran']} peers", f"{ratio}", "≥ 4", fast, True),
        Mark("", "killed: lost without a word", f"{lost}", "≤ 0", lost == 0),
        Mark("", "killed: got it twice", f"{twice}", "≤ 0", twice == 0),
    ]


def holds(found: Found) -> list[Mark]:
    """Of one that judges itself."""
    return [
        Mark("", "its own marks", "met" if found["holds"] else "not met", "met", found["holds"])
    ]
