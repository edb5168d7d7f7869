"""Flask-Login and Flask-Principal over the one policy of models.people: who is here, and what they may."""

from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

from flask import Flask, Response, abort, g, jsonify, session
from flask_login import LoginManager, current_user
from flask_principal import ActionNeed, AnonymousIdentity, Identity, Permission, Principal, identity_loaded

from models.language import gettext, marked
from models.people import PERMISSIONS, User, can
from tasks.people import signed_in

login_manager = LoginManager()
login_manager.login_view = "sign_in.form"
login_manager.login_message = marked("Please sign in to see that page.")
login_manager.localize_callback = gettext
login_manager.login_message_category = "info"
# Sessions of Flask-Principal outlive a logout; the identity is asked for again at every request.
principal = Principal(use_sessions=False)


def init_app(app: Flask) -> None:
    login_manager.init_app(app)
    principal.init_app(app)
    principal.identity_loader(_identity)
    identity_loaded.connect(_provide, app)
    app.add_template_global(may)


def not_signed_in() -> tuple[Response, int]:
    """What scripts are told, in words to be shown."""
    return jsonify(error=gettext("Please sign in.")), 401


@login_manager.user_loader
def _user(token: str) -> User | None:
    return signed_in(token)


def _identity() -> Identity:
    return Identity(current_user.id) if current_user.is_authenticated else AnonymousIdentity()


def _provide(app: Flask, identity: Identity) -> None:
    if identity.id is not None:
        identity.provides.update(ActionNeed(p) for p in PERMISSIONS if can(current_user, p))


def somebody_is_here() -> bool:
    """Whether somebody is signed in; who that is, is asked now if the request went wrong before it was."""
    if "identity" not in g:
        principal.set_identity(_identity())
    return bool(current_user.is_authenticated)


def may(permission: str) -> bool:
    """Whether the person of this request holds the permission; an unknown one nobody holds."""
    return permission in PERMISSIONS and bool(Permission(ActionNeed(permission)).can())


def needs(permission: str) -> Callable[..., Any]:
    """A route for those who hold the permission; others get 403."""
    if permission not in PERMISSIONS:
        raise ValueError(f"unknown permission {permission}")

    def guard(route: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(route)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            return route(*args, **kwargs) if may(permission) else refuse(permission)

        return guarded

    return guard


def refuse(permission: str) -> NoReturn:
    """403, with a page that names the permission which is missing."""
    g.missing_permission = permission
    abort(403)


def me() -> User:
    """The person of this request, as the session's own row."""
    return current_user._get_current_object()  # type: ignore[no-any-return]


def sign_in_token() -> str:
    """The token of this sign-in, which OAuth states are bound to."""
    return str(session.get("_user_id", ""))
