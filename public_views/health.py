"""Machines' door: is the process alive, can it serve."""

from alembic.runtime.migration import MigrationContext
from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from models.base import db

door = Blueprint("health", __name__)


@door.get("/healthz")
def healthz() -> Response:
    """The process answers; it says nothing of its surroundings."""
    return jsonify(status="ok")


@door.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 when the database answers and its schema is ours, else 503 with the reason."""
    try:
        reason = unready()
    except SQLAlchemyError:
        reason = "the database does not answer"
    return (jsonify(status="unready", reason=reason), 503) if reason else (jsonify(status="ok"), 200)


def unready() -> str:
    """Why this process must not serve, or nothing."""
    with db.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        found = set(MigrationContext.configure(connection).get_current_heads())
    wanted = {script.revision for script in current_app.extensions["alembic"].heads()}
    return "" if wanted == found else "the database's schema is another one: run `flask db upgrade`"
