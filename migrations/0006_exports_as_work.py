"""Long lists become files that a worker writes; refunds and disputes of some days are found by an index"""

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


def downgrade() -> None:
    for table, state, moment in INDEXES:
        op.drop_index(f"ix_{table}_{state}_{moment}", table)
        op.create_index(f"ix_{table}_{state}", table, [state])
    op.drop_table("export_part")
    op.drop_table("export")
