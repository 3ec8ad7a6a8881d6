"""First tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "admin",
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("admin_id"),
    )
    op.create_table(
        "audit",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=True),
        sa.Column("broadcast_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("audit_id"),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_broadcast_id"), ["broadcast_id"], unique=False)

    op.create_table(
        "inbox",
        sa.Column("inbox_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("inbox_id"),
        sa.UniqueConstraint("source", "event_id"),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbox_handled"), ["handled"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("code_hash"),
    )
    op.create_table(
        "lease",
        sa.Column("lease_id", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("lease_id"),
    )
    op.create_table(
        "stored_file",
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("mime", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("handles", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("media_id"),
    )
    op.create_table(
        "subscriber",
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscriber_id"),
    )
    op.create_table(
        "address",
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("consent", sa.String(), nullable=False),
        sa.Column("suppressed", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.subscriber_id"],
        ),
        sa.PrimaryKeyConstraint("address_id"),
        sa.UniqueConstraint("channel", "account", "value"),
    )
    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.create_index(
            "ix_address_reachable",
            ["address_id"],
            unique=False,
            sqlite_where=sa.text("consent = 'opted_in' AND suppressed = ''"),
            postgresql_where=sa.text("consent = 'opted_in' AND suppressed = ''"),
        )
        batch_op.create_index(
            batch_op.f("ix_address_subscriber_id"), ["subscriber_id"], unique=False
        )

    op.create_table(
        "admin_identity",
        sa.Column("frontend", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.Column("asking", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["admin_id"],
            ["admin.admin_id"],
        ),
        sa.PrimaryKeyConstraint("frontend", "user_id"),
    )
    with op.batch_alter_table("admin_identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_admin_identity_admin_id"), ["admin_id"], unique=False)

    op.create_table(
        "broadcast",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_digest", sa.String(), nullable=False),
        sa.Column("uncertain_policy", sa.String(), nullable=False),
        sa.Column("hold_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_up_to", sa.Integer(), nullable=False),
        sa.Column("planned_total", sa.Integer(), nullable=False),
        sa.Column("planning_done", sa.Boolean(), nullable=False),
        sa.Column("delivery_from", sa.Integer(), nullable=False),
        sa.Column("delivery_to", sa.Integer(), nullable=False),
        sa.Column("pause_reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["admin.admin_id"],
        ),
        sa.PrimaryKeyConstraint("broadcast_id"),
    )
    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_broadcast_status"), ["status"], unique=False)

    op.create_table(
        "approval",
        sa.Column("approval_id", sa.Integer(), nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["admin_id"],
            ["admin.admin_id"],
        ),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["broadcast.broadcast_id"],
        ),
        sa.PrimaryKeyConstraint("approval_id"),
    )
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_approval_broadcast_id"), ["broadcast_id"], unique=False
        )

    op.create_table(
        "consent_event",
        sa.Column("consent_event_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("wording_version", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["address.address_id"],
        ),
        sa.PrimaryKeyConstraint("consent_event_id"),
    )
    with op.batch_alter_table("consent_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_consent_event_address_id"), ["address_id"], unique=False
        )

    op.create_table(
        "delivery",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=True),
        sa.Column("sent_at", sa.Float(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("receipt", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["address.address_id"],
        ),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["broadcast.broadcast_id"],
        ),
        sa.PrimaryKeyConstraint("delivery_id"),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(
            "ix_delivery_open",
            ["broadcast_id", "delivery_id"],
            unique=False,
            sqlite_where=sa.text("status < 20"),
            postgresql_where=sa.text("status < 20"),
        )

    op.create_table(
        "posted",
        sa.Column("posted_id", sa.Integer(), nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("frontend", sa.String(), nullable=False),
        sa.Column("conversation", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["broadcast.broadcast_id"],
        ),
        sa.PrimaryKeyConstraint("posted_id"),
    )
    with op.batch_alter_table("posted", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_posted_broadcast_id"), ["broadcast_id"], unique=False)



def downgrade() -> None:
    with op.batch_alter_table("posted", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_posted_broadcast_id"))

    op.drop_table("posted")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_delivery_open",
            sqlite_where=sa.text("status < 20"),
            postgresql_where=sa.text("status < 20"),
        )

    op.drop_table("delivery")
    with op.batch_alter_table("consent_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_event_address_id"))

    op.drop_table("consent_event")
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_approval_broadcast_id"))

    op.drop_table("approval")
    with op.batch_alter_table("broadcast", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_broadcast_status"))

    op.drop_table("broadcast")
    with op.batch_alter_table("admin_identity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_admin_identity_admin_id"))

    op.drop_table("admin_identity")
    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_address_subscriber_id"))
        batch_op.drop_index(
            "ix_address_reachable",
            sqlite_where=sa.text("consent = 'opted_in' AND suppressed = ''"),
            postgresql_where=sa.text("consent = 'opted_in' AND suppressed = ''"),
        )

    op.drop_table("address")
    op.drop_table("subscriber")
    op.drop_table("stored_file")
    op.drop_table("lease")
    op.drop_table("invitation")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_inbox_handled"))

    op.drop_table("inbox")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_broadcast_id"))

    op.drop_table("audit")
    op.drop_table("admin")
