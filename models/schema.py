"""Whether the database's schema is the one that this product was written for."""

from alembic.runtime.migration import MigrationContext
from flask import current_app
from sqlalchemy import text

from models.base import db


def unready() -> str:
    """Why this process must not serve, or nothing."""
    with db.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        found = set(MigrationContext.configure(connection).get_current_heads())
    wanted = {script.revision for script in current_app.extensions["alembic"].heads()}
    return "" if wanted == found else "the database's schema is another one: run `flask --app app db upgrade`"
