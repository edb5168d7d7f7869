"""The bare address: on to the panel, which asks who is there."""

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

door = Blueprint("front", __name__)


@door.get("/")
def home() -> Response:
    return redirect(url_for("admin.index"))
