"""Machines' door: is the process alive, can it serve."""

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from models.schema import unready

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
