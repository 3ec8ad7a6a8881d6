"""Numbers for /metrics, read from the ledger and the limiters when asked: nothing to keep in step."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import bindparam, or_, text
from sqlmodel import col, select

from bot.settings_sections import HttpSettings
from broadcast.account_key import AccountKey
from broadcast.context import Core
from broadcast.engine.pacing import Pacer
from broadcast.models import Broadcast
from broadcast.services import brake
from broadcast.states import OPEN_BROADCASTS, DeliveryStatus
from broadcast.store.deliveries import Ledger

RECENT = timedelta(days=1)
MOST = 50
Account = AccountKey
_LANES = text("""SELECT l.broadcast_id, l.channel, l.account, l.planned,
COALESCE((SELECT sum(deliveries) FROM tally t WHERE t.lane_id = l.lane_id), 0)
FROM lane l WHERE l.broadcast_id IN :broadcasts""").bindparams(
    bindparam("broadcasts", expanding=True)
)


@dataclass(eq=False)  # registered by identity
class _Found(Collector):
    """What was gathered, in the shape prometheus-client writes."""

    rows: list[Broadcast]
    counts: dict[int, dict[DeliveryStatus, int]]
    lanes: list[tuple[int, str, str, int, int]]  # broadcast, channel, account, planned, ended
    pacers: Mapping[Account, Pacer] = field(default_factory=dict)
    put_off: Mapping[int, int] = field(default_factory=dict)
    updates: int = 0
    consoles: Mapping[str, bool] = field(default_factory=dict)
    surplus: int = 0
    halted: int = 0

    def collect(self) -> Iterable[Metric]:
        yield from self._broadcasts()
        yield from self._lanes()
        yield from self._accounts()
        yield GaugeMetricFamily("tellal_updates_waiting", "Updates not handled yet", self.updates)
        yield GaugeMetricFamily(
            "tellal_halted", "1 while everything is stopped on every channel", self.halted
        )
        yield CounterMetricFamily(
            "tellal_updates_surplus",
            "Updates not kept because their sender sent too many",
            self.surplus,
        )
        connected = GaugeMetricFamily(
            "tellal_console_connected",
            "Whether the platform can bring us what admins do",
            labels=["console"],
        )
        for console, there in self.consoles.items():
            connected.add_metric([console], there)
        yield connected

    def _broadcasts(self) -> Iterable[Metric]:
        deliveries = GaugeMetricFamily(
            "tellal_deliveries",
            "Deliveries of open and recent broadcasts by status",
            labels=["broadcast", "status"],
        )
        total = GaugeMetricFamily(
            "tellal_broadcast_planned", "Deliveries planned for a broadcast", labels=["broadcast"]
        )
        state = GaugeMetricFamily(
            "tellal_broadcast_state", "1 for where it stands", labels=["broadcast", "state"]
        )
        repeated = CounterMetricFamily(
            "tellal_tries_put_off", "Tries that have to be repeated", labels=["broadcast"]
        )
        for row in self.rows:
            number = str(row.broadcast_id)
            total.add_metric([number], row.planned_total)
            state.add_metric([number, row.status], 1)
            repeated.add_metric([number], self.put_off.get(row.broadcast_id or 0, 0))
            for status in DeliveryStatus:
                count = self.counts[row.broadcast_id or 0].get(status, 0)
                deliveries.add_metric([number, status.name.lower()], count)
        yield from (deliveries, total, state, repeated)

    def _lanes(self) -> Iterable[Metric]:
        labels = ["broadcast", "channel", "account"]
        planned = GaugeMetricFamily(
            "tellal_lane_planned", "Deliveries of a broadcast on an account", labels=labels
        )
        ended = GaugeMetricFamily(
            "tellal_lane_ended", "Those of them that have ended, one way or another", labels=labels
        )
        for broadcast_id, channel, account, total, done in self.lanes:
            planned.add_metric([str(broadcast_id), channel, account], total)
            ended.add_metric([str(broadcast_id), channel, account], done)
        yield from (planned, ended)

    def _accounts(self) -> Iterable[Metric]:
        labels = ["channel", "account"]
        used = CounterMetricFamily(
            "tellal_account_messages", "Messages begun, replies included", labels=labels
        )
        gauges = {
            "rate": GaugeMetricFamily(
                "tellal_account_rate", "Messages a second it may send; 0: no limit", labels=labels
            ),
            "closed_seconds": GaugeMetricFamily(
                "tellal_account_closed_seconds",
                "How long the platform wants it to wait",
                labels=labels,
            ),
            "in_flight": GaugeMetricFamily(
                "tellal_account_in_flight", "Deliveries begun and not answered", labels=labels
            ),
            "replies_waiting": GaugeMetricFamily(
                "tellal_account_replies_waiting", "Answers that wait for a turn", labels=labels
            ),
            "broadcasts": GaugeMetricFamily(
                "tellal_account_broadcasts", "Broadcasts being sent on it", labels=labels
            ),
        }
        for account, pacer in self.pacers.items():
            used.add_metric(list(account), pacer.used)
            for name, gauge in gauges.items():
                gauge.add_metric(list(account), float(getattr(pacer, name)))
        yield from (used, *gauges.values())


async def gather(
    core: Core,
    pacers: Mapping[Account, Pacer] | None = None,
    put_off: Mapping[int, int] | None = None,
    updates: int = 0,
    consoles: Mapping[str, bool] | None = None,
    surplus: int = 0,
) -> bytes:
    """The text exposition: every account, and every launched broadcast open or ended within a day."""
    since = core.clock() - RECENT
    async with core.store.read() as session:
        rows = list(
            await session.scalars(
                select(Broadcast)
                .where(
                    col(Broadcast.launched_at).is_not(None),
                    or_(
                        col(Broadcast.status).in_([s.value for s in OPEN_BROADCASTS]),
                        col(Broadcast.completed_at) > since,
                        col(Broadcast.launched_at) > since,
                    ),
                )
                .order_by(col(Broadcast.broadcast_id).desc())
                .limit(MOST)
            )
        )
        numbers = [row.broadcast_id for row in rows]
        lanes = [
            (int(number), str(channel), str(account), int(planned), int(ended))
            for number, channel, account, planned, ended in await session.execute(
                _LANES, {"broadcasts": numbers}
            )
        ]
        halted = await brake.standing_halt(session) is not None
    ledger = Ledger(core.store)
    rows.reverse()
    counts = {number: await ledger.tallies(number) for number in numbers if number is not None}
    registry = CollectorRegistry()
    registry.register(
        _Found(
            rows,
            counts,
            lanes,
            pacers or {},
            put_off or {},
            updates,
            consoles or {},
            surplus,
            int(halted),
        )  # fmt: skip
    )
    return generate_latest(registry)


def open_to_all(http: HttpSettings) -> bool:
    """Whether somebody on another machine may see the numbers without a token."""
    if not http.metrics_port or http.metrics_token.get_secret_value():
        return False
    try:
        return not ipaddress.ip_address(http.metrics_host.strip("[]")).is_loopback
    except ValueError:
        return http.metrics_host.lower() != "localhost"
