"""Factors can be imported: then they have values of their own and no expression."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("factor") as factor:
        factor.alter_column("expression", existing_type=sa.String(), nullable=True)
        factor.alter_column("canonical", existing_type=sa.String(), nullable=True)
        factor.add_column(sa.Column("imported", sa.JSON(), nullable=True))


def downgrade() -> None:
    # What an older version cannot hold stays as a name, without values.
    op.execute("UPDATE factor SET expression = '' WHERE expression IS NULL")
    op.execute("UPDATE factor SET canonical = '' WHERE canonical IS NULL")
    with op.batch_alter_table("factor") as factor:
        factor.drop_column("imported")
        factor.alter_column("expression", existing_type=sa.String(), nullable=False)
        factor.alter_column("canonical", existing_type=sa.String(), nullable=False)
