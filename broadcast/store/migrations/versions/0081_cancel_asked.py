"""Whether somebody is asked to cancel a broadcast, and what it was doing then."""

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "broadcast", sa.Column("cancel_asked", sa.String(), nullable=False, server_default="")
    )


def downgrade() -> None:
    op.drop_column("broadcast", "cancel_asked")
