"""The customers' door itself, which its pages lie behind. What keeps them private is in headers.py, by address."""

from flask import Blueprint, Response

from public_views.headers import csrf

door = Blueprint("pay", __name__, url_prefix="/pay")
# Customers have no session that another site could abuse: the unguessable token in the path is the authority,
# and a token for forms would need a cookie, which these pages never set.
csrf.exempt(door)


@door.after_request
def speak_of_languages(response: Response) -> Response:
    response.vary.add("Accept-Language")
    return response
