"""Money lost to disputes is no longer held; an account that is being disconnected is; rare rows are found at once"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LOST_OF_PAYMENTS = """
    UPDATE payment SET lost = (
        SELECT coalesce(sum(withdrawn), 0) FROM dispute WHERE payment_id = payment.id AND dispute.status = 'lost'
    )
"""
LOST_OF_INVOICES = """
    UPDATE invoice SET lost = (SELECT coalesce(sum(payment.lost), 0) FROM payment WHERE invoice_id = invoice.id)
"""
CANCELED = sa.text("canceled_at IS NOT NULL")


def upgrade() -> None:
    for table in ("payment", "invoice"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("lost", sa.BigInteger(), nullable=False, server_default="0"))
        with op.batch_alter_table(table) as batch:
            batch.alter_column("lost", existing_type=sa.BigInteger(), existing_nullable=False, server_default=None)
    op.execute(LOST_OF_PAYMENTS)
    op.execute(LOST_OF_INVOICES)
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
    for table in ("invoice", "payment"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("lost")
