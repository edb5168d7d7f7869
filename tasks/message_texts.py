"""The organization's own words for its messages."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.message_text import MessageText


def own_text(session: Session, kind: str, language: str) -> MessageText | None:
    """Subject and introduction of a kind of message in a language; None: the default is said."""
    where = (MessageText.kind == kind, MessageText.language == language)
    return session.scalars(select(MessageText).where(*where)).one_or_none()
