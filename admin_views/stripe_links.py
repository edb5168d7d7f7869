"""Where one looks at a thing at Stripe itself."""

from flask import current_app

from models.stripe_account import StripeAccount

STRIPE = "https://api.stripe.com"
DASHBOARD = "https://dashboard.stripe.com"


def dashboard_url(account: StripeAccount, path: str = "dashboard") -> str:
    """The page of Stripe's Dashboard; another Stripe than the real one shows its own front page."""
    base: str = current_app.config["STRIPE_API_BASE"]
    if base != STRIPE:
        return base
    mode = "" if account.livemode else "test/"
    return f"{DASHBOARD}/{account.stripe_id}/{mode}{path}"
