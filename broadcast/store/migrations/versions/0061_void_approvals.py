"""A yes whose giver lost the right to it stays void; the wait after the first few as approved."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0068"
branch_labels = None
depends_on = None

_SINCE_REMOVED = """UPDATE approval SET void = true WHERE approved AND EXISTS (
SELECT 1 FROM admin WHERE admin.admin_id = approval.admin_id AND admin.removed_at >= approval.at)"""


def upgrade() -> None:
    void = sa.Column("void", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("approval", void)
    op.add_column("broadcast", sa.Column("canary_wait_seconds", sa.Float(), nullable=True))
    op.execute(_SINCE_REMOVED)


def downgrade() -> None:
    op.drop_column("broadcast", "canary_wait_seconds")
    op.drop_column("approval", "void")
