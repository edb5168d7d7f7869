"""What was just refused: the page comes back with its dialog open, the sentence in it, and what was typed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, request, session
from flask.sessions import SecureCookieSessionInterface

from models.refusal import Refused

KEPT = "refused"
LONGEST = 500
# The session travels in a cookie. A browser drops one of more than 4096 bytes, its name and attributes included.
MOST = 3800
UNTYPED = ("csrf_token", "url")


@dataclass
class RefusedPress:
    """The press before this page; nothing was refused while `why` is empty."""

    door: str = ""
    why: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    is_shown: bool = False

    def in_dialog(self, door: str, *rows: object, named: str = "id") -> dict[str, str]:
        """What was typed, and `why`, for the dialog that this door reads and that is about one of these rows.

        Empty when something else was refused, or nothing. A dialog asks while it is written, and then says why.
        """
        if self.door != door or self.typed.get(named) not in map(str, rows):
            return {}
        self.is_shown = True
        return self.typed | {"why": self.why}

    @property
    def unsaid(self) -> str:
        """The sentence, as long as no dialog says it."""
        return "" if self.is_shown else self.why


@contextmanager
def saying_refusals() -> Iterator[None]:
    """The page that comes next says a refusal as it stands."""
    try:
        yield
    except Refused as error:
        keep(str(error))


def keep(why: str) -> None:
    """For the page that comes next: in the dialog that was pressed while it is still there, else above the page.

    An open page that refreshes itself has pressed nothing: nothing is kept.
    """
    if _refreshes():
        return
    typed = {name: text[:LONGEST] for name, text in request.form.items() if name not in UNTYPED}
    kept = {"door": request.endpoint, "why": why, "typed": typed}
    session[KEPT] = kept if _fits(kept) else kept | {"typed": {}}


def _fits(kept: dict[str, Any]) -> bool:
    """Measured as it is written: names count as well, and characters differ in size."""
    written = SecureCookieSessionInterface().get_signing_serializer(current_app)
    return written is None or len(written.dumps({**session, KEPT: kept})) <= MOST


def take() -> RefusedPress:
    """What was kept, once. An open page that refreshes itself leaves it to the page that comes next."""
    return RefusedPress() if _refreshes() else RefusedPress(**session.pop(KEPT, {}))


def _refreshes() -> bool:
    return request.headers.get("X-Paydesk") == "1"
