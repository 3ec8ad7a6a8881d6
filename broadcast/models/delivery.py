"""One message to one address: its state, its tries, its counts."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from broadcast.states import DeliveryStatus


class Lane(SQLModel, table=True):
    """One broadcast on one account: its deliveries are claimed, paced and counted together."""

    __table_args__ = (UniqueConstraint("broadcast_id", "channel", "account"),)
    lane_id: int | None = Field(default=None, primary_key=True)
    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id")
    channel: str
    account: str
    planned: int = 0


class Tally(SQLModel, table=True):
    """How many deliveries of a lane ended in a status. The database keeps it (see TALLIES)."""

    __table_args__ = ({"sqlite_with_rowid": False},)
    lane_id: int = Field(primary_key=True)
    status: int = Field(primary_key=True, sa_type=sa.SmallInteger)
    deliveries: int = 0


class Delivery(SQLModel, table=True):
    """One message to one address. `status` is a DeliveryStatus number."""

    __table_args__ = (
        Index(
            "ix_delivery_open",
            "broadcast_id",
            "lane_id",
            "delivery_id",
            sqlite_where=sa.text("status < 20"),
            postgresql_where=sa.text("status < 20"),
        ),
        Index(
            "ix_delivery_uncertain",
            "address_id",
            sqlite_where=sa.text("status = 20"),
            postgresql_where=sa.text("status = 20"),
        ),
        Index(
            "ix_delivery_corrected",
            "broadcast_id",
            "content_version",
            "status",
            sqlite_where=sa.text("content_version > 1"),
            postgresql_where=sa.text("content_version > 1"),
        ),
    )
    delivery_id: int | None = Field(default=None, primary_key=True)
    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id")
    # of the lane it was planned from; kept free of a foreign key, which SQLite cannot add later
    lane_id: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    address_id: int = Field(foreign_key="address.address_id")
    status: int = Field(default=DeliveryStatus.PLANNED, sa_type=sa.SmallInteger)
    attempt: int = Field(default=0, sa_type=sa.SmallInteger)
    # Of the content that its last try sent
    content_version: int = Field(
        default=1, sa_type=sa.SmallInteger, sa_column_kwargs={"server_default": "1"}
    )
    due_at: float | None = None  # Unix seconds, only while deferred
    sent_at: float | None = None  # Unix seconds
    reason: str | None = None
    detail: str | None = None
    receipt: str | None = None  # the platform's ids, comma separated


# Whoever changes a status, by whatever statement, the tallies follow in the same transaction.
# Only ends are counted (20 and above): what is open is what was planned less those.
TALLIES = (
    """CREATE TRIGGER tally_ended AFTER UPDATE OF status ON delivery
    WHEN new.status >= 20 AND new.status <> old.status BEGIN UPDATE tally
    SET deliveries = deliveries + 1 WHERE lane_id = new.lane_id AND status = new.status; END""",
    """CREATE TRIGGER tally_left AFTER UPDATE OF status ON delivery
    WHEN old.status >= 20 AND new.status <> old.status BEGIN UPDATE tally
    SET deliveries = deliveries - 1 WHERE lane_id = old.lane_id AND status = old.status; END""",
)
for _statement in TALLIES:
    sa.event.listen(
        SQLModel.metadata.tables["delivery"],
        "after_create",
        sa.DDL(_statement).execute_if(dialect="sqlite"),  # type: ignore[no-untyped-call]
    )


class Attempt(SQLModel, table=True):
    """A try that was not the last: what it came to stays when the delivery is tried again."""

    attempt_id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.delivery_id", index=True)
    status: int = Field(sa_type=sa.SmallInteger)
    kept_at: float  # Unix seconds
    reason: str | None = None
    detail: str | None = None


class AwaitedReceipt(SQLModel, table=True):
    """A message whose later news names only the platform's id or the address, not our delivery."""

    __tablename__ = "awaited_receipt"
    receipt_id: str = Field(primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.delivery_id", index=True)
    address_id: int = Field(index=True)
    sent_at: float  # Unix seconds


class Begun(SQLModel, table=True):
    """When we last began with somebody outside their window: what a daily limit counts."""

    __table_args__ = (Index("ix_begun_channel_at", "channel", "at"),)
    address_id: int = Field(primary_key=True)
    channel: str
    at: float  # Unix seconds


class WaitingDelivery(SQLModel, table=True):
    """A delivery that goes out when the person next writes, or not at all."""

    __tablename__ = "waiting_delivery"
    delivery_id: int = Field(primary_key=True, foreign_key="delivery.delivery_id")
    broadcast_id: int = Field(index=True)
    address_id: int = Field(index=True)
