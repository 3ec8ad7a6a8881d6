"""Earlier tries, the safety ramp, and whose database this is."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("kept_at", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.delivery_id"]),
        sa.PrimaryKeyConstraint("attempt_id"),
    )
    op.create_index("ix_attempt_delivery_id", "attempt", ["delivery_id"])
    for name, kind, default in (
        ("canary", sa.String(), ""),
        ("canary_up_to", sa.Integer(), "0"),
        ("canary_passed", sa.Boolean(), sa.false()),
        ("consent_mark", sa.Integer(), "0"),
        ("waived", sa.String(), ""),
    ):
        op.add_column("broadcast", sa.Column(name, kind, nullable=False, server_default=default))
    op.add_column("broadcast", sa.Column("watch_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lease", sa.Column("beat", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("lease", sa.Column("seen_at", sa.Float(), nullable=False, server_default="0"))
    op.add_column("lease", sa.Column("process", sa.String(), nullable=False, server_default=""))
    op.add_column("lease", sa.Column("instance", sa.String(), nullable=False, server_default=""))
    op.drop_column("lease", "expires_at")


def downgrade() -> None:
    op.add_column(
        "lease",
        sa.Column(
            "expires_at", sa.DateTime(timezone=True), nullable=False, server_default="1970-01-01"
        ),
    )
    for name in ("instance", "process", "seen_at", "beat"):
        op.drop_column("lease", name)
    for name in (
        "watch_until", "waived", "consent_mark", "canary_passed", "canary_up_to", "canary",
    ):  # fmt: skip
        op.drop_column("broadcast", name)
    op.drop_index("ix_attempt_delivery_id", "attempt")
    op.drop_table("attempt")
