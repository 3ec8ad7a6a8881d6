"""Whom we are not sure about, by address: their answer settles it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_delivery_uncertain",
        "delivery",
        ["address_id"],
        sqlite_where=sa.text("status = 20"),
        postgresql_where=sa.text("status = 20"),
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_uncertain", "delivery")
