"""What the command palette does with one invoice; its words are translated as they are offered."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_

from models.invoice import Invoice
from models.invoice_status import OWED_IN
from models.language import gettext
from models.language import marked as _
from models.receivables import DUE


@dataclass(frozen=True, slots=True)
class Verb:
    """What the palette offers to do with an invoice that `fits`: chosen, it is typed, and the palette asks with which.

    It leads to the invoice's page with the dialog `show` open, where the press itself stands, or to another `page` of
    the invoice. `keywords` are its short forms: one of them with an invoice behind it is the verb, too.
    """

    label: str
    about: str
    permission: str
    show: str | None
    keywords: str
    fits: ColumnElement[bool]
    page: str = "details_view"

    def naming(self, title: str) -> str:
        """`Send Invoice 2026-0041`; a draft is told by its own word."""
        return gettext(self.about, invoice=title)

    def after(self, typed: str) -> str | None:
        """What is typed behind the verb; None when it does not begin with it, or is no more than a short form."""
        rest = _behind(gettext(self.label), typed)
        if rest is not None:
            return rest
        short = sorted(gettext(self.keywords).split(", "), key=len, reverse=True)
        return next(filter(None, (_behind(form, typed) for form in short)), None)


def _behind(words: str, typed: str) -> str | None:
    begins, typed = f"{words} ".casefold(), f"{typed} "
    # In other case a letter may be two: ß is ss.
    rests = (typed[end:].strip() for end in range(len(typed) + 1) if typed[:end].casefold() == begins)
    return next(rests, None)


# Sent and paid by link: what is still to be paid, and drafts, which the press issues.
_PAYABLE = Invoice.status.in_(("Draft", *OWED_IN))
VERBS = (
    Verb(
        _("Send Invoice"),
        _("Send %(invoice)s"),
        "invoices.send",
        "send",
        _("send, email, mail, deliver"),
        _PAYABLE,
    ),
    Verb(
        _("Preview and send"),
        _("Preview and send %(invoice)s"),
        "invoices.send",
        None,
        _("preview and send, preview"),
        _PAYABLE,
        "send",
    ),
    Verb(
        _("Copy Pay Link of"),
        _("Copy Pay Link of %(invoice)s"),
        "invoices.send",
        "pay-link",
        _("copy pay link, pay link, copy link, url"),
        _PAYABLE,
    ),
    Verb(
        _("Remind about"),
        _("Remind about %(invoice)s"),
        "invoices.send",
        "remind",
        _("remind, reminder"),
        and_(Invoice.sent_at.is_not(None), DUE > 0),
    ),
    Verb(
        _("Issue refund of"),
        _("Issue refund of %(invoice)s"),
        "refunds.issue",
        "refund",
        _("issue refund, refund, give back"),
        Invoice.captured > Invoice.refunded,
    ),
    Verb(
        _("Void Invoice"),
        _("Void %(invoice)s"),
        "invoices.void",
        "void",
        _("void, cancel"),
        and_(Invoice.status.in_(("Issued", "Sent")), Invoice.processing == 0),
    ),
)
