"""Long lists become files; refunds and disputes of some days have an index; names are found however they are typed"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
INDEXES = (("refund", "state", "created_at"), ("dispute", "status", "decided_at"))
WORK = (
    ("due_at", MOMENT, True),
    ("attempts", sa.Integer(), False),
    ("last_error", sa.Text(), True),
    ("claim_token", sa.String(length=32), True),
    ("claimed_until", MOMENT, True),
    ("parked_at", MOMENT, True),
)
# The texts of a row by which people find it, as they were folded when this was released.
FOUND_BY = {"contact": ("name", "company", "email"), "opportunity": ("name",)}
FOLDED = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
PLAIN = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
ALIKE = str.maketrans(PLAIN | dict.fromkeys("‘’ʼ", "'") | dict.fromkeys("‐–—", "-"))
PORTION = 1000


def upgrade() -> None:
    op.create_table(
        "export",
        sa.Column("id", KEY, nullable=False),
        sa.Column("operation", sa.String(length=36), nullable=False),
        sa.Column("sheet", sa.String(length=30), nullable=False),
        sa.Column("asked_by_id", KEY, nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("locale", sa.String(length=20), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("ready", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, nullable=True),
        *(sa.Column(name, kind, nullable=nullable) for name, kind, nullable in WORK),
        sa.ForeignKeyConstraint(["asked_by_id"], ["user_account.id"], name=op.f("fk_export_asked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
        sa.UniqueConstraint("operation", name=op.f("uq_export_operation")),
    )
    for column in ("asked_by_id", "created_at", "due_at", "parked_at"):
        op.create_index(op.f(f"ix_export_{column}"), "export", [column])
    op.create_table(
        "export_part",
        sa.Column("id", KEY, nullable=False),
        sa.Column("export_id", KEY, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("ids", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["export_id"], ["export.id"], name=op.f("fk_export_part_export_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_part")),
        sa.UniqueConstraint("export_id", "place", name=op.f("uq_export_part_export_id_place")),
    )
    for table, state, moment in INDEXES:
        op.drop_index(f"ix_{table}_{state}", table)
        op.create_index(f"ix_{table}_{state}_{moment}", table, [state, moment])
    for table, names in FOUND_BY.items():
        op.add_column(table, sa.Column("folded", FOLDED, nullable=False, server_default=""))
        _fold_rows(sa.table(table, *map(sa.column, ("id", "folded", *names))), names)
        with op.batch_alter_table(table) as batch:
            batch.alter_column("folded", existing_type=FOLDED, existing_nullable=False, server_default=None)
        op.create_index(f"ix_{table}_folded", table, ["folded"])
        op.drop_index(f"ix_{table}_name", table)


def _fold_rows(table: sa.TableClause, names: tuple[str, ...]) -> None:
    books, last = op.get_bind(), 0
    query = sa.select(table.c.id, *(table.c[name] for name in names)).order_by(table.c.id).limit(PORTION)
    change = sa.update(table).where(table.c.id == sa.bindparam("row")).values(folded=sa.bindparam("found"))
    while rows := books.execute(query.where(table.c.id > last)).all():
        books.execute(change, [{"row": row, "found": "\n".join(map(_fold, texts))} for row, *texts in rows])
        last = rows[-1].id


def _fold(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    letters = (sign for sign in apart if not unicodedata.combining(sign) and unicodedata.category(sign) != "Cf")
    return " ".join("".join(letters).casefold().translate(ALIKE).split())[:200]


def downgrade() -> None:
    for table in FOUND_BY:
        op.create_index(f"ix_{table}_name", table, ["name"])
        op.drop_index(f"ix_{table}_folded", table)
        with op.batch_alter_table(table) as batch:
            batch.drop_column("folded")
    for table, state, moment in INDEXES:
        op.drop_index(f"ix_{table}_{state}_{moment}", table)
        op.create_index(f"ix_{table}_{state}", table, [state])
    op.drop_table("export_part")
    op.drop_table("export")
