"""Since when somebody is asked whether they want to leave."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("address", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_address_asked", "address", ["asked_at"],
        sqlite_where=sa.text("asked_at IS NOT NULL"),
        postgresql_where=sa.text("asked_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_address_asked", "address")
    op.drop_column("address", "asked_at")
