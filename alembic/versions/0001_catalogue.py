"""The catalogue: markets, names and versions, research, results and runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "catalogue_setting",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_catalogue_setting"),
    )
    op.create_table(
        "market",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("region", sa.String(length=8), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=True),
        sa.Column("benchmark", sa.String(length=64), nullable=True),
        sa.Column("default_universe", sa.String(length=100), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_market"),
        sa.UniqueConstraint("name", name="uq_market_name"),
    )
    op.create_table(
        "name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("latest_version", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_name"),
        sa.UniqueConstraint("kind", "scope", "name", name="uq_name_kind_scope_name"),
    )
    op.create_index("ix_name_name", "name", ["name"])

    op.create_table(
        "entity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["name_id"], ["name.id"], name="fk_entity_name_id"),
        sa.PrimaryKeyConstraint("id", name="pk_entity"),
        sa.UniqueConstraint("name_id", "version", name="uq_entity_name_id_version"),
    )
    op.create_index("ix_entity_kind", "entity", ["kind"])
    op.create_index("ix_entity_name_id_content", "entity", ["name_id", "content"])

    op.create_table(
        "instrument",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("market_id", sa.Integer(), nullable=False),
        sa.Column("symbol", sa.String(length=64), nullable=False),
        sa.Column("company_name", sa.String(), nullable=True),
        sa.Column("sector", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(["market_id"], ["market.id"], name="fk_instrument_market_id"),
        sa.PrimaryKeyConstraint("id", name="pk_instrument"),
        sa.UniqueConstraint("market_id", "symbol", name="uq_instrument_market_id_symbol"),
    )
    op.create_index("ix_instrument_symbol", "instrument", ["symbol"])

    op.create_table(
        "tag",
        sa.Column("name_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["name_id"], ["name.id"], name="fk_tag_name_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("name_id", "tag", name="pk_tag"),
    )
    op.create_index("ix_tag_tag", "tag", ["tag"])

    op.create_table(
        "edge",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.Column("relation", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["entity.id"], name="fk_edge_source_id"),
        sa.ForeignKeyConstraint(["target_id"], ["entity.id"], name="fk_edge_target_id"),
        sa.PrimaryKeyConstraint("source_id", "target_id", "relation", name="pk_edge"),
    )
    op.create_index("ix_edge_target_id", "edge", ["target_id"])

    op.create_table(
        "factor",
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("expression", sa.String(), nullable=False),
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("input_fields", sa.JSON(), nullable=False),
        sa.Column("lookback_days", sa.Integer(), nullable=True),
        sa.Column("looks_ahead", sa.Boolean(), nullable=False),
        sa.Column("is_cross_sectional", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name="fk_factor_entity_id"),
        sa.PrimaryKeyConstraint("entity_id", name="pk_factor"),
    )
    op.create_index("ix_factor_looks_ahead", "factor", ["looks_ahead"])

    op.create_table(
        "factor_set",
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name="fk_factor_set_entity_id"),
        sa.PrimaryKeyConstraint("entity_id", name="pk_factor_set"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("requested_by", sa.String(length=200), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phase", sa.String(length=100), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name="fk_run_entity_id"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index("ix_run_entity_id", "run", ["entity_id"])
    op.create_index("ix_run_key", "run", ["key"])
    op.create_index("ix_run_state", "run", ["state"])
    op.create_index(
        "uq_run_active_key",
        "run",
        ["key"],
        unique=True,
        sqlite_where=sa.text("state IN ('QUEUED', 'RUNNING')"),
        postgresql_where=sa.text("state IN ('QUEUED', 'RUNNING')"),
    )

    op.create_table(
        "snapshot",
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("market_id", sa.Integer(), nullable=False),
        sa.Column("directory", sa.String(), nullable=False),
        sa.Column("stamp", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=8), nullable=False),
        sa.Column("frequency", sa.String(length=8), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("benchmark", sa.String(length=64), nullable=True),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.Column("trading_days", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("quality", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name="fk_snapshot_entity_id"),
        sa.ForeignKeyConstraint(["market_id"], ["market.id"], name="fk_snapshot_market_id"),
        sa.PrimaryKeyConstraint("entity_id", name="pk_snapshot"),
    )
    op.create_index("ix_snapshot_market_id", "snapshot", ["market_id"])

    op.create_table(
        "universe",
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("market_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name="fk_universe_entity_id"),
        sa.ForeignKeyConstraint(["market_id"], ["market.id"], name="fk_universe_market_id"),
        sa.PrimaryKeyConstraint("entity_id", name="pk_universe"),
    )
    op.create_index("ix_universe_market_id", "universe", ["market_id"])

    op.create_table(
        "backtest",
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("signal_id", sa.Integer(), nullable=False),
        sa.Column("universe_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("benchmark", sa.String(length=64), nullable=True),
        sa.Column("account", sa.Float(), nullable=False),
        sa.Column("strategy", sa.JSON(), nullable=False),
        sa.Column("exchange", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name="fk_backtest_entity_id"),
        sa.ForeignKeyConstraint(["signal_id"], ["entity.id"], name="fk_backtest_signal_id"),
        sa.ForeignKeyConstraint(
            ["universe_id"], ["universe.entity_id"], name="fk_backtest_universe_id"
        ),
        sa.PrimaryKeyConstraint("entity_id", name="pk_backtest"),
    )
    op.create_index("ix_backtest_signal_id", "backtest", ["signal_id"])
    op.create_index("ix_backtest_universe_id", "backtest", ["universe_id"])

    op.create_table(
        "factor_set_member",
        sa.Column("factor_set_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("factor_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["factor_id"], ["factor.entity_id"], name="fk_factor_set_member_factor_id"
        ),
        sa.ForeignKeyConstraint(
            ["factor_set_id"],
            ["factor_set.entity_id"],
            name="fk_factor_set_member_factor_set_id",
        ),
        sa.PrimaryKeyConstraint("factor_set_id", "position", name="pk_factor_set_member"),
    )
    op.create_index("ix_factor_set_member_factor_id", "factor_set_member", ["factor_id"])

    op.create_table(
        "headline",
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("result_key", sa.String(length=64), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("universe_id", sa.Integer(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ic", sa.Float(), nullable=True),
        sa.Column("icir", sa.Float(), nullable=True),
        sa.Column("rank_ic", sa.Float(), nullable=True),
        sa.Column("rank_icir", sa.Float(), nullable=True),
        sa.Column("annualized_excess_return", sa.Float(), nullable=True),
        sa.Column("information_ratio", sa.Float(), nullable=True),
        sa.Column("max_drawdown", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name="fk_headline_entity_id"),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["snapshot.entity_id"], name="fk_headline_snapshot_id"
        ),
        sa.ForeignKeyConstraint(
            ["universe_id"], ["universe.entity_id"], name="fk_headline_universe_id"
        ),
        sa.PrimaryKeyConstraint("entity_id", name="pk_headline"),
    )
    op.create_index(
        "ix_headline_annualized_excess_return",
        "headline",
        ["annualized_excess_return"],
        unique=False,
    )
    op.create_index("ix_headline_ic", "headline", ["ic"])
    op.create_index("ix_headline_icir", "headline", ["icir"])
    op.create_index("ix_headline_information_ratio", "headline", ["information_ratio"])
    op.create_index("ix_headline_max_drawdown", "headline", ["max_drawdown"])
    op.create_index("ix_headline_rank_ic", "headline", ["rank_ic"])
    op.create_index("ix_headline_rank_icir", "headline", ["rank_icir"])
    op.create_index("ix_headline_result_key", "headline", ["result_key"])

    op.create_table(
        "listing",
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("first_date", sa.Date(), nullable=False),
        sa.Column("last_date", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name="fk_listing_instrument_id"
        ),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["snapshot.entity_id"], name="fk_listing_snapshot_id"
        ),
        sa.PrimaryKeyConstraint("snapshot_id", "instrument_id", name="pk_listing"),
    )
    op.create_index("ix_listing_instrument_id", "listing", ["instrument_id"])

    op.create_table(
        "membership",
        sa.Column("universe_id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.id"], name="fk_membership_instrument_id"
        ),
        sa.ForeignKeyConstraint(
            ["universe_id"], ["universe.entity_id"], name="fk_membership_universe_id"
        ),
        sa.PrimaryKeyConstraint("universe_id", "instrument_id", "start", name="pk_membership"),
    )
    op.create_index("ix_membership_instrument_id", "membership", ["instrument_id"])
    op.create_index("ix_membership_universe_id_start", "membership", ["universe_id", "start"])

    op.create_table(
        "model",
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("factor_set_id", sa.Integer(), nullable=False),
        sa.Column("universe_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("train_start", sa.Date(), nullable=False),
        sa.Column("train_end", sa.Date(), nullable=False),
        sa.Column("valid_start", sa.Date(), nullable=False),
        sa.Column("valid_end", sa.Date(), nullable=False),
        sa.Column("test_start", sa.Date(), nullable=False),
        sa.Column("test_end", sa.Date(), nullable=False),
        sa.Column("processors", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name="fk_model_entity_id"),
        sa.ForeignKeyConstraint(
            ["factor_set_id"], ["factor_set.entity_id"], name="fk_model_factor_set_id"
        ),
        sa.ForeignKeyConstraint(
            ["universe_id"], ["universe.entity_id"], name="fk_model_universe_id"
        ),
        sa.PrimaryKeyConstraint("entity_id", name="pk_model"),
    )
    op.create_index("ix_model_factor_set_id", "model", ["factor_set_id"])
    op.create_index("ix_model_kind", "model", ["kind"])
    op.create_index("ix_model_universe_id", "model", ["universe_id"])

    op.create_table(
        "result",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("entity_id", sa.Integer(), nullable=True),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("universe_id", sa.Integer(), nullable=True),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("artifacts", sa.JSON(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("compute_seconds", sa.Float(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name="fk_result_entity_id"),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_result_run_id"),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["snapshot.entity_id"], name="fk_result_snapshot_id"
        ),
        sa.ForeignKeyConstraint(
            ["universe_id"], ["universe.entity_id"], name="fk_result_universe_id"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_result"),
    )
    op.create_index("ix_result_entity_id", "result", ["entity_id"])
    op.create_index("ix_result_snapshot_id", "result", ["snapshot_id"])

    op.create_table(
        "run_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level", sa.String(length=8), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("phase", sa.String(length=100), nullable=True),
        sa.Column("done", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_run_event_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_run_event"),
        sa.UniqueConstraint("run_id", "sequence", name="uq_run_event_run_id_sequence"),
    )

    op.create_table(
        "standing",
        sa.Column("entity_id", sa.Integer(), nullable=False),
        sa.Column("universe_name_id", sa.Integer(), nullable=False),
        sa.Column("result_key", sa.String(length=64), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entity_id"], ["entity.id"], name="fk_standing_entity_id"),
        sa.ForeignKeyConstraint(
            ["universe_name_id"], ["name.id"], name="fk_standing_universe_name_id"
        ),
        sa.PrimaryKeyConstraint("entity_id", "universe_name_id", name="pk_standing"),
    )
    op.create_index("ix_standing_result_key", "standing", ["result_key"])


def downgrade() -> None:
    for table in (
        "standing",
        "run_event",
        "result",
        "model",
        "membership",
        "listing",
        "headline",
        "factor_set_member",
        "backtest",
        "universe",
        "snapshot",
        "run",
        "factor_set",
        "factor",
        "edge",
        "tag",
        "instrument",
        "entity",
        "name",
        "market",
        "catalogue_setting",
    ):
        op.drop_table(table)
