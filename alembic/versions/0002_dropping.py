"""Markets can be dropped: runs say which data they read, and no id is given twice."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run", sa.Column("snapshot_id", sa.Integer(), nullable=True))
    _rebuild(sqlite_autoincrement=True)


def downgrade() -> None:
    _rebuild(sqlite_autoincrement=False)
    with op.batch_alter_table("run") as run:
        run.drop_column("snapshot_id")


def _rebuild(*, sqlite_autoincrement: bool) -> None:
    # PostgreSQL's sequences never give a number twice.
    if op.get_bind().dialect.name != "sqlite":
        return
    options = {"sqlite_autoincrement": sqlite_autoincrement}
    for table in ("market", "instrument"):
        with op.batch_alter_table(table, recreate="always", table_kwargs=options):
            pass
