"""Receipts, windows, and people on several channels."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "awaited_receipt",
        sa.Column("receipt_id", sa.String(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.delivery_id"]),
        sa.PrimaryKeyConstraint("receipt_id"),
    )
    op.create_index("ix_awaited_receipt_delivery_id", "awaited_receipt", ["delivery_id"])
    op.create_index("ix_awaited_receipt_address_id", "awaited_receipt", ["address_id"])
    op.create_table(
        "waiting_delivery",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.delivery_id"]),
        sa.PrimaryKeyConstraint("delivery_id"),
    )
    op.create_index("ix_waiting_delivery_broadcast_id", "waiting_delivery", ["broadcast_id"])
    op.create_index("ix_waiting_delivery_address_id", "waiting_delivery", ["address_id"])
    op.create_table(
        "begun",
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("address_id"),
    )
    op.create_index("ix_begun_channel_at", "begun", ["channel", "at"])
    op.create_table(
        "link_code",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.subscriber_id"]),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.add_column("address", sa.Column("wrote_at", sa.Float(), nullable=True))
    op.add_column(
        "subscriber", sa.Column("phone", sa.String(), nullable=False, server_default="")
    )
    op.add_column(
        "subscriber", sa.Column("preferred", sa.String(), nullable=False, server_default="")
    )
    op.create_index("ix_subscriber_phone", "subscriber", ["phone"])
    op.add_column("broadcast", sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("broadcast", "expires_at")
    op.drop_index("ix_subscriber_phone", "subscriber")
    op.drop_column("subscriber", "preferred")
    op.drop_column("subscriber", "phone")
    op.drop_column("address", "wrote_at")
    op.drop_table("link_code")
    op.drop_table("begun")
    op.drop_table("waiting_delivery")
    op.drop_table("awaited_receipt")
