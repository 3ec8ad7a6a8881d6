"""What people typed behind /start is no source: 256 characters of it are enough."""

from alembic import op

revision = "0046"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE consent_event SET source = substr(source, 1, 256) WHERE length(source) > 256")


def downgrade() -> None:
    pass
