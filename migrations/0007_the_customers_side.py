"""Logos, documents, texts of one's own and reminders; languages not chosen; links that are replaced; ranks of mails"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
VALID = sa.text("revoked_at IS NULL")
OPENED = sa.text("opened_at IS NOT NULL")
NEW_TABLES = ("reminder", "message_text", "document", "brand_file")

# Rows of before: English, nothing switched on, nothing that can wait.
FILLED: dict[str, dict[str, tuple[sa.types.TypeEngine, str]]] = {
    "organization": {
        "language": (sa.String(length=8), "en"),
        "support_phone": (sa.String(length=60), ""),
        "documents": (sa.String(length=6), "attach"),
        "reminder_days": (sa.JSON(), "[]"),
    },
    "invoice": {"reminders_off": (sa.Boolean(), "false")},
    "mail": {
        "rank": (sa.SmallInteger(), "0"),
        "superseded_why": (sa.String(length=40), ""),
        "language": (sa.String(length=8), ""),
        "note": (sa.Text(), ""),
    },
}
EMPTY: dict[str, dict[str, sa.types.TypeEngine]] = {
    "organization": {"logo_id": KEY, "reminders_since": sa.Date()},
    "contact": {"reminders_off_at": MOMENT},
    "pay_link": {"revoked_by_id": KEY, "replaced_by_id": KEY, "opened_at": MOMENT, "noted_on": sa.Date()},
    "mail": {"document_id": KEY},
    "payment": {"failure_code": sa.String(length=60)},
}
REFERENCES = (
    ("organization", "logo_id", "brand_file"),
    ("pay_link", "revoked_by_id", "user_account"),
    ("pay_link", "replaced_by_id", "pay_link"),
    ("mail", "document_id", "document"),
)
# None of an invoice should have two; of those that do, only the newest was ever shown.
ONE_LINK = """
    UPDATE pay_link SET revoked_at = CURRENT_TIMESTAMP WHERE revoked_at IS NULL
    AND id < (SELECT max(newer.id) FROM pay_link AS newer
              WHERE newer.invoice_id = pay_link.invoice_id AND newer.revoked_at IS NULL)
"""
# Nobody could choose before: what a contact reads was English.
NOT_CHOSEN = "UPDATE contact SET language = NULL WHERE language = 'en'"
# No page of before could show them; the timeline still says that they went out.
UNKNOWN_BEFORE = "DELETE FROM mail WHERE kind IN ('payment_failed', 'refund_failed')"
WORK = (
    ("due_at", MOMENT, True),
    ("attempts", sa.Integer(), False),
    ("last_error", sa.Text(), True),
    ("claim_token", sa.String(length=32), True),
    ("claimed_until", MOMENT, True),
    ("parked_at", MOMENT, True),
)


def upgrade() -> None:
    _new_tables()
    _add_columns()
    op.execute(ONE_LINK)
    op.execute(NOT_CHOSEN)
    op.create_index("ix_mail_rank_due_at", "mail", ["rank", "due_at"])
    op.create_index("ix_mail_invoice_id_to_address_id", "mail", ["invoice_id", "to_address", "id"])
    op.create_index(
        "uq_pay_link_invoice_id",
        "pay_link",
        ["invoice_id"],
        unique=True,
        sqlite_where=VALID,
        postgresql_where=VALID,
    )
    op.create_index("ix_pay_link_opened_at", "pay_link", ["opened_at"], sqlite_where=OPENED, postgresql_where=OPENED)
    _keep_files()


def _add_columns() -> None:
    for table, columns in FILLED.items():
        with op.batch_alter_table(table) as batch:
            for name, (kind, first) in columns.items():
                batch.add_column(sa.Column(name, kind, nullable=False, server_default=_first(kind, first)))
        with op.batch_alter_table(table) as batch:
            for name, (kind, _) in columns.items():
                batch.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)
    for table, empty in EMPTY.items():
        for name, kind in empty.items():
            op.add_column(table, sa.Column(name, kind, nullable=True))
    for table, column, other in REFERENCES:
        with op.batch_alter_table(table) as batch:
            batch.create_foreign_key(op.f(f"fk_{table}_{column}"), other, [column], ["id"])
    with op.batch_alter_table("organization") as batch:
        batch.create_check_constraint(op.f("ck_organization_documents"), "documents IN ('attach', 'link')")
    with op.batch_alter_table("contact") as batch:
        batch.alter_column("language", existing_type=sa.String(length=8), nullable=True)


def _first(kind: sa.types.TypeEngine, first: str) -> sa.sql.expression.False_ | str:
    return sa.false() if isinstance(kind, sa.Boolean) else first


def _new_tables() -> None:
    op.create_table(
        "brand_file",
        sa.Column("id", KEY, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.Column("made_by_id", KEY, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("media_type IN ('image/png', 'image/jpeg')", name=op.f("ck_brand_file_media_type")),
        sa.ForeignKeyConstraint(["made_by_id"], ["user_account.id"], name=op.f("fk_brand_file_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brand_file")),
        sa.UniqueConstraint("digest", name=op.f("uq_brand_file_digest")),
    )
    _new_document()
    op.create_table(
        "message_text",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("introduction", sa.Text(), nullable=False),
        sa.Column("edited_by_id", KEY, nullable=True),
        sa.Column("edited_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["edited_by_id"], ["user_account.id"], name=op.f("fk_message_text_edited_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_text")),
        sa.UniqueConstraint("kind", "language", name=op.f("uq_message_text_kind_language")),
    )
    op.create_table(
        "reminder",
        sa.Column("id", KEY, nullable=False),
        sa.Column("invoice_id", KEY, nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("mail_id", KEY, nullable=True),
        sa.CheckConstraint("outcome IN ('sent', 'skipped')", name=op.f("ck_reminder_outcome")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_reminder_invoice_id")),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name=op.f("fk_reminder_mail_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("invoice_id", "due_date", "days", name=op.f("uq_reminder_invoice_id_due_date_days")),
    )


def _new_document() -> None:
    subject = (
        "(kind = 'invoice') = (version_id IS NOT NULL) AND (kind = 'receipt') = (payment_id IS NOT NULL)"
        " AND (kind = 'credit_note') = (credit_note_id IS NOT NULL)"
    )
    subjects = (("version_id", "invoice_version"), ("payment_id", "payment"), ("credit_note_id", "credit_note"))
    one_of = (("version_id", "language"), ("payment_id", "invoice_id", "language"), ("credit_note_id", "language"))
    op.create_table(
        "document",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("invoice_id", KEY, nullable=False),
        *(sa.Column(column, KEY, nullable=True) for column, _ in subjects),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("made_at", MOMENT, nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=True),
        *(sa.Column(name, kind, nullable=nullable) for name, kind, nullable in WORK),
        sa.CheckConstraint(subject, name=op.f("ck_document_subject")),
        sa.CheckConstraint("kind IN ('invoice', 'receipt', 'credit_note')", name=op.f("ck_document_kind")),
        sa.CheckConstraint("(made_at IS NULL) = (pdf IS NULL)", name=op.f("ck_document_made_with_its_file")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_document_invoice_id")),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_document_{column}"))
            for column, table in subjects
        ),
        *(sa.UniqueConstraint(*columns, name=op.f("_".join(("uq_document", *columns)))) for columns in one_of),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    for column in ("invoice_id", "due_at", "parked_at"):
        op.create_index(op.f(f"ix_document_{column}"), "document", [column])


def _keep_files() -> None:
    """A picture is never changed, nor is a document once it is made; neither is ever deleted."""
    made = "OLD.made_at IS NOT NULL"
    if op.get_bind().dialect.name == "postgresql":
        refuse = "EXECUTE FUNCTION refuse_change()"
        same = "(NEW.pdf, NEW.sha256, NEW.made_at) IS NOT DISTINCT FROM (OLD.pdf, OLD.sha256, OLD.made_at)"
        rules = {
            ("brand_file", "UPDATE"): f"FOR EACH ROW {refuse}",
            ("brand_file", "DELETE"): f"FOR EACH ROW {refuse}",
            ("document", "UPDATE"): f"FOR EACH ROW WHEN ({made} AND NOT ({same})) {refuse}",
            ("document", "DELETE"): f"FOR EACH ROW WHEN ({made}) {refuse}",
        }
    else:
        refuse = "BEGIN SELECT RAISE(ABORT, '{} is append-only'); END"
        same = "NEW.pdf IS OLD.pdf AND NEW.sha256 IS OLD.sha256 AND NEW.made_at IS OLD.made_at"
        rules = {
            ("brand_file", "UPDATE"): refuse,
            ("brand_file", "DELETE"): refuse,
            ("document", "UPDATE"): f"WHEN {made} AND NOT ({same}) {refuse}",
            ("document", "DELETE"): f"WHEN {made} {refuse}",
        }
    for (table, change), rule in rules.items():
        name = f"{table}_no_{change.lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON {table} {rule.format(table)}")


def downgrade() -> None:
    op.execute(UNKNOWN_BEFORE)
    for name in ("ix_pay_link_opened_at", "uq_pay_link_invoice_id"):
        op.drop_index(name, "pay_link")
    for name in ("ix_mail_invoice_id_to_address_id", "ix_mail_rank_due_at"):
        op.drop_index(name, "mail")
    op.execute("UPDATE contact SET language = 'en' WHERE language IS NULL")
    with op.batch_alter_table("contact") as batch:
        batch.alter_column("language", existing_type=sa.String(length=8), nullable=False)
    with op.batch_alter_table("organization") as batch:
        batch.drop_constraint(op.f("ck_organization_documents"), type_="check")
    for table, column, _ in REFERENCES:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"fk_{table}_{column}"), type_="foreignkey")
    for table, columns in (*FILLED.items(), *EMPTY.items()):
        with op.batch_alter_table(table) as batch:
            for name in columns:
                batch.drop_column(name)
    for table in NEW_TABLES:
        op.drop_table(table)
