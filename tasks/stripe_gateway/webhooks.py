"""Whether a delivery is really Stripe's (docs.stripe.com/webhooks, "Verify webhook signatures manually")."""

import time

import stripe

TOLERANCE = 300


def is_genuine(body: str, signature: str, secrets: list[str]) -> bool:
    """True when one of our secrets signed it within five minutes of now, to either side."""
    return any(_signed(body, signature, secret) for secret in secrets) and not _from_the_future(signature)


def _signed(body: str, signature: str, secret: str) -> bool:
    try:
        return bool(stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE))
    except stripe.SignatureVerificationError:
        return False


def _from_the_future(signature: str) -> bool:
    """The SDK accepts timestamps a day ahead."""
    stamps = [part[2:] for part in signature.split(",") if part.startswith("t=")]
    return not stamps or not stamps[0].isdigit() or int(stamps[0]) > time.time() + TOLERANCE
