"""Until when a platform lets somebody have no more of what it limits."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("address", sa.Column("capped_until", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("address", "capped_until")
