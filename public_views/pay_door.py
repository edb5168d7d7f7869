"""The customers' door itself: what its pages lie behind, and what each of its answers carries."""

from flask import Blueprint, Response

from public_views.headers import STRICT, csrf, policy

door = Blueprint("pay", __name__, url_prefix="/pay")
# Customers have no session that another site could abuse: the unguessable token in the path is the authority,
# and a token for forms would need a cookie, which these pages never set.
csrf.exempt(door)
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


@door.after_request
def keep_private(response: Response) -> Response:
    response.headers.update(HEADERS)
    response.headers.setdefault("Content-Security-Policy", policy(STRICT))
    response.vary.add("Accept-Language")
    return response
