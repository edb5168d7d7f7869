"""The organization's logo, for whoever looks at a page or a message of it."""

import re

from flask import Blueprint, Response, abort
from sqlalchemy import select

from models.base import db
from models.brand_file import BrandFile
from public_views.assets import FOR_GOOD

door = Blueprint("brand", __name__, url_prefix="/brand")
DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@door.get("/<digest>")
def logo(digest: str) -> Response:
    """A picture never changes: its address is its digest."""
    if not DIGEST.fullmatch(digest):
        abort(404)
    found = db.session.execute(
        select(BrandFile.picture, BrandFile.media_type).where(BrandFile.digest == digest)
    ).one_or_none()
    if found is None:
        abort(404)
    answer = Response(found.picture, mimetype=found.media_type)
    answer.headers["Cache-Control"] = f"public, max-age={FOR_GOOD}, immutable"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
