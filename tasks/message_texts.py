"""The organization's own words for its messages."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import log
from models.base import locked
from models.clock import now
from models.message_text import MessageText, Words, checked, default_words, refuse_unknown
from models.organization import Organization
from models.people import User, require
from tasks import once_more, transaction


def own_text(session: Session, kind: str, language: str) -> MessageText | None:
    """Subject and introduction of a kind of message in a language; None: the default is said."""
    where = (MessageText.kind == kind, MessageText.language == language)
    return session.scalars(select(MessageText).where(*where)).one_or_none()


def own_words(session: Session, kind: str, language: str) -> Words | None:
    """Of any kind of message; a copy is called as its invoice is."""
    text = own_text(session, "invoice" if kind == "copy" else kind, language)
    return text.words if text else None


@once_more
def change_text(by: User, kind: str, language: str, subject: str, introduction: str) -> None:
    """Say this in messages of that kind and language from now on; the default itself takes one's own away.

    Refuses empty and overlong texts, fields that this kind of message does not have, and lonely braces.
    """
    require(by, "settings.edit")
    words = checked(kind, language, subject, introduction)
    with transaction() as session:
        _keep(session, by, kind, language, None if words == default_words(kind, language) else words)


@once_more
def reset_text(by: User, kind: str, language: str) -> None:
    """Say the default again."""
    require(by, "settings.edit")
    refuse_unknown(kind, language)
    with transaction() as session:
        _keep(session, by, kind, language, None)


def _keep(session: Session, by: User, kind: str, language: str, words: Words | None) -> None:
    locked(session, Organization, 1)  # so that two admins do not both write the first text of a kind
    row = own_text(session, kind, language)
    before = _kept(row.words) if row else None
    if words is None:
        if row is None:
            return
        session.delete(row)
    else:
        row = row or MessageText(kind=kind, language=language)
        row.subject, row.introduction = words.subject, words.introduction
        row.edited_by_id, row.edited_at = by.id, now()
        session.add(row)
    action = "message_text.edit" if words else "message_text.reset"
    log(session, by, action, f"message_text:{kind}:{language}", before, _kept(words) if words else None)


def _kept(words: Words) -> dict[str, object]:
    return {"subject": words.subject, "introduction": words.introduction}
