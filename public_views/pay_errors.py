"""What a customer reads when their page cannot be shown at all: small, in their browser's language, naming nobody."""

from flask import g, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from models.language import speak
from public_views.languages import of_browser
from public_views.pay_door import door


@door.errorhandler(HTTPException)
def sorry(error: HTTPException) -> ResponseReturnValue:
    """Nothing is looked up for it: the error may be the database's."""
    answer, code = error.get_response(), error.code
    if code is not None:  # else it is an answer that was made already
        speak(of_browser())
        reference = g.get("request_id", "") if code >= 500 else ""
        answer.set_data(render_template("pay/sorry.html", ours=code >= 500, reference=reference))
    return answer


@door.route("/", defaults={"rest": ""}, methods=["POST", "PUT", "PATCH", "DELETE"])
@door.route("/<path:rest>", methods=["POST", "PUT", "PATCH", "DELETE"])
def misused(rest: str) -> ResponseReturnValue:
    """None of these pages can be used in this way. Refused behind this door: outside of it nobody knows customers."""
    raise MethodNotAllowed(valid_methods=["GET", "HEAD"])
