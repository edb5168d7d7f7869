"""What every answer carries: a content-security policy with a nonce, and the other security headers."""

import secrets

from flask import Flask, Response, g, request
from flask_wtf import CSRFProtect

csrf = CSRFProtect()

POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action {forms}"
)


def csp_nonce() -> str:
    """The nonce of this answer; the same one however often a template asks."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def init_app(app: Flask) -> None:
    csrf.init_app(app)
    app.add_template_global(csp_nonce)
    # Chromium holds redirects after a form to form-action too: Checkout and Connect are such redirects.
    forms = " ".join(["'self'", *sorted(_stripe_origins(app))])

    @app.after_request
    def protect(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=csp_nonce(), forms=forms))
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if app.config["SESSION_COOKIE_SECURE"]:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint != "static" and "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-store"
        return response


def _stripe_origins(app: Flask) -> set[str]:
    checkout = "https://checkout.stripe.com"
    bases = {app.config["STRIPE_API_BASE"], app.config["STRIPE_CONNECT_BASE"], checkout}
    return bases - {"https://api.stripe.com"}
