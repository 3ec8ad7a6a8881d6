"""How far a person has received and read, where the platform tells that as a moment."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("address", sa.Column("delivered_up_to", sa.Float(), nullable=True))
    op.add_column("address", sa.Column("read_up_to", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("address", "read_up_to")
    op.drop_column("address", "delivered_up_to")
