"""An account that is being disconnected is held; a charge belongs to one payment; rare rows are found at once"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CANCELED = sa.text("canceled_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("stripe_account", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index("uq_payment_account_id_charge_id", "payment", ["account_id", "charge_id"], unique=True)
    op.create_index("ix_payment_status_paid_at", "payment", ["status", "paid_at"])
    op.create_index("ix_mail_sent_at", "mail", ["sent_at"])
    op.create_index(
        "ix_credit_note_canceled_at",
        "credit_note",
        ["canceled_at"],
        sqlite_where=CANCELED,
        postgresql_where=CANCELED,
    )


def downgrade() -> None:
    op.drop_index("ix_credit_note_canceled_at", "credit_note")
    op.drop_index("ix_mail_sent_at", "mail")
    op.drop_index("ix_payment_status_paid_at", "payment")
    op.drop_index("uq_payment_account_id_charge_id", "payment")
    op.drop_column("stripe_account", "held_until")
