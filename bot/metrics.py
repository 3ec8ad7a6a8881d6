"""Numbers for /metrics, read from the ledger when asked: nothing to keep in step."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import or_
from sqlmodel import col, select

from broadcast.core import Core
from broadcast.machine import OPEN_BROADCASTS, DeliveryStatus
from broadcast.models import Broadcast
from broadcast.store.ledger import Ledger

RECENT = timedelta(days=1)
MOST = 50


class _Found(Collector):
    """What was gathered, in the shape prometheus-client writes."""

    def __init__(self, counts: dict[int, dict[DeliveryStatus, int]], totals: dict[int, int]):
        self._counts, self._totals = counts, totals

    def collect(self) -> Iterable[Metric]:
        deliveries = GaugeMetricFamily(
            "tellal_deliveries",
            "Deliveries of open and recent broadcasts by status",
            labels=["broadcast", "status"],
        )
        total = GaugeMetricFamily(
            "tellal_broadcast_total", "Deliveries planned for a broadcast", labels=["broadcast"]
        )
        for broadcast_id, counts in self._counts.items():
            total.add_metric([str(broadcast_id)], self._totals[broadcast_id])
            for status in DeliveryStatus:
                labels = [str(broadcast_id), status.name.lower()]
                deliveries.add_metric(labels, counts.get(status, 0))
        yield deliveries
        yield total


async def gather(core: Core) -> bytes:
    """The text exposition of every launched broadcast that is open or ended within a day."""
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
    ledger = Ledger(core.store)
    totals = {row.broadcast_id or 0: row.planned_total for row in reversed(rows)}
    counts = {number: await ledger.tallies(number) for number in totals}
    registry = CollectorRegistry()
    registry.register(_Found(counts, totals))
    return generate_latest(registry)
