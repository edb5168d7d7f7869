"""A message as HTML, in a frame of a page of the panel: shown, and let to do nothing at all."""

import base64
import re

from markupsafe import escape
from sqlalchemy import select
from werkzeug.wrappers import Response

from models.base import db
from models.brand_file import BrandFile
from models.refusal import Refused

# No script, no form, nothing from elsewhere; pictures of its own come with it. Links lead nowhere from here.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)
_LOGO = re.compile(r"cid:([0-9a-f]{32})@logo")

# Above a message, in colors of its own: the message has one set for light and one for dark.
SAID = '<p style="margin: 0; padding: 14px 16px; font: 15px sans-serif; color: #171b26; background: #fff">{}</p>'


def refused_in_frame(error: Refused) -> Response:
    """Why there is no message to show, in its place."""
    return framed(SAID.format(escape(error)))


def framed(html: str) -> Response:
    shown = _LOGO.sub(lambda found: _written_out(found[1]), html)
    return Response(shown, mimetype="text/html", headers={"Content-Security-Policy": POLICY})


def _written_out(digest: str) -> str:
    """The logo as an address that needs nobody's answer; what a mail program takes from the message itself."""
    logo = db.session.scalars(select(BrandFile).where(BrandFile.digest.startswith(digest))).one_or_none()
    return f"data:{logo.media_type};base64,{base64.b64encode(logo.picture).decode()}" if logo else "data:,"
