"""Whether the database's schema is the one that this product was written for."""

from threading import Lock

from flask import current_app
from sqlalchemy import inspect, text

from models import (  # noqa: F401  (their tables belong to the schema)
    attention,
    brand_file,
    bulk_run,
    credit_note,
    document,
    export,
    invoice_note,
    message_text,
    notice,
    reconciliation,
    reminder,
)
from models.base import db

# Flask-Alembic shows its settings to a second thread before the first one has filled them in.
_reading = Lock()


def stored() -> set[str]:
    """The migrations that the database has; none when it is empty."""
    with db.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return set()
        return set(connection.scalars(text("SELECT version_num FROM alembic_version")))


def unready() -> str:
    """Why this process must not serve, or nothing."""
    with _reading:
        wanted = {script.revision for script in current_app.extensions["alembic"].heads()}
    return "" if wanted == stored() else "the database's schema is another one: run `flask --app app db upgrade`"
