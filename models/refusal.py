"""What a noun or a verb says when it will not do something. The sentence is for a person."""

from models.language import gettext
from models.written import written


class Refused(Exception):
    """The request is understood and will not be done; str() is a sentence to show as it stands."""


class OutsideError(Exception):
    """Stripe or the mail server did not do it. Permanent: asking again will not help."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


class NotAllowed(Refused):
    """The person lacks the permission."""


class NotFound(Refused):
    """There is no such thing, or no longer."""


class Conflict(Refused):
    """Somebody else changed the thing meanwhile; look again."""


def reason_given(text: str) -> str:
    """Why somebody did it, for those who ask later. Refuses an empty text."""
    why = written(text)
    if not why:
        raise Refused(gettext("Say why: others will want to know."))
    return why
