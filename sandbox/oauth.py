"""https://docs.stripe.com/connect/oauth-reference"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Flask, Response, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.api.access import key_of
from sandbox.errors import Refused
from sandbox.faults import disturb
from sandbox.guard import allow_form_to
from sandbox.ids import letters, new_id

if TYPE_CHECKING:
    from sandbox.world import World

Verb = Callable[["World"], dict[str, object]]

# "This can only be used once and expires in 5 minutes."
_CODE_LIFE = 5 * 60
_SCOPES = ("read_only", "read_write")


class OAuthError(Exception):
    """OAuth's own shape of errors: a word and a description."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


def init_app(app: Flask, world: World) -> None:
    oauth = Blueprint("oauth", __name__, url_prefix="/oauth")
    oauth.add_url_rule("/authorize", "ask", partial(_ask, world), methods=["GET"])
    oauth.add_url_rule("/authorize", "decide", partial(_decide, world), methods=["POST"])
    for name, verb in (("token", _token), ("deauthorize", _deauthorize)):
        oauth.add_url_rule(f"/{name}", name, partial(_machine, world, verb), methods=["POST"])
    app.register_blueprint(oauth)


def _ask(world: World) -> str | AnyResponse | tuple[str, int]:
    try:
        target = _target(world)
    except Refused as refusal:
        return render_template("oauth_error.html", message=str(refusal)), 400
    if refused := _bad_request():
        return redirect(_back(target, **refused), 303)
    allow_form_to(target)
    return render_template(
        "authorize.html", accounts=world.accounts(), query=request.args, scope=_scope(), scopes=world.scope_of
    )


def _target(world: World) -> str:
    """Where the answer goes. Until it is known to be ours, errors are shown here and sent nowhere."""
    if request.values.get("client_id") != world.settings.client_id:
        raise Refused("No application matches the supplied client identifier.")
    allowed = world.settings.redirect_uris
    target = request.values.get("redirect_uri") or (allowed[0] if allowed else "")
    if not _is_allowed(target, allowed):
        raise Refused(
            f"Invalid redirect URI '{target}'. Ensure this URI exactly matches one of the URIs specified in "
            "your application settings."
        )
    return target


def _is_allowed(target: str, allowed: tuple[str, ...]) -> bool:
    parts = urlsplit(target)
    if parts.fragment or parts.username or parts.scheme not in ("http", "https"):
        return False
    if allowed:
        # Exact, as at Stripe; an entry that ends with a slash stands for every address below it.
        return any(target == uri or (uri.endswith("/") and target.startswith(uri)) for uri in allowed)
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")


def _scope() -> str:
    return request.values.get("scope") or "read_only"


def _bad_request() -> dict[str, str] | None:
    if request.values.get("response_type", "code") != "code":
        return {"error": "unsupported_response_type", "error_description": "Only `code` is supported."}
    if _scope() not in _SCOPES:
        return {"error": "invalid_scope", "error_description": f"Invalid scope: {_scope()}"}
    return None


def _back(target: str, **answer: str) -> str:
    if state := request.values.get("state"):
        answer["state"] = state
    return f"{target}{'&' if '?' in target else '?'}{urlencode(answer)}"


def _decide(world: World) -> AnyResponse | tuple[str, int]:
    try:
        target = _target(world)
        account = request.form.get("account", "")
        if not account:
            words = "The user denied your request"
            return redirect(_back(target, error="access_denied", error_description=words), 303)
        code = issue_code(world, account, _scope())
    except Refused as refusal:
        return render_template("oauth_error.html", message=str(refusal)), 400
    return redirect(_back(target, scope=_scope(), code=code), 303)


def issue_code(world: World, account: str, scope: str) -> str:
    """The owner of the account has agreed. Nothing is connected before the code is exchanged."""
    world.account(account)
    code = new_id("ac")
    body = {"id": code, "account": account, "scope": scope, "created": world.clock.now(), "used": False}
    world.store.add(account, body, kind="code")
    return code


def _machine(world: World, verb: Verb) -> Response:
    """A call by the platform's server, with its secret key; faults come here too."""
    fault = world.faults.take(request.method, request.path)
    if fault and fault.when == "before":
        disturb(world.faults, fault, request.environ)
    error = fault.error() if fault else None
    if fault and error and fault.when == "before":
        answer = _json(error.envelope(), error.status)
    else:
        answer = _answered(world, verb)
    if fault and fault.when == "after":
        disturb(world.faults, fault, request.environ)
        answer = _json(error.envelope(), error.status) if error else answer
    world.note_request(request.method, request.path, answer.status_code, new_id("req"), None, None)
    return answer


def _answered(world: World, verb: Verb) -> Response:
    try:
        with world.store.transaction():
            _check_key(world)
            return _json(verb(world), 200)
    except OAuthError as error:
        return _json({"error": error.error, "error_description": str(error)}, error.status)


def _check_key(world: World) -> None:
    key = key_of(request) or request.form.get("client_secret")
    if key is None:
        words = (
            "No authentication was provided. Send your secret API key using the Authorization header, "
            "or as a client_secret POST parameter."
        )
        raise OAuthError("invalid_client", words, 401)
    if key != world.settings.secret_key:
        raise OAuthError("invalid_client", "Invalid API Key provided.", 401)


def _json(body: dict[str, object], status: int) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.headers["Request-Id"] = new_id("req")
    return response


def _token(world: World) -> dict[str, object]:
    grant = request.form.get("grant_type")
    if grant == "refresh_token":
        return _refreshed(world)
    if grant != "authorization_code":
        raise OAuthError("unsupported_grant_type", f"This grant type is not supported: {grant}")
    code = world.store.find(request.form.get("code", ""), "code")
    if code is None:
        words = f"Authorization code does not exist: {request.form.get('code', '')}"
        raise OAuthError("invalid_grant", words)
    if code["used"]:
        # Wording: isaacsanders/omniauth-stripe-connect#23.
        words = "This authorization code has already been used. All tokens issued with this code have been revoked."
        raise OAuthError("invalid_grant", words)
    if world.clock.now() - code["created"] >= _CODE_LIFE:
        raise OAuthError("invalid_grant", "This authorization code has expired.")
    world.store.save({**code, "used": True})
    world.connect(code["account"], code["scope"])
    return _grant(world, code["account"], code["scope"])


def _grant(world: World, account: str, scope: str) -> dict[str, object]:
    token = new_id("rt")
    world.store.add(account, {"id": token, "scope": scope}, kind="refresh_token")
    return {
        "access_token": f"sk_test_{letters(24)}",
        "livemode": False,
        "refresh_token": token,
        "token_type": "bearer",
        "stripe_publishable_key": f"pk_test_{letters(24)}",
        "stripe_user_id": account,
        "scope": scope,
    }


def _refreshed(world: World) -> dict[str, object]:
    token = world.store.find(request.form.get("refresh_token", ""), "refresh_token")
    account = world.owner(token["id"]) if token else ""
    if token is None or world.scope_of(account) is None:
        raise OAuthError("invalid_grant", "Refresh token does not exist.")
    return _grant(world, account, token["scope"])


def _deauthorize(world: World) -> dict[str, object]:
    if request.form.get("client_id") != world.settings.client_id:
        raise OAuthError("invalid_client", "No application matches the supplied client identifier", 401)
    account = request.form.get("stripe_user_id", "")
    if world.scope_of(account) is None:
        words = f"This application is not connected to stripe account {account}, or that account does not exist."
        raise OAuthError("invalid_client", words, 401)
    world.deauthorize(account)
    return {"stripe_user_id": account}
