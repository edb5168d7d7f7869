"""News of invoices to the people who own them: read in the bell, sent by email at once or once a day."""

from models.base import locked
from models.notice import Notice, mark_read
from models.people import User
from models.refusal import NotFound
from tasks import once_more, transaction


@once_more
def read_notice(notice_id: int, by: User) -> int | None:
    """One of one's own is read now; the invoice that it tells of. Refuses what was told to somebody else."""
    with transaction() as session:
        notice = locked(session, Notice, notice_id)
        if notice.user_id != by.id:
            raise NotFound("There is nothing like that here any more.")
        mark_read(session, by.id, notice.id)
        return notice.invoice_id


@once_more
def read_all_notices(by: User) -> None:
    """Everything that this person was told is read now."""
    with transaction() as session:
        mark_read(session, by.id)
