"""How a consent was given or taken back, beside where the person came from."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consent_event", sa.Column("how", sa.String(), nullable=False, server_default=""))
    # Until now `source` held the how of every event but the opening.
    op.execute(
        "UPDATE consent_event SET how = source, source = '' "
        "WHERE source IN ('button', 'word', 'command', 'blocked', 'platform')"
    )
    op.execute("UPDATE consent_event SET how = 'import' WHERE source LIKE 'import%'")
    op.execute("UPDATE consent_event SET how = 'start' WHERE kind = 'opened'")


def downgrade() -> None:
    op.drop_column("consent_event", "how")
