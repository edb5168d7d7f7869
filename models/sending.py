"""When a customer was given the invoice as it is now, by email or by staff themselves; and what goes with it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.activity import Activity
from models.contact import each_once
from models.invoice import Invoice
from models.invoice_version import present_version
from models.language import gettext
from models.mail import Mail
from models.refusal import Conflict, Refused
from models.written import written

LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Cover:
    """What a person adds to one sending of an invoice: a note for all who read it, and who gets a copy this time.

    `cc` stands in place of the contact's further addresses; `mine` is the sender's own address, or nothing; `edits`
    counts the savings of the invoice that its sender has looked at, or None.
    """

    note: str = ""
    cc: tuple[str, ...] = ()
    mine: str = ""
    edits: int | None = None

    def words(self) -> str:
        """The note. Refuses more than 2,000 characters."""
        if len(self.note) > LONGEST_NOTE:
            raise Refused(gettext("A note has at most %(most)s characters.", most=LONGEST_NOTE))
        return written(self.note)

    def copies_beside(self, to: str) -> list[str]:
        """Each address once, without the one that the invoice itself goes to. Refuses what is no address, and many."""
        copies = each_once(self.cc)
        if self.mine.casefold() not in {"", *(address.casefold() for address in copies)}:
            copies.append(self.mine)
        return [address for address in copies if address.casefold() != to.casefold()]


def handed_over_at(session: Session, invoice: Invoice) -> datetime | None:
    """When staff last said that they have sent it themselves."""
    by_hand = (Activity.invoice_id == invoice.id, Activity.kind == "marked_sent")
    return session.scalar(select(func.max(Activity.at)).where(*by_hand))


def sent_since(session: Session, invoice_id: int, moment: datetime) -> Mail | Activity | None:
    """The newest email of it that was written from that moment on, or else what staff said of a sending by hand.

    An email that failed or was superseded stands in nobody's way.
    """
    stands = (Mail.superseded_at.is_(None), Mail.parked_at.is_(None))
    mailed = select(Mail).where(Mail.invoice_id == invoice_id, Mail.kind == "invoice", Mail.created_at >= moment)
    by_hand = select(Activity).where(Activity.invoice_id == invoice_id, Activity.kind == "marked_sent")
    mail = session.scalars(mailed.where(*stands).order_by(Mail.id.desc()).limit(1)).one_or_none()
    told = by_hand.where(Activity.at >= moment).order_by(Activity.id.desc()).limit(1)
    return mail or session.scalars(told).one_or_none()


def refuse_sent_since(session: Session, invoice: Invoice, moment: datetime) -> None:
    """Refuse what somebody has sent, by email or by hand, after it was looked at: nobody means to send it twice."""
    sent = sent_since(session, invoice.id, moment)
    if by := sent.made_by if isinstance(sent, Mail) else sent and sent.user:
        raise Conflict(gettext("It was sent meanwhile by %(person)s. Press Send again if you mean it.", person=str(by)))


def is_sent_as_it_is(session: Session, invoice: Invoice) -> bool:
    """Whether its present version has gone out, by email or by hand."""
    mailed = select(func.max(Mail.sent_at)).where(Mail.invoice_id == invoice.id, Mail.kind == "invoice")
    moments = (session.scalar(mailed), handed_over_at(session, invoice), invoice.sent_at)
    last = max((at for at in moments if at), default=None)
    version = present_version(session, invoice)
    return last is not None and version is not None and version.created_at <= last
