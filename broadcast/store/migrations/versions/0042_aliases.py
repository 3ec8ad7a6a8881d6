"""Every name a platform has for an address, and who said a person's name."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0046"
branch_labels = None
depends_on = None

# The number behind an id of the platform's own, where it was told.
_NUMBERS = """INSERT INTO address_alias (channel, account, alias, address_id)
SELECT a.channel, a.account, substr(s.phone, 2), a.address_id FROM address a
JOIN subscriber s ON s.subscriber_id = a.subscriber_id
WHERE a.channel = 'whatsapp' AND a.value LIKE '%.%' AND s.phone LIKE '+%'
ON CONFLICT DO NOTHING"""
# What somebody was called before they moved.
_EARLIER = """INSERT INTO address_alias (channel, account, alias, address_id)
SELECT a.channel, a.account, c.source, a.address_id FROM consent_event c
JOIN address a ON a.address_id = c.address_id WHERE c.kind = 'moved' AND c.source <> ''
ORDER BY c.consent_event_id ON CONFLICT DO NOTHING"""
_NAMED = """UPDATE subscriber SET named_by = CASE WHEN EXISTS (SELECT 1 FROM address a
JOIN consent_event c ON c.address_id = a.address_id
WHERE a.subscriber_id = subscriber.subscriber_id AND c.how = 'import') THEN 'import'
WHEN EXISTS (SELECT 1 FROM address a JOIN consent_event c ON c.address_id = a.address_id
WHERE a.subscriber_id = subscriber.subscriber_id) THEN 'profile' ELSE '' END WHERE name <> ''"""

# A platform's null, written down as a word by mistake.
_NOTHING = "UPDATE consent_event SET source = '' WHERE source = 'None' AND how <> 'import'"


def upgrade() -> None:
    op.create_table(
        "address_alias",
        sa.Column("alias_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("alias", sa.String(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.address_id"]),
        sa.PrimaryKeyConstraint("alias_id"),
        sa.UniqueConstraint("channel", "account", "alias", "address_id"),
    )
    op.create_index("ix_address_alias_address_id", "address_alias", ["address_id"])
    op.add_column("subscriber", sa.Column("named_by", sa.String(), nullable=False, server_default=""))
    op.execute(_NUMBERS)
    op.execute(_EARLIER)
    op.execute(_NAMED)
    op.execute(_NOTHING)


def downgrade() -> None:
    op.drop_column("subscriber", "named_by")
    op.drop_table("address_alias")
