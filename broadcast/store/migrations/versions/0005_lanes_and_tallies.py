"""Lanes (a broadcast on an account) and the tallies the database keeps of them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OPEN = sa.text("status < 20")
ENDS = (20, 30, 31, 40, 50, 60)
TALLIES = (
    """CREATE TRIGGER tally_ended AFTER UPDATE OF status ON delivery
    WHEN new.status >= 20 AND new.status <> old.status BEGIN UPDATE tally
    SET deliveries = deliveries + 1 WHERE lane_id = new.lane_id AND status = new.status; END""",
    """CREATE TRIGGER tally_left AFTER UPDATE OF status ON delivery
    WHEN old.status >= 20 AND new.status <> old.status BEGIN UPDATE tally
    SET deliveries = deliveries - 1 WHERE lane_id = old.lane_id AND status = old.status; END""",
)


def upgrade() -> None:
    op.create_table(
        "lane",
        sa.Column("lane_id", sa.Integer(), nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.broadcast_id"]),
        sa.PrimaryKeyConstraint("lane_id"),
        sa.UniqueConstraint("broadcast_id", "channel", "account"),
    )
    op.create_table(
        "tally",
        sa.Column("lane_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("lane_id", "status"),
        sqlite_with_rowid=False,
    )
    op.add_column(
        "delivery", sa.Column("lane_id", sa.Integer(), nullable=False, server_default="0")
    )
    op.drop_index("ix_delivery_open", "delivery")
    _fill()
    op.create_index(
        "ix_delivery_open",
        "delivery",
        ["broadcast_id", "lane_id", "delivery_id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in TALLIES:
            op.execute(statement)


def _fill() -> None:
    """Lanes and tallies of the deliveries that are there already."""
    op.execute("""INSERT INTO lane (broadcast_id, channel, account, planned)
    SELECT d.broadcast_id, a.channel, a.account, count(*) FROM delivery d
    JOIN address a ON a.address_id = d.address_id GROUP BY 1, 2, 3""")
    op.execute("""UPDATE delivery SET lane_id = (SELECT l.lane_id FROM lane l
    JOIN address a ON a.channel = l.channel AND a.account = l.account
    WHERE l.broadcast_id = delivery.broadcast_id AND a.address_id = delivery.address_id)""")
    for status in ENDS:
        op.execute(f"""INSERT INTO tally (lane_id, status, deliveries)
        SELECT l.lane_id, {status}, (SELECT count(*) FROM delivery d
        WHERE d.lane_id = l.lane_id AND d.status = {status}) FROM lane l""")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER tally_ended")
        op.execute("DROP TRIGGER tally_left")
    op.drop_index("ix_delivery_open", "delivery")
    op.drop_column("delivery", "lane_id")
    op.create_index(
        "ix_delivery_open",
        "delivery",
        ["broadcast_id", "delivery_id"],
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.drop_table("tally")
    op.drop_table("lane")
