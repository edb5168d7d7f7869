"""What leaves the house as a file is remembered."""

from typing import Any

from models.activity import log
from models.people import User, require
from tasks import once_more, transaction


@once_more
def note_export(by: User, of: str, asked: dict[str, Any]) -> None:
    """Say in the audit log who takes these rows along and what was asked for. Refuses who may not export."""
    with transaction() as session:
        require(session.get(User, by.id), "exports")
        log(session, by, f"{of}.export", f"user:{by.id}", None, asked)
