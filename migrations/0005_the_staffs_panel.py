"""Notes, promises and copies of invoices; bulk work; what the bell tells; totals by invoice date; more of contacts"""

from datetime import UTC
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
ON_ITS_WAY = sa.text("processing > 0")
NEW_TABLES = ("bulk_run_item", "bulk_run", "notice", "invoice_note")

# Rows of before: an empty text, nothing lost yet, what came in on the day itself.
FILLED: dict[str, dict[str, tuple[sa.types.TypeEngine, str]]] = {
    "organization": {"registration_number": (sa.String(length=60), "")},
    "contact": {"billing_name": (sa.String(length=200), ""), "cc_addresses": (sa.JSON(), "[]")},
    "user_account": {"hidden_widgets": (sa.JSON(), "[]"), "news_by_mail": (sa.String(length=8), "at_once")},
    "daily_total": {"basis": (sa.String(length=7), "cash"), "lost": (sa.BigInteger(), "0")},
}
EMPTY: dict[str, dict[str, sa.types.TypeEngine]] = {
    "contact": {"currency": sa.String(length=3), "due_days": sa.Integer()},
    "dispute": {"decided_at": MOMENT},
    "invoice": {"operation": sa.String(length=36), "due_days": sa.Integer(), "promised_for": sa.Date()},
}
DECIDED = """
    UPDATE dispute SET decided_at = (
        SELECT at FROM activity WHERE cause = 'dispute:' || dispute.id || ':' || dispute.status
    ) WHERE status IN ('won', 'lost')
"""
# By the date of the invoices the same money counts on other days; the totals themselves are added up later.
BY_INVOICE = """
    INSERT INTO daily_total (basis, day, currency, collected, refunded, lost, fees, payments, dirty)
    SELECT DISTINCT 'invoice', invoice.issue_date, payment.currency, 0, 0, 0, 0, 0, true
    FROM payment JOIN invoice ON invoice.id = payment.invoice_id WHERE invoice.issue_date IS NOT NULL
"""
LOST = """
    SELECT dispute.decided_at, payment.currency FROM dispute JOIN payment ON payment.id = dispute.payment_id
    WHERE dispute.status = 'lost' AND dispute.decided_at IS NOT NULL
"""
DAYS = """
    INSERT INTO daily_total (basis, day, currency, collected, refunded, lost, fees, payments, dirty)
    VALUES ('cash', :day, :currency, 0, 0, 0, 0, 0, true) ON CONFLICT DO NOTHING
"""
WORK = (
    ("due_at", MOMENT, True),
    ("attempts", sa.Integer(), False),
    ("last_error", sa.Text(), True),
    ("claim_token", sa.String(length=32), True),
    ("claimed_until", MOMENT, True),
    ("parked_at", MOMENT, True),
)


def upgrade() -> None:
    _add_columns()
    _change_rules()
    _change_indexes()
    _new_tables()
    op.execute(DECIDED)
    op.execute("UPDATE daily_total SET dirty = true")
    op.execute(BY_INVOICE)
    _mark_days_of_losses()


def _mark_days_of_losses() -> None:
    """Nothing else may have happened on the day on which a dispute was lost."""
    books = op.get_bind()
    zone = ZoneInfo(books.scalar(sa.text("SELECT time_zone FROM organization")) or "UTC")
    query = sa.text(LOST).columns(sa.column("decided_at", MOMENT), sa.column("currency", sa.String()))
    for decided_at, currency in books.execute(query).all():
        day = (decided_at if decided_at.tzinfo else decided_at.replace(tzinfo=UTC)).astimezone(zone).date()
        books.execute(sa.text(DAYS).bindparams(sa.bindparam("day", day, sa.Date())), {"currency": currency})


def _add_columns() -> None:
    for table, columns in FILLED.items():
        with op.batch_alter_table(table) as batch:
            for name, (kind, first) in columns.items():
                batch.add_column(sa.Column(name, kind, nullable=False, server_default=first))
        with op.batch_alter_table(table) as batch:
            for name, (kind, _) in columns.items():
                batch.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)
    for table, empty in EMPTY.items():
        for name, kind in empty.items():
            op.add_column(table, sa.Column(name, kind, nullable=True))


def _change_rules() -> None:
    with op.batch_alter_table("user_account") as batch:
        batch.create_check_constraint(
            op.f("ck_user_account_news_by_mail"), "news_by_mail IN ('at_once', 'daily', 'never')"
        )
    with op.batch_alter_table("daily_total") as batch:
        batch.create_check_constraint(op.f("ck_daily_total_basis"), "basis IN ('cash', 'invoice')")
        batch.drop_constraint(op.f("uq_daily_total_day_currency"), type_="unique")
        batch.create_unique_constraint(op.f("uq_daily_total_basis_day_currency"), ["basis", "day", "currency"])
    with op.batch_alter_table("invoice") as batch:
        batch.create_unique_constraint(op.f("uq_invoice_operation"), ["operation"])
    with op.batch_alter_table("mail") as batch:
        batch.add_column(sa.Column("user_id", KEY, nullable=True))
        batch.create_foreign_key(op.f("fk_mail_user_id"), "user_account", ["user_id"], ["id"])


def _change_indexes() -> None:
    for column in ("status", "owner_id", "contact_id"):
        op.drop_index(f"ix_invoice_{column}", "invoice")
        op.create_index(f"ix_invoice_{column}_id", "invoice", [column, "id"])
    for column in ("total", "issue_date"):
        op.create_index(f"ix_invoice_{column}", "invoice", [column])
    op.create_index("ix_invoice_processing", "invoice", ["id"], sqlite_where=ON_ITS_WAY, postgresql_where=ON_ITS_WAY)
    op.create_index("ix_dispute_decided_at", "dispute", ["decided_at"])


def _new_tables() -> None:
    op.create_table(
        "bulk_run",
        sa.Column("id", KEY, nullable=False),
        sa.Column("operation", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("asked_by_id", KEY, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        *(sa.Column(name, kind, nullable=nullable) for name, kind, nullable in WORK),
        sa.CheckConstraint("kind IN ('send', 'remind', 'void')", name=op.f("ck_bulk_run_kind")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user_account.id"], name=op.f("fk_bulk_run_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_run")),
        sa.UniqueConstraint("operation", name=op.f("uq_bulk_run_operation")),
    )
    for column in ("created_at", "due_at", "parked_at"):
        op.create_index(op.f(f"ix_bulk_run_{column}"), "bulk_run", [column])
    op.create_table(
        "bulk_run_item",
        sa.Column("id", KEY, nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("invoice_id", KEY, nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'done', 'refused')", name=op.f("ck_bulk_run_item_state")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_bulk_run_item_invoice_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["bulk_run.id"], name=op.f("fk_bulk_run_item_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_run_item")),
        sa.UniqueConstraint("invoice_id", "run_id", name=op.f("uq_bulk_run_item_invoice_id_run_id")),
    )
    op.create_index("ix_bulk_run_item_run_id_state_id", "bulk_run_item", ["run_id", "state", "id"])
    op.create_table(
        "notice",
        sa.Column("id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("cause", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("invoice_id", KEY, nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("mailed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_notice_invoice_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_notice_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("user_id", "cause", name=op.f("uq_notice_user_id_cause")),
    )
    op.create_index("ix_notice_user_id_read_at_id", "notice", ["user_id", "read_at", "id"])
    op.create_index("ix_notice_user_id_id", "notice", ["user_id", "id"])
    op.create_index("ix_notice_mailed_at", "notice", ["mailed_at"])
    op.create_table(
        "invoice_note",
        sa.Column("id", KEY, nullable=False),
        sa.Column("invoice_id", KEY, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_by_id", KEY, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_note_invoice_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"], name=op.f("fk_invoice_note_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_note")),
    )
    op.create_index("ix_invoice_note_invoice_id", "invoice_note", ["invoice_id"])
    _keep_notes()


def _keep_notes() -> None:
    """Nobody changes a note, and it goes only with its invoice, which only a draft does."""
    there = "EXISTS (SELECT 1 FROM invoice WHERE id = OLD.invoice_id)"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_deletion_of_note() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN IF {there} THEN RAISE EXCEPTION 'invoice_note is append-only'; END IF; RETURN OLD; END $$"
        )
        update = "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        delete = "FOR EACH ROW EXECUTE FUNCTION refuse_deletion_of_note()"
    else:
        update = "BEGIN SELECT RAISE(ABORT, 'invoice_note is append-only'); END"
        delete = f"WHEN {there} {update}"
    op.execute(f"CREATE TRIGGER invoice_note_no_update BEFORE UPDATE ON invoice_note {update}")
    op.execute(f"CREATE TRIGGER invoice_note_no_delete BEFORE DELETE ON invoice_note {delete}")


def downgrade() -> None:
    for table in NEW_TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_deletion_of_note()")
    op.drop_index("ix_dispute_decided_at", "dispute")
    op.drop_index("ix_invoice_processing", "invoice")
    for column in ("total", "issue_date"):
        op.drop_index(f"ix_invoice_{column}", "invoice")
    for column in ("status", "owner_id", "contact_id"):
        op.drop_index(f"ix_invoice_{column}_id", "invoice")
        op.create_index(f"ix_invoice_{column}", "invoice", [column])
    _take_rules_back()
    for table, columns in (*FILLED.items(), *EMPTY.items()):
        with op.batch_alter_table(table) as batch:
            for name in columns:
                batch.drop_column(name)


def _take_rules_back() -> None:
    with op.batch_alter_table("mail") as batch:
        batch.drop_constraint(op.f("fk_mail_user_id"), type_="foreignkey")
        batch.drop_column("user_id")
    with op.batch_alter_table("invoice") as batch:
        batch.drop_constraint(op.f("uq_invoice_operation"), type_="unique")
    op.execute("DELETE FROM daily_total WHERE basis <> 'cash'")
    with op.batch_alter_table("daily_total") as batch:
        batch.drop_constraint(op.f("uq_daily_total_basis_day_currency"), type_="unique")
        batch.drop_constraint(op.f("ck_daily_total_basis"), type_="check")
        batch.create_unique_constraint(op.f("uq_daily_total_day_currency"), ["day", "currency"])
    with op.batch_alter_table("user_account") as batch:
        batch.drop_constraint(op.f("ck_user_account_news_by_mail"), type_="check")
