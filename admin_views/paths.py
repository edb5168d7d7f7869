"""Where a press leads: to pages of the panel only, whatever a form, an address or a browser says."""

from urllib.parse import urlsplit

from flask import request


def own_path(target: str | None) -> str | None:
    """The target if it is a path of the panel; `//evil`, `/\\evil` and `http:evil` are addresses for browsers."""
    return target if target and target.startswith("/admin/") and target.isprintable() else None


def back_to(page: str) -> str:
    """Where the form wants to lead, which must be here, or else this page."""
    return own_path(request.form.get("url")) or page


def came_from() -> str | None:
    """The page of the panel on which a button was pressed, if the browser says so."""
    try:
        pressed = urlsplit(request.referrer or "")
    except ValueError:
        return None
    here = pressed._replace(scheme="", netloc="", fragment="").geturl()
    return own_path(here) if pressed.netloc == request.host else None
