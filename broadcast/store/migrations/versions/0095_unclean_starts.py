"""What the owners have still to hear of starts after an end that nobody wished for."""

import sqlalchemy as sa
from alembic import op

revision = "0095"
down_revision = "0091"
branch_labels = None
depends_on = None

_WHOLE = ("ended_badly", "untold", "untold_uncertain")
_MOMENTS = ("untold_since", "untold_until", "told_at")


def upgrade() -> None:
    for names, kind in ((_WHOLE, sa.Integer), (_MOMENTS, sa.Float)):
        for name in names:
            op.add_column("lease", sa.Column(name, kind(), nullable=False, server_default="0"))


def downgrade() -> None:
    for name in (*_WHOLE, *_MOMENTS):
        op.drop_column("lease", name)
