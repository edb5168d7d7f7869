"""What every answer carries: a content-security policy with a nonce, and the other security headers."""

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from flask_wtf import CSRFProtect

csrf = CSRFProtect()

POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action {forms}"
)
# Of customers' pages: nothing but a sheet, a script, pictures and questions to ourselves.
STRICT = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {forms}"
)
# Below these addresses is what customers see, whatever answers there; its token is told to nobody.
CUSTOMERS = ("pay", "brand")
PRIVATE = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


def csp_nonce() -> str:
    """The nonce of this answer; the same one however often a template asks."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def stripe_origins() -> set[str]:
    """Where Stripe shows pages to people: Checkout, Connect, and another Stripe's address such as the sandbox's."""
    bases = (current_app.config["STRIPE_API_BASE"], current_app.config["STRIPE_CONNECT_BASE"])
    found = {"https://checkout.stripe.com", *map(_origin, bases)}
    return found - {"https://api.stripe.com"}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def init_app(app: Flask) -> None:
    csrf.init_app(app)
    app.add_template_global(csp_nonce)
    app.after_request(protect)


def policy(rules: str) -> str:
    """The rules for this answer."""
    # Chromium holds redirects after a form to form-action too: Checkout and Connect are such redirects.
    forms = " ".join(["'self'", *sorted(stripe_origins())])
    return rules.format(nonce=csp_nonce(), forms=forms)


def is_for_customers() -> bool:
    return request.path.lstrip("/").partition("/")[0] in CUSTOMERS


def protect(response: Response) -> Response:
    private = is_for_customers()
    headers = {
        "Content-Security-Policy": policy(STRICT if private else POLICY),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    } | (PRIVATE if private else {})
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint not in ("static", "admin.static") and "Cache-Control" not in response.headers:
        headers["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response
