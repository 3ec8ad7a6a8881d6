"""What an author wrote is kept until they say what it is for; what a draft said before is kept too."""

import sqlalchemy as sa
from alembic import op

revision = "0086"
down_revision = "0082"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "written",
        sa.Column("written_id", sa.Integer(), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("frontend", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("album", sa.String(), nullable=False),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=True),
        sa.Column("became", sa.String(), nullable=False),
        sa.Column("base", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["admin_id"], ["admin.admin_id"]),
        sa.PrimaryKeyConstraint("written_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_written_place", "written", ["frontend", "conversation", "written_id"])
    op.create_index("ix_written_broadcast_id", "written", ["broadcast_id"])
    op.create_table(
        "draft_version",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.broadcast_id"]),
        sa.PrimaryKeyConstraint("broadcast_id", "number"),
    )


def downgrade() -> None:
    op.drop_table("draft_version")
    op.drop_index("ix_written_broadcast_id", "written")
    op.drop_index("ix_written_place", "written")
    op.drop_table("written")
