"""Models drop the last days of their segments, are trained anew as they go, or go on from another.

Those that were there before do none of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_BASE = "fk_model_derived_from_id"


def upgrade() -> None:
    with op.batch_alter_table("model") as model:
        model.add_column(sa.Column("purge_days", sa.Integer(), nullable=False, server_default="0"))
        model.add_column(sa.Column("rolling", sa.JSON(), nullable=True))
        model.add_column(sa.Column("derived_from_id", sa.Integer(), nullable=True))
        model.add_column(sa.Column("rounds", sa.Integer(), nullable=True))
        model.create_foreign_key(_BASE, "entity", ["derived_from_id"], ["id"])
        model.create_index("ix_model_derived_from_id", ["derived_from_id"])


def downgrade() -> None:
    with op.batch_alter_table("model") as model:
        model.drop_index("ix_model_derived_from_id")
        model.drop_constraint(_BASE, type_="foreignkey")
        for column in ("rounds", "derived_from_id", "rolling", "purge_days"):
            model.drop_column(column)
