"""How we know somebody's language, and how many standing replies they got in a day."""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "subscriber", sa.Column("language_by", sa.String(), nullable=False, server_default="")
    )
    op.add_column(
        "subscriber", sa.Column("replies", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "subscriber", sa.Column("replies_from", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("subscriber", "replies_from")
    op.drop_column("subscriber", "replies")
    op.drop_column("subscriber", "language_by")
