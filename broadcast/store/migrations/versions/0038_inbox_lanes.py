"""Who leaves and what the team does is handled before everything else; whose an update is."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbox", sa.Column("lane", sa.Integer(), nullable=False, server_default="2"))
    op.add_column("inbox", sa.Column("sender", sa.String(), nullable=False, server_default=""))
    op.drop_index("ix_inbox_handled", table_name="inbox")
    op.create_index("ix_inbox_waiting", "inbox", ["handled", "lane"])


def downgrade() -> None:
    op.drop_index("ix_inbox_waiting", table_name="inbox")
    op.create_index("ix_inbox_handled", "inbox", ["handled"])
    op.drop_column("inbox", "sender")
    op.drop_column("inbox", "lane")
