"""A launched broadcast can be corrected: each delivery names the version of the content it got."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "content_version",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("submission", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.broadcast_id"]),
        sa.PrimaryKeyConstraint("broadcast_id", "number"),
    )
    for table, name, kind, default in (
        ("broadcast", "content_version", sa.Integer(), "1"),
        ("broadcast", "correcting", sa.Boolean(), sa.false()),
        ("broadcast", "launched_as", sa.String(), ""),
        ("delivery", "content_version", sa.SmallInteger(), "1"),
    ):
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
    op.create_index(
        "ix_delivery_corrected", "delivery", ["broadcast_id", "content_version", "status"],
        sqlite_where=sa.text("content_version > 1"),
        postgresql_where=sa.text("content_version > 1"),
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_corrected", "delivery")
    for table, name in (
        ("delivery", "content_version"), ("broadcast", "launched_as"),
        ("broadcast", "correcting"), ("broadcast", "content_version"),
    ):
        op.drop_column(table, name)
    op.drop_table("content_version")
