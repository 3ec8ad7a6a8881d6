"""What an owner chose in chat, named links, where the first steps stand."""

import sqlalchemy as sa
from alembic import op

revision = "0092"
down_revision = "0086"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "house_choice",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "checklist_message",
        sa.Column("checklist_message_id", sa.Integer(), primary_key=True),
        sa.Column("frontend", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
    )
    op.create_table(
        "poster",
        sa.Column("poster_id", sa.Integer(), primary_key=True),
        sa.Column("code", sa.String(), nullable=False, unique=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("poster")
    op.drop_table("checklist_message")
    op.drop_table("house_choice")
