"""What was asked under ids of its own, who shaped it, and files by their content.

What an earlier version had approved and not yet started has no submission: it is asked again at the
next start (docs/decisions/0030). Old cards keep the names they were posted under.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0036"
branch_labels = None
depends_on = None

_CARD = """substr(a.digest, 1, 8) || ':' || (SELECT count(*) FROM approval n
WHERE n.broadcast_id = a.broadcast_id AND n.approval_id < a.approval_id AND NOT n.approved)"""
_LAUNCHED = f"""UPDATE broadcast SET submission = COALESCE((SELECT {_CARD} FROM approval a
WHERE a.broadcast_id = broadcast.broadcast_id AND a.approved
ORDER BY a.approval_id DESC LIMIT 1), '') WHERE launched_at IS NOT NULL"""
_SHAPED = """INSERT INTO shaping (broadcast_id, admin_id, at)
SELECT u.broadcast_id, u.admin_id, min(u.at) FROM audit u
JOIN broadcast b ON b.broadcast_id = u.broadcast_id AND b.launched_at IS NULL
JOIN admin m ON m.admin_id = u.admin_id
WHERE u.action IN ('created', 'content', 'audience', 'schedule', 'canary')
GROUP BY u.broadcast_id, u.admin_id"""
_AUTHORS = """INSERT INTO shaping (broadcast_id, admin_id, at)
SELECT b.broadcast_id, b.author_id, b.created_at FROM broadcast b WHERE b.launched_at IS NULL
AND NOT EXISTS (SELECT 1 FROM shaping s
WHERE s.broadcast_id = b.broadcast_id AND s.admin_id = b.author_id)"""


def upgrade() -> None:
    op.create_table(
        "submission",
        sa.Column("submission_id", sa.String(), nullable=False),
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.broadcast_id"]),
        sa.PrimaryKeyConstraint("submission_id"),
    )
    op.create_index("ix_submission_broadcast_id", "submission", ["broadcast_id"])
    op.create_table(
        "shaping",
        sa.Column("broadcast_id", sa.Integer(), nullable=False),
        sa.Column("admin_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.broadcast_id"]),
        sa.ForeignKeyConstraint(["admin_id"], ["admin.admin_id"]),
        sa.PrimaryKeyConstraint("broadcast_id", "admin_id"),
    )
    for table, name, kind, default in (
        ("broadcast", "submission", sa.String(), ""),
        ("approval", "submission", sa.String(), ""),
        ("approval", "people", sa.Integer(), "0"),
        ("stored_file", "sha256", sa.String(), ""),
    ):
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
    op.create_index("ix_approval_submission", "approval", ["submission"])
    op.execute(f"UPDATE approval AS a SET submission = {_CARD}")
    op.execute(_LAUNCHED)
    op.execute(_SHAPED)
    op.execute(_AUTHORS)
    _name_files()


def _name_files() -> None:
    """Files have always been stored under the hash of what they held when they came."""
    connection = op.get_bind()
    for media_id, path in connection.execute(
        sa.text("SELECT media_id, path FROM stored_file WHERE path <> ''")
    ).all():
        name = re.split(r"[/\\]", path)[-1]
        if re.fullmatch(r"[0-9a-f]{64}", name):
            connection.execute(
                sa.text("UPDATE stored_file SET sha256 = :name WHERE media_id = :media_id"),
                {"name": name, "media_id": media_id},
            )


def downgrade() -> None:
    op.drop_index("ix_approval_submission", "approval")
    for table, name in (
        ("stored_file", "sha256"), ("approval", "people"), ("approval", "submission"),
        ("broadcast", "submission"),
    ):  # fmt: skip
        op.drop_column(table, name)
    op.drop_table("shaping")
    op.drop_index("ix_submission_broadcast_id", "submission")
    op.drop_table("submission")
