"""News of invoices to the people who own them: read in the bell, sent by email at once or once a day."""

from datetime import datetime, time

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from models.base import BESIDE_REFERENCES, locked
from models.clock import now
from models.language import gettext
from models.mail import CAN_WAIT, NOW, Mail
from models.notice import Notice, mark_read
from models.organization import the_organization
from models.people import User
from models.refusal import NotFound
from tasks import once_more, reading, transaction
from tasks.messages import put_in_queue

# When the news of a day are sent, in the organization's time zone.
MORNING = time(7)


@once_more
def read_notice(notice_id: int, by: User) -> int | None:
    """One of one's own is read now; the invoice that it tells of. Refuses what was told to somebody else."""
    with transaction() as session:
        notice = locked(session, Notice, notice_id)
        if notice.user_id != by.id:
            raise NotFound(gettext("There is nothing like that here any more."))
        mark_read(session, by.id, notice.id)
        return notice.invoice_id


@once_more
def read_all_notices(by: User) -> None:
    """Everything that this person was told is read now."""
    with transaction() as session:
        mark_read(session, by.id)


def send_news() -> None:
    """Write to each person who has news and wants them now: at once, or the day's, since seven in the morning.

    It may be asked for at any time and by several at once: a digest is one a day, also after days without any.
    """
    for user_id in _people_with_news():
        _write(user_id)


def _people_with_news() -> list[int]:
    """Also those who want none any more, so that nothing of it waits for ever."""
    with reading() as session:
        morning = the_organization(session).last(MORNING)
        ready = or_(User.news_by_mail != "daily", User.disabled_at.is_not(None), Notice.created_at < morning)
        waiting = select(Notice.user_id).join(Notice.user).where(Notice.mailed_at.is_(None), ready)
        return list(session.scalars(waiting.distinct().order_by(Notice.user_id)))


@once_more
def _write(user_id: int) -> None:
    """One message with all that waits; whoever else has the same thought waits for the person's row."""
    with transaction() as session:
        person = session.get_one(User, user_id, with_for_update={"of": User, **BESIDE_REFERENCES})
        morning = the_organization(session).last(MORNING)
        found, cause = _waiting(session, person, morning), _cause(person, morning)
        if not found or session.scalar(select(exists().where(Mail.cause == cause))):
            return
        for notice in found:
            notice.mailed_at = now()
        if person.is_active and person.news_by_mail != "never":
            told = {"notices": [notice.id for notice in found]}
            cause = cause or f"news:user:{person.id}:notice:{found[-1].id}"
            mail = Mail(cause=cause, kind="news", user_id=person.id, to_address=person.email, data=told)
            put_in_queue(session, mail, CAN_WAIT if person.news_by_mail == "daily" else NOW)


def _cause(person: User, morning: datetime) -> str:
    """A digest is of one morning; what is sent at once has no other name than what it tells."""
    return f"news:user:{person.id}:{morning:%Y-%m-%d}" if person.news_by_mail == "daily" else ""


def _waiting(session: Session, person: User, morning: datetime) -> list[Notice]:
    query = select(Notice).where(Notice.user_id == person.id, Notice.mailed_at.is_(None)).order_by(Notice.id)
    if person.news_by_mail == "daily" and person.is_active:
        query = query.where(Notice.created_at < morning)
    return list(session.scalars(query))
