"""What each kind of message says, what the timeline tells of it, and why it must not go out any more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import css_inline
from flask import current_app, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.brand_file import BrandFile, logo_of
from models.contact import one_address, valid_address
from models.credit_note import credit_note_of
from models.declines import why_failed
from models.foreseen import foreseen
from models.invoice import Invoice
from models.invoice_version import present_version
from models.language import OURS, speaking
from models.mail import Mail, notice_of
from models.message_text import Words, field_values
from models.money import Money
from models.notice import Notice, told_in
from models.organization import Organization, the_organization
from models.overtaken import (
    FailedRefund,
    invoice_overtaken,
    payment_failed_overtaken,
    receipt_overtaken,
    refund_failed_overtaken,
    refund_overtaken,
    reminder_overtaken,
)
from models.pay_link import PayLink
from models.payment import Payment
from models.people import User
from models.readers import language_of
from models.refund import Refund
from models.reminding import way_out
from tasks.documents import attachments_of, link_of
from tasks.mailer import Attachment, Letter
from tasks.message_texts import own_words

# How many news one message spells out.
MOST_NEWS = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """`told_as`: the timeline's word when it was sent. `about`: the row that it tells of, in whose words it is written.

    What is for a colleague is of no invoice: the timeline tells nothing of it, and has no word for it.

    `why_overtaken`: it asks for what is not due any more, or tells what did not happen (models/overtaken.py).
    """

    told_as: str
    about: Callable[[Session, Mail], Any]
    money: Callable[[Any], Money | None]
    why_overtaken: Callable[[Mail, Any, date], str]
    context: Callable[[Session, Any], dict[str, object]] = lambda session, about: {}
    # The timeline's word when it cannot be delivered.
    failed_as: str = "mail_failed"


def _invoice(session: Session, mail: Mail) -> Invoice:
    return session.get_one(Invoice, mail.invoice_id)


def _payment(session: Session, mail: Mail) -> Payment:
    return session.get_one(Payment, mail.data["subject_id"])


def _refund(session: Session, mail: Mail) -> Refund:
    return session.get_one(Refund, mail.data["subject_id"])


def _failed_refund(session: Session, mail: Mail) -> FailedRefund:
    notice = notice_of(session, mail.data["subject_id"])
    return FailedRefund(_refund(session, mail), notice is not None and notice.sent_at is not None)


@dataclass(frozen=True, slots=True)
class _News:
    """What a colleague is told of invoices that they own."""

    person: User
    notices: list[Notice]

    @property
    def is_wanted(self) -> bool:
        """Whether they still are a colleague, and have not asked for silence since."""
        return self.person.is_active and self.person.news_by_mail != "never"

    def told(self) -> dict[str, object]:
        shown = self.notices[:MOST_NEWS]
        panel = f"{current_app.config['PUBLIC_URL']}/admin"
        return {"person": self.person, "notices": shown, "more": len(self.notices) - len(shown), "panel": panel}


def _news(session: Session, mail: Mail) -> _News:
    return _News(session.get_one(User, mail.user_id), told_in(session, mail.data["notices"]))


KINDS = {
    "invoice": Kind("sent", _invoice, Invoice.grand_total, invoice_overtaken),
    # To a further address of the contact: whether it arrives says nothing about the invoice.
    "copy": Kind("copy_sent", _invoice, Invoice.grand_total, invoice_overtaken, failed_as="copy_failed"),
    "reminder": Kind("reminder_sent", _invoice, Invoice.due, reminder_overtaken),
    "receipt": Kind(
        "receipt_sent",
        _payment,
        lambda payment: payment.money,
        receipt_overtaken,
        lambda session, payment: {"payment": payment},
    ),
    "refund": Kind(
        "refund_notice_sent",
        _refund,
        lambda refund: refund.money,
        refund_overtaken,
        lambda session, refund: {"refund": refund, "credit_note": credit_note_of(session, refund.id)},
    ),
    "payment_failed": Kind(
        "payment_failed_notice_sent",
        _payment,
        lambda payment: payment.money,
        payment_failed_overtaken,
        lambda session, payment: {"payment": payment, "why": why_failed(payment.failure, payment.failure_code)},
    ),
    "refund_failed": Kind(
        "refund_failed_notice_sent",
        _failed_refund,
        lambda failed: failed.refund.money,
        refund_failed_overtaken,
        lambda session, failed: {"refund": failed.refund},
    ),
    "news": Kind(
        "",
        _news,
        lambda news: None,
        lambda mail, news, today: "" if news.is_wanted else "off",
        lambda session, news: news.told(),
    ),
}


def why_overtaken(session: Session, mail: Mail) -> str:
    """A word for why it must not go out any more, or nothing.

    An invoice that was voided or paid while its mail waited must not ask for money, nor a receipt thank for none.
    """
    kind = KINDS[mail.kind]
    return kind.why_overtaken(mail, kind.about(session, mail), the_organization(session).today())


def told_money(session: Session, mail: Mail) -> Money | None:
    """Of the invoice, the payment or the refund that it tells of."""
    kind = KINDS[mail.kind]
    return kind.money(kind.about(session, mail))


def write(session: Session, mail: Mail) -> Letter:
    """The message as it is sent, in its reader's language. Refuses an address that is not exactly one."""
    return _written(session, mail, attachments_of(session, mail))


def preview(session: Session, invoice: Invoice, note: str) -> Letter:
    """What Send Invoice would send now; a draft has neither number nor link yet. Refuses what has no recipient."""
    about = {"kind": "invoice", "invoice_id": invoice.id, "to_address": invoice.recipient(), "note": note}
    mail = Mail(data={}, message_id="", **about)
    return _written(session, mail, (), url=pay_url(session, invoice.id) or f"{current_app.config['PUBLIC_URL']}/pay/…")


def preview_text(session: Session, mail: Mail, language: str, words: Words | None) -> Letter:
    """A message of the past as it would be with these words, else with the present ones, in that language."""
    return _written(session, mail, (), language, words)


def _written(
    session: Session,
    mail: Mail,
    attachments: tuple[Attachment, ...],
    language: str = "",
    words: Words | None = None,
    **instead: object,
) -> Letter:
    # What is refused is kept, and so it is said in our language.
    to, organization = one_address(mail.to_address), the_organization(session)
    language, reply_to = language or _language(session, mail, organization), valid_address(organization.support_email)
    words = words or own_words(session, mail.kind, language)
    logo = logo_of(session, organization)
    with speaking(language):
        context = _context(session, mail, organization) | {"organization": organization, "logo": _shown(logo)} | instead
        context["file"] = link_of(session, mail)
        own = words.filled(field_values(mail.kind, told_money(session, mail), context)) if words else None
        # One rendering gives both: the plain text, and the `subject` that its template sets.
        text: Any = current_app.jinja_env.get_template(f"mail/{mail.kind}.txt").make_module(context | {"own": own})
        subject = own.subject if own else str(text.subject)
        page = render_template(f"mail/{mail.kind}.html", **context, own=own, subject=subject)
        return Letter(
            to=to,
            sender_name=organization.name,
            subject=subject,
            text=str(text),
            html=css_inline.inline(page, keep_at_rules=True, load_remote_stylesheets=False),
            message_id=mail.message_id,
            reply_to=reply_to,
            attachments=attachments,
            pictures=(Attachment(_name_of(logo), logo.picture, logo.media_type),) if logo else (),
            headers=way_out(pay_url(session, mail.invoice_id), reply_to) if mail.kind == "reminder" else (),
            language=language,
        )


def _shown(logo: BrandFile | None) -> dict[str, Any] | None:
    """Half as large as it may be, for screens that show two dots for one."""
    return None if logo is None else {"name": _name_of(logo), "size": logo.within(240, 72)}


def _name_of(logo: BrandFile) -> str:
    """Short enough for one line of a header, where many mail programs look for it."""
    return f"{logo.digest[:32]}@logo"


def _language(session: Session, mail: Mail, organization: Organization) -> str:
    """A colleague reads what the panel speaks."""
    return language_of(_invoice(session, mail), organization) if mail.invoice_id else OURS


def _context(session: Session, mail: Mail, organization: Organization) -> dict[str, object]:
    """What the templates of a message may use."""
    kind = KINDS[mail.kind]
    of_invoice = _of_invoice(session, _invoice(session, mail), organization) if mail.invoice_id else {}
    return of_invoice | {"note": mail.note} | kind.context(session, kind.about(session, mail))


def _of_invoice(session: Session, invoice: Invoice, organization: Organization) -> dict[str, object]:
    """`document` is what its customer was shown last, frozen; of a draft, what it would be."""
    version = present_version(session, invoice)
    document = version.content if version else foreseen(invoice, organization)
    bill_to = document.get("contact") or invoice.contact_snapshot or {}
    return {
        "invoice": invoice,
        "document": document,
        "number": document.get("number") or "…",
        "due_date": _day(document.get("due_date")),
        "issuer": document.get("issuer"),
        "due": invoice.grand_total() if invoice.is_draft else invoice.due(),
        "bill_to": bill_to,
        "customer": bill_to.get("name", ""),
        "url": pay_url(session, invoice.id),
    }


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def pay_url(session: Session, invoice_id: int | None) -> str | None:
    """The customer's link as it is valid now, or None when the invoice has none."""
    query = select(PayLink).where(PayLink.invoice_id == invoice_id, PayLink.revoked_at.is_(None))
    link = session.scalars(query.order_by(PayLink.id.desc()).limit(1)).one_or_none()
    return None if link is None else f"{current_app.config['PUBLIC_URL']}/pay/{link.token}"
