"""Messages as they are sent: written in their reader's language, with all that they bring."""

from datetime import date
from typing import Any

import css_inline
from flask import current_app, render_template
from sqlalchemy.orm import Session

from models.brand_file import BrandFile, logo_of
from models.contact import one_address, valid_address
from models.foreseen import foreseen
from models.invoice import Invoice
from models.invoice_version import present_version
from models.language import OURS, speaking
from models.mail import Mail
from models.message_text import Words, field_values
from models.money import Money
from models.organization import Organization, the_organization
from models.pay_link import pay_url
from models.readers import language_of
from models.reminding import stop_url, way_out
from models.stripe_account import takes_payments
from tasks.documents import attachments_of, link_of
from tasks.letter_kinds import KINDS, invoice_of, told_money
from tasks.mailer import Attachment, Letter
from tasks.message_texts import own_words

OF_THEIR_MOMENT = ("receipt", "refund")


def write(session: Session, mail: Mail) -> Letter:
    """The message as it is sent, in its reader's language. Refuses an address that is not exactly one."""
    return _written(session, mail, attachments_of(session, mail))


def preview(session: Session, invoice: Invoice, note: str) -> Letter:
    """What Send Invoice would send now; a draft has neither number nor link yet. Refuses what has no recipient."""
    about = {"kind": "invoice", "invoice_id": invoice.id, "to_address": invoice.recipient(), "note": note}
    mail = Mail(data={}, message_id="", **about)
    return _written(session, mail, (), url=_leading(session, invoice.id))


def preview_text(session: Session, mail: Mail, language: str, words: Words | None) -> Letter:
    """A message of the past as it would be with these words, else with the present ones, in that language."""
    return _written(session, mail, (), language, words, url=_leading(session, mail.invoice_id))


def _leading(session: Session, invoice_id: int | None) -> str:
    """To where a link would lead that is not there yet."""
    return pay_url(session, invoice_id) or f"{current_app.config['PUBLIC_URL']}/pay/…"


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
    stop = stop_url(pay_url(session, mail.invoice_id), to) if mail.kind == "reminder" else None
    with speaking(language):
        context = _context(session, mail, organization) | {"organization": organization, "logo": _shown(logo)} | instead
        context |= {"file": link_of(session, mail), "stop": stop}
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
            headers=way_out(stop, reply_to),
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
    return language_of(invoice_of(session, mail), organization) if mail.invoice_id else OURS


def _context(session: Session, mail: Mail, organization: Organization) -> dict[str, object]:
    """What the templates of a message may use."""
    kind = KINDS[mail.kind]
    of_invoice = _of_invoice(session, mail, organization) if mail.invoice_id else {}
    return of_invoice | {"note": mail.note} | kind.context(session, kind.about(session, mail))


def _of_invoice(session: Session, mail: Mail, organization: Organization) -> dict[str, object]:
    """`document` is what its customer was shown last, frozen; of a draft, what it would be."""
    invoice = invoice_of(session, mail)
    version = present_version(session, invoice)
    document = version.content if version else foreseen(invoice, organization)
    bill_to = document.get("contact") or invoice.contact_snapshot or {}
    return {
        "invoice": invoice,
        "document": document,
        "number": document.get("number") or "…",
        "due_date": _day(document.get("due_date")),
        "issuer": document.get("issuer"),
        "bill_to": bill_to,
        "customer": bill_to.get("name", ""),
        "url": pay_url(session, invoice.id),
        "by_hand": None if takes_payments(session) else organization.payment_instructions,
    } | _figures(mail, invoice)


def _figures(mail: Mail, invoice: Invoice) -> dict[str, Money]:
    """What asks for money says what is due as it goes out; what tells of a fact, how things stood with that fact."""
    now_due = invoice.grand_total() if invoice.is_draft else invoice.due()
    kept = mail.data if mail.kind in OF_THEIR_MOMENT else {}
    due, refunded = kept.get("due", now_due.amount), kept.get("refunded", invoice.refunded)
    return {"due": Money(due, invoice.currency), "refunded": Money(refunded, invoice.currency)}


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
