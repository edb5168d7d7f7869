"""What an open pay page asks and reports by itself."""

from flask import Response, abort, jsonify, request
from flask_login import current_user

from public_views.pay_answers import known
from public_views.pay_door import door
from tasks.pay_links import record_view


@door.get("/<token>/status")
def status(token: str) -> Response:
    """For the open page: state, amount due and version as we know them, without a question to Stripe."""
    found = known(token, request.args.get("session_id", ""))
    state, invoice = found.state_for(request.args.get("waiting", "")), found.invoice
    return jsonify(state=state, due=invoice.due().plain(), version=invoice.version)


@door.post("/<token>/viewed")
def viewed(token: str) -> tuple[str, int]:
    """The page was open before a person's eyes. Mail scanners and prefetching browsers do not send the header."""
    if request.headers.get("X-Paydesk") != "1":
        abort(400)
    record_view(known(token).invoice.id, by_staff=current_user.is_authenticated)
    return "", 204
