"""From when on an account has to be compared again; a comparison always says since when"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("stripe_account", sa.Column("unheard_since", MOMENT, nullable=True))
    op.execute("UPDATE stripe_account SET unheard_since = disconnected_at WHERE state = 'revoked'")
    # Early databases of 0002 let it be empty.
    op.execute("UPDATE reconciliation SET since = created_at WHERE since IS NULL")
    with op.batch_alter_table("reconciliation") as batch:
        batch.alter_column("since", existing_type=MOMENT, nullable=False)


def downgrade() -> None:
    op.drop_column("stripe_account", "unheard_since")
