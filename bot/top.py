"""`tellal top`: accounts, lanes, rates, retries and ETA of the running product, from its /metrics."""

from __future__ import annotations

import math
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException

from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

_SECONDS = 1.0
_SMOOTH = 6  # looks between whose first and last a rate is taken
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


def look(url: str, token: str = "") -> Sample:
    """Raises Unreachable, with a sentence."""
    bring = {"Authorization": f"Bearer {token}"} if token else {}
    asked = urllib.request.Request(f"{url}/metrics", headers=bring)
    try:
        with urllib.request.urlopen(asked, timeout=_PATIENCE_SECONDS) as answer:
            return read(answer.read().decode(), time.monotonic())
    except (urllib.error.URLError, HTTPException, OSError, ValueError) as error:
        why = getattr(error, "reason", error)
        raise Unreachable(
            f"No Tellal lets us watch at {url} ({why}). Is it running, with the same "
            "TELLAL_HTTP__METRICS_PORT, or TELLAL_HTTP__PORT and TELLAL_HTTP__METRICS_TOKEN?"
        ) from None


def view(before: Sample, now: Sample, width: int) -> Group:
    """The screen, with rates between two looks; readable from 80 columns."""
    waiting = now.get("tellal_updates_waiting")
    head = Text(f"{time.strftime('%H:%M:%S')}   updates waiting: {waiting:.0f}", style="dim")
    stopped: list[Text] = []
    if now.get("tellal_halted"):
        words = "EVERYTHING IS STOPPED. In the console, /lift lets it go on."
        stopped = [Text(words, style="bold red")]
    return Group(
        head, *stopped, Text(), _accounts(before, now), Text(), *_broadcasts(before, now, width)
    )


def _accounts(before: Sample, now: Sample) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("account", no_wrap=True)
    for name in ("a second", "allowed", "in flight", "running", "replies", "closed"):
        table.add_column(name, justify="right", no_wrap=True)
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


@dataclass(frozen=True)
class _Run:
    """How far something is: a broadcast, or its part on one account."""

    name: str
    done: float
    total: float
    rate: float = 0.0
    runs: bool = True

    @property
    def left(self) -> float:
        """Seconds; infinite while nothing moves."""
        to_go = self.total - self.done
        return to_go / self.rate if self.rate else math.inf if to_go > 0 else 0.0

    def line(self, number: str, width: int, left: float, style: str = "") -> Text:
        """Number, name, bar, percent, rate and the seconds that are left, in columns."""
        share = self.done / self.total if self.total else 0.0
        bar = max(8, min(_BAR, width - 54))
        full = int(bar * share)
        return Text(
            f"{number:<5}{_short(self.name, 22):<22} {'█' * full}{'░' * (bar - full)}"
            f" {int(100 * share):>3} %"
            + (f" {self.rate:>7.1f}/s" if self.runs else "")
            + (f"  {_duration(left)} left" if self.runs and 0.5 <= left < math.inf else ""),
            style=style,
            no_wrap=True,
        )


def _broadcasts(before: Sample, now: Sample, width: int) -> Iterator[Text]:
    """The latest first: a line, its sums, and a line an account where it goes out on several."""
    numbers = (labels[0] for labels in now.each("tellal_broadcast_planned"))
    for number in sorted(numbers, key=int, reverse=True):
        total, state = now.get("tellal_broadcast_planned", number), now.state(number)
        runs = state not in _ENDED
        rate = _speed(before, now, number) if runs else 0.0
        done = now.ended(number)
        run, lanes = _Run(state, done, total, rate, runs), _lanes(before, now, number)
        left = max([lane.left for lane in lanes], default=run.left)  # the slowest decides
        yield run.line(f"#{number}", width, left, "bold" if runs else "dim")
        sums = [f"{word} {_of(now, number, *names):,.0f}" for word, names in _SUMS.items()]
        retries = now.get("tellal_tries_put_off_total", number)
        sums += [f"to go {total - done:,.0f}", f"retries {retries:,.0f}"]
        yield Text(" " * 5 + "  ".join(sums), style="" if runs else "dim")
        if runs and len(lanes) > 1:
            yield from (lane.line("", width, lane.left, "dim") for lane in lanes)


_SUMS = {
    "sent": ("sent", "delivered", "read"), "failed": ("failed",), "skipped": ("skipped",),
    "uncertain": ("uncertain",),
}  # fmt: skip


def _lanes(before: Sample, now: Sample, number: str) -> list[_Run]:
    return [
        _Run(
            ":".join(labels[1:]),
            now.get("tellal_lane_ended", *labels),
            now.get("tellal_lane_planned", *labels),
            _rate(before, now, "tellal_lane_ended", *labels),
        )
        for labels in now.each("tellal_lane_planned")
        if labels[0] == number
    ]


def _speed(before: Sample, now: Sample, number: str) -> float:
    """Ends a second, between the looks; 0 for what was not there before."""
    if (number,) not in before.values.get("tellal_broadcast_planned", {}):
        return 0.0
    span = max(now.at - before.at, 1e-9)
    return max(0.0, (now.ended(number) - before.ended(number)) / span)


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def _of(sample: Sample, number: str, *statuses: str) -> float:
    return sum(sample.get("tellal_deliveries", number, status) for status in statuses)


def _rate(before: Sample, now: Sample, name: str, *labels: str) -> float:
    """A second, between the looks; 0 where it was not there before."""
    if labels not in before.values.get(name, {}):
        return 0.0
    span = max(now.at - before.at, 1e-9)
    return max(0.0, (now.get(name, *labels) - before.get(name, *labels)) / span)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def main(url: str, token: str = "", *, once: bool) -> int:
    """Until Ctrl+C; `once`: one screen, after a second of watching. Returns the exit code."""
    console = Console()
    try:
        looks = deque([look(url, token)], maxlen=_SMOOTH)
        time.sleep(_SECONDS)
        looks.append(look(url, token))
        if once:
            console.print(view(looks[0], looks[-1], console.width))
            return 0
        screen = console.is_terminal
        with Live(view(looks[0], looks[-1], console.width), console=console, screen=screen) as live:
            while True:
                time.sleep(_SECONDS)
                looks.append(look(url, token))
                live.update(view(looks[0], looks[-1], console.width))
    except Unreachable as nobody:
        console.print(str(nobody), markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 0
