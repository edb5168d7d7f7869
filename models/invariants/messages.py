"""Every effect has its message, and each message its effect."""

from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, func, literal, select
from sqlalchemy.orm import Session, aliased

from models.activity import Activity
from models.contact import valid_address
from models.invariants.invariant import Invariant, Rows
from models.invoice import Invoice
from models.mail import Mail
from models.payment import Payment
from models.refund import Refund

RECEIPT, NOTICE = "receipt:payment:", "notice:refund:"
FAILED, CAME_BACK = "failed:payment:", "refund_failed:refund:"


def _receipts(session: Session) -> Rows:
    arrived = and_(Payment.status == "succeeded", Payment.account_id.is_not(None))
    told = select(Payment.id, Invoice.contact_snapshot).join(Payment.invoice).where(arrived)
    yield from _not_told(session, told, "payment", _about(RECEIPT, Payment.id))
    payment_id = Mail.data["subject_id"].as_integer()
    came = (Payment.id == payment_id, Payment.status.in_(("succeeded", "reversed")))
    is_its = Mail.cause.startswith(_about(RECEIPT, Payment.id))
    for cause in session.scalars(select(Mail.cause).where(Mail.kind == "receipt", ~exists().where(*came, is_its))):
        yield f"mail:{cause}", "tells of nothing that has happened"
    sent = select(payment_id).where(Mail.kind == "receipt", Mail.sent_at.is_not(None)).group_by(payment_id)
    for row_id in session.scalars(sent.having(func.count() > 1)):
        yield f"payment:{row_id}", "has more than one receipt that went out"


def _notices(session: Session) -> Rows:
    told = select(Refund.id, Invoice.contact_snapshot).join(Refund.payment).join(Payment.invoice)
    went_back = and_(Refund.state == "succeeded", Refund.origin != "manual")
    yield from _not_told(session, told.where(went_back), "refund", _about(NOTICE, Refund.id))
    came_back = exists().where(Activity.cause == _about("refund:", Refund.id) + ":succeeded")  # it may fail later
    yield from _of_nothing(session, "refund", select(_about(NOTICE, Refund.id)).where(came_back))


def _failures(session: Session) -> Rows:
    """It may have arrived since, or gone back after all."""
    for kind, prefix, table in (("payment_failed", FAILED, Payment), ("refund_failed", CAME_BACK, Refund)):
        fact = f"{table.__tablename__}:"
        ends = [_about(fact, table.id) + f":{state}" for state in ("failed", "canceled")]
        told = exists().where(Activity.cause.in_(ends))
        yield from _of_nothing(session, kind, select(_about(prefix, table.id)).where(told))


def _failed_and_untold(session: Session) -> Rows:
    """Those from before there were such messages have none: it counts from the first that has one."""
    for prefix, table, was in ((FAILED, Payment, "processing"), (CAME_BACK, Refund, "succeeded")):
        noun = table.__tablename__
        ended, earlier = aliased(Activity), aliased(Activity)
        ends = [_about(f"{noun}:", table.id) + f":{state}" for state in ("failed", "canceled")]
        both = select(ended.id, table.id, Invoice.contact_snapshot).select_from(table)
        both = both.join(ended, ended.cause.in_(ends)).join(Invoice, Invoice.id == ended.invoice_id)
        before = and_(earlier.cause == _about(f"{noun}:", table.id) + f":{was}", earlier.id < ended.id)
        both = both.join(earlier, before)
        if table is Refund:
            both = both.where(exists().where(Mail.cause == _about(NOTICE, Refund.id)))
        cause = _about(prefix, table.id)
        first = both.with_only_columns(func.min(ended.id)).where(exists().where(Mail.cause == cause))
        since = both.with_only_columns(table.id, Invoice.contact_snapshot).where(ended.id >= first.scalar_subquery())
        yield from _not_told(session, since, noun, cause)


def _about(prefix: str, key: Any) -> ColumnElement[str]:
    return literal(prefix) + cast(key, String)


def _not_told(session: Session, facts: Select[Any], noun: str, cause: ColumnElement[str]) -> Rows:
    for row_id, contact in session.execute(facts.where(~exists().where(Mail.cause == cause))):
        if valid_address((contact or {}).get("email", "")):
            yield f"{noun}:{row_id}", "the customer has no message about it"


def _of_nothing(session: Session, kind: str, causes: Select[Any]) -> Rows:
    surplus = select(Mail.cause).where(Mail.kind == kind).except_(causes)
    for cause in session.scalars(surplus):
        yield f"mail:{cause}", "tells of nothing that has happened"


def _sent(session: Session) -> Rows:
    by_mail = exists().where(Mail.invoice_id == Invoice.id, Mail.kind == "invoice", Mail.sent_at.is_not(None))
    by_hand = exists().where(Activity.invoice_id == Invoice.id, Activity.kind == "marked_sent")
    for row in session.scalars(select(Invoice.id).where(Invoice.sent_at.is_not(None), ~by_mail, ~by_hand)):
        yield f"invoice:{row}", "counts as sent, and nothing was accepted by the mail server or marked by hand"
    for row in session.scalars(select(Invoice.id).where(Invoice.sent_at.is_(None), by_mail | by_hand)):
        yield f"invoice:{row}", "was sent and does not count as sent"


def _ends(session: Session) -> Rows:
    both = and_(Mail.sent_at.is_not(None), Mail.superseded_at.is_not(None))
    late = and_(Mail.sent_at.is_not(None) | Mail.superseded_at.is_not(None), Mail.due_at.is_not(None))
    for row in session.scalars(select(Mail.id).where(both | late)):
        yield f"mail:{row}", "has more than one end"


INVARIANTS = (
    Invariant("one receipt a payment", "Money that arrived for an invoice is confirmed once.", _receipts),
    Invariant("one notice a refund", "The customer hears of each refund once.", _notices),
    Invariant("failed before it is told", "The customer reads of no failure that has not happened.", _failures),
    Invariant("failed and told", "Who was told that money is on its way reads that it failed.", _failed_and_untold),
    Invariant("sent means accepted", "An invoice is sent when a mail server took it, or staff marked it.", _sent),
    Invariant("one end a message", "A message is sent, failed or superseded, and is then not sent again.", _ends),
)
