"""Deliveries that newcomers asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0091"
down_revision = "0090"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "asked_for",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.delivery_id"]),
        sa.PrimaryKeyConstraint("delivery_id"),
    )
    op.create_index("ix_asked_for_address_id", "asked_for", ["address_id"])


def downgrade() -> None:
    op.drop_index("ix_asked_for_address_id", "asked_for")
    op.drop_table("asked_for")
