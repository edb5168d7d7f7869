"""Stripe's door: verify, keep, answer. What is to be done with an event is done by a job."""

from flask import Blueprint, request

from models.refusal import Refused
from public_views.headers import csrf
from tasks.events import receive

door = Blueprint("webhooks", __name__)
LARGEST = 512 * 1024


@door.post("/webhooks/stripe")
@csrf.exempt
def stripe() -> tuple[str, int]:
    """200 once the event is safely ours (again, too), 400 for what Stripe has not signed, 413 for what is too large."""
    request.max_content_length = LARGEST
    try:
        receive(request.get_data(), request.headers.get("Stripe-Signature", ""))
    except Refused as error:
        return str(error), 400
    return "", 200
