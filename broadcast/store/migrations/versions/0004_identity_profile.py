"""What a platform says about an admin, and whether they are still there."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("platform_language", sa.String(), nullable=False, server_default=""),
        sa.Column("platform_timezone", sa.String(), nullable=False, server_default=""),
    ):
        op.add_column("admin_identity", column)


def downgrade() -> None:
    for name in ("platform_timezone", "platform_language", "active"):
        op.drop_column("admin_identity", name)
