"""Two people at one form: what an invoice says as it was written, who has saved it since, and what that changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_time
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import AuditEntry
from models.invoice import Invoice
from models.language import gettext, marked, reader_locale
from models.organization import the_organization
from models.people import User
from models.refusal import Conflict

# What the form of an invoice writes.
FIELDS = (
    "contact_id",
    "opportunity_id",
    "currency",
    "due_days",
    "due_date",
    "po_number",
    "lines",
    "terms",
    "notes",
    "partial_payments",
    "partial_minimum",
    "deposit_percent",
)
# What counts the savings up, as the audit log names it; each keeps `edits` as it was before.
DONE = {"invoice.edit": "saved", "invoice.issue": "issued", "invoice.revise": "revised"}
SAID = {
    "saved": marked("%(who)s saved this invoice on %(day)s at %(time)s, after you opened this form."),
    "issued": marked("%(who)s issued this invoice on %(day)s at %(time)s, after you opened this form."),
    "revised": marked("%(who)s revised this invoice on %(day)s at %(time)s, after you opened this form."),
}


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody has saved the invoice since a form was opened; `changed` names the fields that are others now."""

    who: str
    done: str
    at: datetime
    changed: tuple[str, ...]

    def said(self, session: Session) -> str:
        """Who did what, and when."""
        organization = the_organization(session)
        time = format_time(self.at, "short", tzinfo=organization.zone, locale=reader_locale())
        return gettext(SAID[self.done], who=self.who, day=organization.day_of(self.at), time=time)

    def words(self, session: Session) -> str:
        yours = gettext(
            "Nothing of yours is saved yet; what you typed stands below. Save again to put it in the place of theirs."
        )
        return f"{self.said(session)} {yours}"


def as_written(invoice: Invoice) -> dict[str, Any]:
    """What the audit log keeps of an invoice, before and after; amounts in minor units."""
    kept = {field: getattr(invoice, field) for field in (*FIELDS, "number", "version", "status", "total", "edits")}
    return kept | {
        "due_date": invoice.due_date and invoice.due_date.isoformat(),
        "deposit_percent": None if invoice.deposit_percent is None else str(invoice.deposit_percent.normalize()),
        "prices_gross": invoice.prices_gross,
        "lines": [line.content() for line in invoice.lines],
    }


def says(invoice: Invoice, values: dict[str, Any]) -> bool:
    """Whether the invoice already says what a form says: then a second press has found the first."""
    lines = [line.content() for line in values["lines"]]
    by_term = values["due_days"] is not None
    due_date = invoice.due_after(values["due_days"]) if by_term else values["due_date"]
    asked = values | {"due_date": due_date}
    same = all(getattr(invoice, field) == asked[field] for field in FIELDS if field != "lines")
    return same and lines == [line.content() for line in invoice.lines]


def overtaken(session: Session, invoice: Invoice, seen: int) -> Overtaken | None:
    """Who has saved it last since it had `seen` savings, or None when nobody has."""
    if invoice.edits == seen:
        return None
    since = _since(session, invoice, seen)
    last = since[-1] if since else None
    user = session.get(User, last.user_id) if last and last.user_id else None
    return Overtaken(
        who=str(user) if user else gettext("Somebody else"),
        done=DONE[last.action] if last else "saved",
        at=last.at if last else invoice.updated_at,
        changed=_changed(invoice, since),
    )


def refuse_overtaken(session: Session, invoice: Invoice, seen: int) -> None:
    if found := overtaken(session, invoice, seen):
        raise Conflict(found.words(session))


def refuse_unseen(session: Session, invoice: Invoice, seen: int) -> None:
    """Refuse to send what its sender has not looked at: it was saved since it had `seen` savings."""
    if found := overtaken(session, invoice, seen):
        yours = gettext("Nothing is sent yet. Look at the message as it is now, and send it again if it is right.")
        raise Conflict(" ".join((found.said(session), yours)))


def _since(session: Session, invoice: Invoice, seen: int) -> list[AuditEntry]:
    """What was saved after that, the oldest first."""
    query = select(AuditEntry).where(AuditEntry.subject == f"invoice:{invoice.id}", AuditEntry.action.in_(DONE))
    entries = session.scalars(query.order_by(AuditEntry.id.desc()).limit(max(0, invoice.edits - seen)))
    return [entry for entry in reversed(entries.all()) if (entry.before or {}).get("edits", 0) >= seen]


def _changed(invoice: Invoice, since: list[AuditEntry]) -> tuple[str, ...]:
    """Compared with the earliest that is known of each field."""
    was: dict[str, Any] = {}
    for entry in since:
        was = (entry.before or {}) | was
    now = as_written(invoice)
    return tuple(field for field in FIELDS if field in was and was[field] != now[field])
