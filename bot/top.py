"""`tellal top`: accounts, lanes, rates, retries and ETA of the running product, from its /metrics."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

_SECONDS = 1.0
_PATIENCE_SECONDS = 5.0
_BAR = 20
_LABELS = ("broadcast", "channel", "account", "status", "state")
_ENDED = ("completed", "cancelled", "failed")
Labels = tuple[str, ...]


class Unreachable(Exception):
    """No product answers there."""


@dataclass
class Sample:
    """One look. `values`: by metric name, then by label values in the order of _LABELS."""

    at: float
    values: dict[str, dict[Labels, float]] = field(default_factory=dict)

    def get(self, name: str, *labels: str) -> float:
        return self.values.get(name, {}).get(labels, 0.0)

    def each(self, name: str) -> list[Labels]:
        return sorted(self.values.get(name, {}))

    def state(self, broadcast: str) -> str:
        found = [
            labels[1] for labels in self.each("tellal_broadcast_state") if labels[0] == broadcast
        ]
        return found[0] if found else ""

    def ended(self, broadcast: str) -> float:
        counts = self.values.get("tellal_deliveries", {})
        return sum(
            n
            for (number, status), n in counts.items()
            if number == broadcast and status != "planned"
        )


def read(text: str, at: float) -> Sample:
    """A sample of what /metrics said."""
    sample = Sample(at)
    for family in text_string_to_metric_families(text):
        for line in family.samples:
            labels = tuple(line.labels[name] for name in _LABELS if name in line.labels)
            sample.values.setdefault(line.name, {})[labels] = line.value
    return sample


def look(url: str) -> Sample:
    """Raises Unreachable, with a sentence."""
    try:
        with urllib.request.urlopen(f"{url}/metrics", timeout=_PATIENCE_SECONDS) as answer:
            return read(answer.read().decode(), time.monotonic())
    except (urllib.error.URLError, OSError, ValueError) as error:
        why = getattr(error, "reason", error)
        raise Unreachable(
            f"No Tellal answers at {url} ({why}). Is it running, and is TELLAL_HTTP__PORT its port?"
        ) from None


def view(before: Sample, now: Sample) -> Group:
    """The screen, with rates between two looks."""
    waiting = now.get("tellal_updates_waiting")
    head = Text(f"{time.strftime('%H:%M:%S')}  updates waiting: {waiting:.0f}", style="dim")
    return Group(head, _accounts(before, now), _broadcasts(before, now))


def _accounts(before: Sample, now: Sample) -> Table:
    table = Table(title="Accounts", title_justify="left", expand=True)
    table.add_column("account", no_wrap=True)
    for name in ("a second", "allowed", "in flight", "broadcasts", "replies waiting", "closed for"):
        table.add_column(name, justify="right")
    for account in now.each("tellal_account_rate"):
        allowed = now.get("tellal_account_rate", *account)
        closed = now.get("tellal_account_closed_seconds", *account)
        table.add_row(
            ":".join(account),
            f"{_rate(before, now, 'tellal_account_messages_total', *account):.1f}",
            f"{allowed:g}" if allowed else "no limit",
            f"{now.get('tellal_account_in_flight', *account):.0f}",
            f"{now.get('tellal_account_broadcasts', *account):.0f}",
            f"{now.get('tellal_account_replies_waiting', *account):.0f}",
            _duration(closed) if closed else "",
            style="red" if closed else "",
        )
    return table


def _broadcasts(before: Sample, now: Sample) -> Table:
    table = Table("broadcast", "state", title="Broadcasts", title_justify="left", expand=True)
    for name in (
        "done", "sent", "failed", "skipped", "uncertain", "to go", "put off", "a second", "left",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    numbers = (labels[0] for labels in now.each("tellal_broadcast_total"))
    for number in sorted(numbers, key=int, reverse=True):
        total, done = now.get("tellal_broadcast_total", number), now.ended(number)
        span = max(now.at - before.at, 1e-9)
        known = (number,) in before.values.get("tellal_broadcast_total", {})
        rate = max(0.0, (done - before.ended(number)) / span) if known else 0.0
        state = now.state(number)
        runs = state not in _ENDED
        table.add_row(
            f"#{number}", state, _bar(done, total),
            *(f"{_of(now, number, *names):,.0f}" for names in _COLUMNS),
            f"{total - done:,.0f}", f"{now.get('tellal_tries_put_off_total', number):,.0f}",
            f"{rate:.1f}" if runs else "",
            _duration((total - done) / rate) if runs and rate and total > done else "",
            style="" if runs else "dim",
        )  # fmt: skip
        _add_lanes(table, before, now, number)
    return table


_COLUMNS = (("sent", "delivered", "read"), ("failed",), ("skipped",), ("uncertain",))


def _add_lanes(table: Table, before: Sample, now: Sample, number: str) -> None:
    """One line an account where a broadcast goes out on several."""
    lanes = [labels for labels in now.each("tellal_lane_planned") if labels[0] == number]
    if len(lanes) < 2 or now.state(number) in _ENDED:
        return
    for labels in lanes:
        planned = now.get("tellal_lane_planned", *labels)
        ended = now.get("tellal_lane_ended", *labels)
        rate = _rate(before, now, "tellal_lane_ended", *labels)
        left = _duration((planned - ended) / rate) if rate and planned > ended else ""
        empty = [""] * 4
        table.add_row(
            "", ":".join(labels[1:]), _bar(ended, planned), *empty, f"{planned - ended:,.0f}", "",
            f"{rate:.1f}", left, style="dim",
        )  # fmt: skip


def _of(sample: Sample, number: str, *statuses: str) -> float:
    return sum(sample.get("tellal_deliveries", number, status) for status in statuses)


def _rate(before: Sample, now: Sample, name: str, *labels: str) -> float:
    """A second, between the looks; 0 where it was not there before."""
    if labels not in before.values.get(name, {}):
        return 0.0
    span = max(now.at - before.at, 1e-9)
    return max(0.0, (now.get(name, *labels) - before.get(name, *labels)) / span)


def _bar(done: float, total: float) -> str:
    full = int(_BAR * done / total) if total else 0
    return "█" * full + "░" * (_BAR - full)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def main(url: str, *, once: bool) -> int:
    """Until Ctrl+C; `once`: one screen, after a second of watching. Returns the exit code."""
    console = Console()
    try:
        before = look(url)
        time.sleep(_SECONDS)
        now = look(url)
        if once:
            console.print(view(before, now))
            return 0
        with Live(view(before, now), console=console, screen=console.is_terminal) as live:
            while True:
                time.sleep(_SECONDS)
                before, now = now, look(url)
                live.update(view(before, now))
    except Unreachable as nobody:
        console.print(str(nobody), markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 0
