"""A notice's number is never given again: whoever shows notices remembers the last one."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def _again(autoincrement: bool) -> None:
    with op.batch_alter_table(
        "notice", recreate="always", table_kwargs={"sqlite_autoincrement": autoincrement}
    ):
        pass


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _again(True)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _again(False)
