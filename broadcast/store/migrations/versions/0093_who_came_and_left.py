"""Who came by which poster, and when people joined and left, are looked up."""

import sqlalchemy as sa
from alembic import op

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_consent_event_source", "consent_event", ["source", "address_id", "kind"],
        sqlite_where=sa.text("source <> ''"),
        postgresql_where=sa.text("source <> ''"),
    )
    op.create_index("ix_consent_event_at", "consent_event", ["at", "kind", "address_id"])


def downgrade() -> None:
    op.drop_index("ix_consent_event_at", "consent_event")
    op.drop_index("ix_consent_event_source", "consent_event")
