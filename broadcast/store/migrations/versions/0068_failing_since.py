"""Since when an update that may be a refusal cannot be handled."""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0059"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbox", sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_inbox_failing", "inbox", ["failing_since"],
        sqlite_where=sa.text("failing_since IS NOT NULL"),
        postgresql_where=sa.text("failing_since IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_inbox_failing", "inbox")
    op.drop_column("inbox", "failing_since")
