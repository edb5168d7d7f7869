from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request

_LOCAL = ("127.0.0.1", "localhost", "[::1]")
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


def guard(app: Flask) -> None:
    app.before_request(_only_this_machine)
    app.after_request(_strict_headers)


def _only_this_machine() -> None:
    """A page from the web must not drive the sandbox, neither by a forged form nor by a rebound host name."""
    if request.host.rpartition(":")[0] not in _LOCAL and request.host not in _LOCAL:
        abort(403, "The sandbox answers on this machine only.")
    if request.method in ("GET", "HEAD") or request.path.startswith(("/v1/", "/v2/")):
        return
    site = request.headers.get("Sec-Fetch-Site", "none")
    origin = request.headers.get("Origin", request.host_url.rstrip("/"))
    if site not in ("none", "same-origin") or origin != request.host_url.rstrip("/"):
        abort(403, "This was sent by another site.")


def allow_form_to(url: str) -> None:
    """A form whose answer redirects to another origin needs that origin in `form-action`."""
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and parts.netloc:
        g.form_targets = [*g.get("form_targets", []), f"{parts.scheme}://{parts.netloc}"]


def _strict_headers(response: Response) -> Response:
    targets = "".join(f" {target}" for target in g.get("form_targets", []))
    response.headers.setdefault("Content-Security-Policy", _POLICY + targets)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response
