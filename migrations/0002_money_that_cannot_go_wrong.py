"""Offline payments, approvals, credit notes, matters for attention, reports; more rules for parts and versions"""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATUSES = "status IN ('processing', 'succeeded', 'failed', 'canceled'{})"
STATES = "state IN ({}'requested', 'pending', 'requires_action', 'succeeded', 'failed', 'canceled')"
NEW_TABLES = ("credit_note", "attention", "reversal", "reconciliation", "webhook_check")


def upgrade() -> None:
    op.add_column("activity", sa.Column("via", sa.String(length=20), nullable=True))
    op.add_column("role", sa.Column("refund_limit", sa.BigInteger(), nullable=True))
    op.add_column("role", sa.Column("refund_limit_currency", sa.String(length=3), nullable=True))
    _fill("organization", partial_minimum=sa.BigInteger())
    with op.batch_alter_table("organization") as batch:
        batch.add_column(sa.Column("deposit_percent", sa.BigInteger(), nullable=True))
        _rule_parts(batch, "organization")
    _number_credit_notes_too()
    _change_invoices()
    _let_payments_be_offline()
    _let_refunds_wait()
    _new_tables()
    op.execute("INSERT INTO webhook_check (id, endpoints, error) VALUES (1, '[]', '')")
    _let_events_be_found()
    _refuse_dangling()


def _fill(table: str, **columns: sa.types.TypeEngine) -> None:
    """Columns that each row has from now on: 0, 1 or an empty text in the rows that are there."""
    with op.batch_alter_table(table) as batch:
        for name, kind in columns.items():
            first = FIRST.get(name, "" if isinstance(kind, sa.String) else "0")
            batch.add_column(sa.Column(name, kind, nullable=False, server_default=first))
    with op.batch_alter_table(table) as batch:
        for name, kind in columns.items():
            batch.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)


FIRST = {"edits": "1", "kind": "invoice", "origin": "desk"}


def _rule_parts(batch: BatchOperations, table: str) -> None:
    batch.create_check_constraint(op.f(f"ck_{table}_partial_minimum"), "partial_minimum >= 0")
    deposit = "deposit_percent IS NULL OR (deposit_percent > 0 AND deposit_percent < 100000)"
    batch.create_check_constraint(op.f(f"ck_{table}_deposit_percent"), deposit)


def _unrule_parts(batch: BatchOperations, table: str) -> None:
    batch.drop_constraint(op.f(f"ck_{table}_partial_minimum"), type_="check")
    batch.drop_constraint(op.f(f"ck_{table}_deposit_percent"), type_="check")


def _number_credit_notes_too() -> None:
    _fill("number_series", kind=sa.String(length=20))
    with op.batch_alter_table("number_series") as batch:
        batch.drop_constraint(op.f("uq_number_series_year"), type_="unique")
        batch.create_unique_constraint(op.f("uq_number_series_kind_year"), ["kind", "year"])


def _change_invoices() -> None:
    _fill("invoice", partial_minimum=sa.BigInteger(), edits=sa.Integer())
    with op.batch_alter_table("invoice") as batch:
        batch.add_column(sa.Column("deposit_percent", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("made_from_id", KEY, nullable=True))
        batch.create_foreign_key(op.f("fk_invoice_made_from_id"), "invoice", ["made_from_id"], ["id"])
        batch.create_index(op.f("ix_invoice_made_from_id"), ["made_from_id"])
        _rule_parts(batch, "invoice")
    with op.batch_alter_table("invoice_version") as batch:
        batch.add_column(sa.Column("made_by_id", KEY, nullable=True))
        batch.create_foreign_key(op.f("fk_invoice_version_made_by_id"), "user_account", ["made_by_id"], ["id"])


def _let_payments_be_offline() -> None:
    _fill("payment", note=sa.Text())
    with op.batch_alter_table("payment") as batch:
        batch.add_column(sa.Column("operation", sa.String(length=36), nullable=True))
        batch.add_column(sa.Column("recorded_by_id", KEY, nullable=True))
        batch.alter_column("account_id", existing_type=KEY, nullable=True)
        batch.alter_column("payment_intent_id", existing_type=sa.String(length=60), nullable=True)
        batch.create_unique_constraint(op.f("uq_payment_operation"), ["operation"])
        batch.create_foreign_key(op.f("fk_payment_recorded_by_id"), "user_account", ["recorded_by_id"], ["id"])
        batch.drop_constraint(op.f("ck_payment_status"), type_="check")
        batch.create_check_constraint(op.f("ck_payment_status"), STATUSES.format(", 'reversed'"))
        at_stripe = "(account_id IS NULL) = (payment_intent_id IS NULL)"
        batch.create_check_constraint(op.f("ck_payment_at_stripe_or_offline"), at_stripe)
        recorded = "(account_id IS NULL) = (recorded_by_id IS NOT NULL)"
        batch.create_check_constraint(op.f("ck_payment_offline_recorded"), recorded)


def _let_refunds_wait() -> None:
    _fill("refund", origin=sa.String(length=12))
    made = "operation IS NULL AND made_by_id IS NULL"
    op.execute(f"UPDATE refund SET origin = 'dashboard', note = '' WHERE {made}")  # noqa: S608
    with op.batch_alter_table("refund") as batch:
        batch.add_column(sa.Column("pending_reason", sa.String(length=40), nullable=True))
        batch.add_column(sa.Column("approved_by_id", KEY, nullable=True))
        batch.add_column(sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
        batch.alter_column("account_id", existing_type=KEY, nullable=True)
        batch.create_foreign_key(op.f("fk_refund_approved_by_id"), "user_account", ["approved_by_id"], ["id"])
        batch.drop_constraint(op.f("ck_refund_state"), type_="check")
        batch.create_check_constraint(op.f("ck_refund_state"), STATES.format("'awaiting_approval', "))
        batch.create_check_constraint(op.f("ck_refund_origin"), "origin IN ('desk', 'dashboard', 'manual')")
        manual = "account_id IS NOT NULL OR origin = 'manual'"
        batch.create_check_constraint(op.f("ck_refund_at_stripe_or_manual"), manual)


def _let_events_be_found() -> None:
    op.drop_index(op.f("ix_stripe_event_type"), "stripe_event")
    op.drop_index(op.f("ix_stripe_event_received_at"), "stripe_event")
    op.create_index("ix_stripe_event_type_received_at", "stripe_event", ["type", "received_at"])
    op.create_index("ix_stripe_event_livemode_received_at", "stripe_event", ["livemode", "received_at"])
    op.create_index(op.f("ix_stripe_event_event_id"), "stripe_event", ["event_id"])
    op.create_index(op.f("ix_stripe_event_object_id"), "stripe_event", ["object_id"])


def _new_tables() -> None:
    op.create_table(
        "webhook_check",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("endpoints", sa.JSON(), nullable=False),
        sa.Column("clock_difference", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_webhook_check_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_check")),
    )
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("others", sa.Integer(), nullable=False),
        sa.Column("repairs", sa.Integer(), nullable=False),
        sa.Column("open_differences", sa.Integer(), nullable=False),
        sa.Column("repaired", sa.JSON(), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.Column("unchecked", sa.JSON(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("claim_token", sa.String(length=32), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('recent', 'nightly', 'manual')", name=op.f("ck_reconciliation_kind")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user_account.id"], name=op.f("fk_reconciliation_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation")),
    )
    op.create_index(op.f("ix_reconciliation_created_at"), "reconciliation", ["created_at"], unique=False)
    op.create_index(op.f("ix_reconciliation_due_at"), "reconciliation", ["due_at"], unique=False)
    op.create_index(op.f("ix_reconciliation_kind"), "reconciliation", ["kind"], unique=False)
    op.create_index(op.f("ix_reconciliation_parked_at"), "reconciliation", ["parked_at"], unique=False)

    op.create_table(
        "reversal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"], name=op.f("fk_reversal_made_by_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_reversal_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reversal")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_reversal_payment_id")),
    )
    op.create_table(
        "attention",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cause", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("invoice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("refund_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("resolution", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_attention_invoice_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_attention_payment_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_attention_refund_id")),
        sa.ForeignKeyConstraint(["resolved_by_id"], ["user_account.id"], name=op.f("fk_attention_resolved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attention")),
        sa.UniqueConstraint("cause", name=op.f("uq_attention_cause")),
    )
    op.create_index(op.f("ix_attention_created_at"), "attention", ["created_at"], unique=False)
    op.create_index(op.f("ix_attention_invoice_id"), "attention", ["invoice_id"], unique=False)
    op.create_index(op.f("ix_attention_kind"), "attention", ["kind"], unique=False)
    op.create_index(op.f("ix_attention_payment_id"), "attention", ["payment_id"], unique=False)
    op.create_index(op.f("ix_attention_resolved_at"), "attention", ["resolved_at"], unique=False)

    op.create_table(
        "credit_note",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("refund_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("invoice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("issue_date", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("canceled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_credit_note_invoice_id")),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_credit_note_refund_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_note")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_note_number")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_credit_note_refund_id")),
    )
    op.create_index(op.f("ix_credit_note_created_at"), "credit_note", ["created_at"], unique=False)
    op.create_index(op.f("ix_credit_note_invoice_id"), "credit_note", ["invoice_id"], unique=False)


def _refuse_dangling() -> None:
    """SQLite rebuilt tables without looking at what refers to them; look now."""
    if op.get_bind().dialect.name == "sqlite" and op.get_bind().exec_driver_sql("PRAGMA foreign_key_check").all():
        raise RuntimeError("rows refer to rows that are gone; nothing was changed")


def downgrade() -> None:
    """Refused by the schema while there are rows that the old one cannot hold."""
    for columns in ("object_id", "event_id", "livemode_received_at", "type_received_at"):
        op.drop_index(f"ix_stripe_event_{columns}", "stripe_event")
    op.create_index(op.f("ix_stripe_event_type"), "stripe_event", ["type"])
    op.create_index(op.f("ix_stripe_event_received_at"), "stripe_event", ["received_at"])
    for table in NEW_TABLES:
        op.drop_table(table)
    op.execute("UPDATE refund SET note = 'Made in Stripe''s Dashboard' WHERE origin = 'dashboard' AND note = ''")
    with op.batch_alter_table("refund") as batch:
        batch.drop_constraint(op.f("fk_refund_approved_by_id"), type_="foreignkey")
        batch.drop_constraint(op.f("ck_refund_at_stripe_or_manual"), type_="check")
        batch.drop_constraint(op.f("ck_refund_origin"), type_="check")
        batch.drop_constraint(op.f("ck_refund_state"), type_="check")
        batch.create_check_constraint(op.f("ck_refund_state"), STATES.format(""))
        batch.alter_column("account_id", existing_type=KEY, nullable=False)
        for column in ("approved_at", "approved_by_id", "pending_reason", "origin"):
            batch.drop_column(column)
    with op.batch_alter_table("payment") as batch:
        batch.drop_constraint(op.f("fk_payment_recorded_by_id"), type_="foreignkey")
        batch.drop_constraint(op.f("uq_payment_operation"), type_="unique")
        batch.drop_constraint(op.f("ck_payment_offline_recorded"), type_="check")
        batch.drop_constraint(op.f("ck_payment_at_stripe_or_offline"), type_="check")
        batch.drop_constraint(op.f("ck_payment_status"), type_="check")
        batch.create_check_constraint(op.f("ck_payment_status"), STATUSES.format(""))
        batch.alter_column("payment_intent_id", existing_type=sa.String(length=60), nullable=False)
        batch.alter_column("account_id", existing_type=KEY, nullable=False)
        for column in ("note", "recorded_by_id", "operation"):
            batch.drop_column(column)
    with op.batch_alter_table("invoice_version") as batch:
        batch.drop_constraint(op.f("fk_invoice_version_made_by_id"), type_="foreignkey")
        batch.drop_column("made_by_id")
    with op.batch_alter_table("invoice") as batch:
        batch.drop_constraint(op.f("fk_invoice_made_from_id"), type_="foreignkey")
        batch.drop_index(op.f("ix_invoice_made_from_id"))
        _unrule_parts(batch, "invoice")
        for column in ("made_from_id", "held_until", "edits", "deposit_percent", "partial_minimum"):
            batch.drop_column(column)
    op.execute("DELETE FROM number_series WHERE kind <> 'invoice'")
    with op.batch_alter_table("number_series") as batch:
        batch.drop_constraint(op.f("uq_number_series_kind_year"), type_="unique")
        batch.create_unique_constraint(op.f("uq_number_series_year"), ["year"])
        batch.drop_column("kind")
    with op.batch_alter_table("organization") as batch:
        _unrule_parts(batch, "organization")
        batch.drop_column("deposit_percent")
        batch.drop_column("partial_minimum")
    op.drop_column("role", "refund_limit_currency")
    op.drop_column("role", "refund_limit")
    op.drop_column("activity", "via")
    _refuse_dangling()
