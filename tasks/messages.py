"""Messages to customers and colleagues: queued in the transaction of the fact they tell of, sent by a job."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from models.activity import log, tell
from models.base import db, locked
from models.claimable import LONGEST_WAIT
from models.clock import now
from models.invoice import Invoice
from models.language import gettext
from models.mail import NOW, Mail, earlier_one, gives_way, next_one
from models.people import User, new_token, require
from models.refusal import OutsideError, Refused
from tasks import later, once_more, transaction
from tasks.claiming import Claim, work_on
from tasks.documents import bring_document
from tasks.letter_kinds import KINDS, told_money, why_overtaken
from tasks.letters import write
from tasks.mailer import Letter, OutOfReach, one_line, send, sender

# So long a document takes that another worker is making.
A_MOMENT = timedelta(seconds=2)


def queue_mail(
    session: Session,
    kind: str,
    cause: str,
    invoice: Invoice,
    to: str,
    by: User | None = None,
    subject_id: int = 0,
    rank: int = NOW,
    note: str = "",
) -> Mail:
    """Write the message down in the caller's transaction; a job sends it after the commit."""
    mail = Mail(
        cause=cause,
        kind=kind,
        invoice=invoice,
        to_address=to,
        data={"subject_id": subject_id} | _of_this_moment(invoice),
        made_by_id=by.id if by else None,
        note=note,
    )
    return put_in_queue(session, mail, rank)


def _of_this_moment(invoice: Invoice) -> dict[str, int]:
    figures = {"captured": invoice.captured, "processing": invoice.processing, "refunded": invoice.refunded}
    return figures | {"due": invoice.due().amount, "version": invoice.version}


def put_in_queue(session: Session, mail: Mail, rank: int = NOW) -> Mail:
    """The same for a message to anybody, of which cause, kind and address are known.

    What can wait wakes nobody: a thousand wake-ups would stand before the next receipt's. The sweep finds it.
    """
    mail.message_id, mail.due_at, mail.rank = f"<{new_token()}@{_mail_domain()}>", now(), rank
    session.add(mail)
    session.flush()
    if rank == NOW:
        later(deliver, mail.id)
    return mail


def deliver(mail_id: int) -> None:
    """Send one message if it is due, and record that the mail server has accepted it."""
    work_on(Mail, mail_id, _deliver)


@once_more
def retry_mail(mail_id: int, by: User) -> None:
    """Try a failed message again now."""
    require(by, "invoices.send")
    with transaction() as session:
        mail = locked(session, Mail, mail_id)
        if mail.state != "failed":
            raise Refused(gettext("This message is not waiting for a retry."))
        mail.wake()
        log(session, by, "mail.retry", f"mail:{mail.id}")
        later(deliver, mail.id)


def _deliver(claim: Claim) -> None:
    if _stays_here(claim):
        return
    if not bring_document(claim.row_id):
        _wait_for_document(claim)
        return
    try:
        letter = write(db.session, db.session.get_one(Mail, claim.row_id))
        db.session.rollback()
        claim.renew()
        send(letter)
    except (OutsideError, Refused) as error:
        if isinstance(error, Refused) or error.permanent:
            _tell_failure(claim.row_id, str(error))
        if isinstance(error, OutOfReach):
            _let_others_wait()
        raise
    _record_sent(claim, letter)


@once_more
def _wait_for_document(claim: Claim) -> None:
    with transaction() as session:
        claim.again_at(session, now() + A_MOMENT, "")


@once_more
def _let_others_wait() -> None:
    """One message asks for the server; if each did, a server that hangs would keep payments from coming home."""
    with transaction() as session:
        Mail.put_off(session, now() + LONGEST_WAIT)


@once_more
def _stays_here(claim: Claim) -> bool:
    """Whether it is not sent now: another one goes first, or it is not true any more."""
    with transaction() as session:
        mail = session.get_one(Mail, claim.row_id)
        if gives_way(session, mail):
            _wait_again(session, claim, mail, now())
            return True
        if earlier := earlier_one(session, mail):
            _let_pass(session, claim, mail, earlier)
            return True
        if why := why_overtaken(session, mail):
            _supersede(session, claim, mail, why)
            return True
        return False


def _let_pass(session: Session, claim: Claim, mail: Mail, earlier: Mail) -> None:
    """What stands before a receipt can wait no longer."""
    earlier.rank = min(earlier.rank, mail.rank)
    session.flush()
    _wait_again(session, claim, mail, now() + LONGEST_WAIT)
    later(deliver, earlier.id)


def _wait_again(session: Session, claim: Claim, mail: Mail, until: datetime) -> None:
    """Waiting is no attempt."""
    claim.again_at(session, until, "")
    mail.attempts -= 1


def _supersede(session: Session, claim: Claim, mail: Mail, why: str) -> None:
    claim.finish(session)
    mail.superseded_at, mail.superseded_why = now(), why
    log(session, None, "mail.supersede", f"mail:{mail.id}", after={"why": why})
    if mail.user_id is None:
        said = f"{mail.kind_words} to {mail.to_address}: {mail.superseded_words}"
        money = told_money(session, mail)
        tell(session, "message_superseded", f"mail:{mail.id}:superseded", mail.invoice_id, money=money, detail=said)
    _wake_next(session, mail)


def _wake_next(session: Session, mail: Mail) -> None:
    if after := next_one(session, mail):
        after.due_at = now()
        later(deliver, after.id)


@once_more
def _record_sent(claim: Claim, letter: Letter) -> None:
    with transaction() as session:
        claim.finish(session)
        mail = session.get_one(Mail, claim.row_id)
        mail.sent_at = now()
        mail.subject, mail.html, mail.text = one_line(letter.subject), letter.html, letter.text
        mail.language, mail.data = letter.language, mail.data | {"attached": [file.name for file in letter.attachments]}
        if mail.kind == "invoice":
            locked(session, Invoice, mail.invoice_id).mark_sent(mail.sent_at)
        if mail.user_id is None:
            tell(
                session,
                KINDS[mail.kind].told_as,
                f"mail:{mail.id}:sent",
                mail.invoice_id,
                user_id=mail.made_by_id,
                money=told_money(session, mail),
                at=mail.sent_at,
                detail=f"to {mail.to_address}",
            )
        _wake_next(session, mail)


def _tell_failure(mail_id: int, error: str) -> None:
    """Nobody's bell rings for the news that a bell has rung."""
    with transaction() as session:
        mail = session.get_one(Mail, mail_id)
        if mail.user_id is not None:
            return
        tell(
            session,
            KINDS[mail.kind].failed_as,
            f"mail:{mail.id}:failed:{mail.attempts}:{now().timestamp():.0f}",
            mail.invoice_id,
            money=told_money(session, mail),
            detail=f"{mail.to_address}: {error}",
        )


def _mail_domain() -> str:
    return sender().rsplit("@", 1)[-1]
