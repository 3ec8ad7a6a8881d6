"""One card of a broadcast in each place; what made a round void. Copies from before are corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0062"
branch_labels = None
depends_on = None

_OLD = ("review:", "run:", "final:")
_ENDED = ("completed", "cancelled", "failed")
_NUMBERED = """UPDATE submission SET number = (SELECT count(*) FROM submission AS earlier
WHERE earlier.broadcast_id = submission.broadcast_id AND (earlier.at < submission.at
OR (earlier.at = submission.at AND earlier.submission_id <= submission.submission_id)))"""
_POSTED = """SELECT p.posted_id, p.broadcast_id, p.kind, p.frontend, p.conversation, b.submission,
b.launched_as, b.status FROM posted p JOIN broadcast b ON b.broadcast_id = p.broadcast_id
WHERE p.kind = 'card' OR p.kind LIKE 'review:%' OR p.kind LIKE 'run:%' OR p.kind LIKE 'final:%'
ORDER BY p.posted_id"""


def upgrade() -> None:
    number = sa.Column("number", sa.Integer(), nullable=False, server_default="0")
    op.add_column("submission", number)
    op.add_column("submission", sa.Column("voided", sa.JSON(), nullable=True))
    op.execute(_NUMBERED)
    _one_card_a_place()


def _one_card_a_place() -> None:
    """The latest message of each place lives on; every other of the same round is a copy."""
    connection = op.get_bind()
    latest: dict[tuple[object, ...], int] = {}
    kinds: dict[int, str] = {}
    open_ones = set()
    for row in connection.execute(sa.text(_POSTED)):
        asked = _round(row.kind, row.launched_as or row.submission)
        key = (row.broadcast_id, row.frontend, row.conversation, asked)
        if key in latest:
            kinds[latest[key]] = f"was:{latest[key]}"
        latest[key] = row.posted_id
        kinds[row.posted_id] = f"card:{asked}"
        if row.status not in _ENDED:
            open_ones.add(row.broadcast_id)
    renamed = sa.text("UPDATE posted SET kind = :kind WHERE posted_id = :id")
    for posted_id, kind in kinds.items():
        connection.execute(renamed, {"kind": kind, "id": posted_id})
    owed = sa.text("INSERT INTO notice (broadcast_id, sentence, details) VALUES (:id, '', '{}')")
    for broadcast_id in sorted(open_ones):  # what stands there may not be true any more
        connection.execute(owed, {"id": broadcast_id})


def _round(kind: str, now: str) -> str:
    return next((kind[len(head) :] for head in _OLD if kind.startswith(head)), now)


def downgrade() -> None:
    op.execute("UPDATE posted SET kind = 'card' WHERE kind LIKE 'card:%'")
    op.execute("DELETE FROM posted WHERE kind LIKE 'was:%'")
    op.drop_column("submission", "voided")
    op.drop_column("submission", "number")
