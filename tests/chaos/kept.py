"""Whether what was promised to people was kept: invoices sent, receipts, refunds, news, and what the pay page says."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import select

from models.activity import Activity
from models.bulk_run import BulkRun
from models.invoice import Invoice
from models.notice import NEWS, Notice
from models.pay_link import PayLink
from tests.chaos.books import Books
from tests.chaos.scene import Promises, Scene

# What the pay page says of an invoice with this status, when nothing is on its way.
STATES = {"Paid": "paid", "Refunded": "refunded", "Void": "void"}


def broken(books: Books, scene: Scene) -> list[str]:
    accepted = Counter(str(one["message_id"]) for one in scene.stripe.messages())
    found = [
        *_mails(books, accepted),
        *_receipts(books),
        *_news(books),
        *_matched(books, scene),
        *_billed_again(books),
        *_pages(books, scene),
    ]
    if not scene.was_restored:
        found += _unmatched(books)
        found += [*_strangers(books, accepted), *_sent(books, scene.promises), *_refunds(books, scene.promises)]
        found += [*_together(books, scene.promises), *_voided(books, scene.promises)]
        found += _replaced(books, scene.promises)
    return found


def _mails(books: Books, accepted: Counter[str]) -> Iterator[str]:
    """What we call sent was accepted, and nothing else is left."""
    for mail in books.mails:
        if mail.sent_at and not accepted[mail.message_id]:
            yield f"mail {mail.id} ({mail.kind}) is called sent and was not accepted"
        if not mail.sent_at and not mail.superseded_at:
            yield f"mail {mail.id} ({mail.kind}) is {mail.state}: {mail.last_error}"


def _strangers(books: Books, accepted: Counter[str]) -> Iterator[str]:
    known = {mail.message_id for mail in books.mails}
    yield from (f"a message {name} is not in our books" for name in accepted if name not in known)


def _unmatched(books: Books) -> Iterator[str]:
    yield from (
        f"payment {one.id} is of no invoice: {one.problem}" for one in books.payments.values() if not one.invoice_id
    )


def _matched(books: Books, scene: Scene) -> Iterator[str]:
    """What staff have matched counts for an invoice."""
    for payment in books.payments.values():
        if payment.id in scene.matched and payment.invoice_id is None:
            yield f"payment {payment.id} was matched and is of no invoice: {payment.problem}"


def _receipts(books: Books) -> Iterator[str]:
    """One for each payment, and a notice for each refund."""
    told = Counter((mail.kind, mail.data.get("subject_id")) for mail in books.mails if mail.kind != "invoice")
    for payment in books.payments.values():
        if payment.status == "succeeded" and payment.invoice_id and told["receipt", payment.id] != 1:
            yield f"payment {payment.id} has {told['receipt', payment.id]} receipts"
    for refund in books.refunds:
        if refund.state == "succeeded" and refund.payment.invoice_id and told["refund", refund.id] != 1:
            yield f"refund {refund.id} has {told['refund', refund.id]} notices"


def _sent(books: Books, promises: Promises) -> Iterator[str]:
    causes = {mail.cause for mail in books.mails}
    for invoice_id, operation in promises.sent:
        if not any(cause.startswith(f"invoice:{invoice_id}:") for cause in causes):
            yield f"invoice {invoice_id} was sent by {operation} and has no message"


def _together(books: Books, promises: Promises) -> Iterator[str]:
    """One run for both presses, and one message for each invoice."""
    sent = Counter(mail.invoice_id for mail in books.mails if mail.kind == "invoice")
    for operation, invoice_ids in promises.together.items():
        run = books.session.scalars(select(BulkRun).where(BulkRun.operation == operation)).one_or_none()
        if run is None or run.finished_at is None or run.ready != len(invoice_ids):
            yield f"the run {operation} is {run and (run.state, run.ready)}"
        for invoice_id in invoice_ids:
            if sent[invoice_id] != 1:
                yield f"invoice {invoice_id} was sent {sent[invoice_id]} times, asked for together with others"


def _news(books: Books) -> Iterator[str]:
    """What is news of an invoice rings its owner's bell, and is written to them once."""
    notices = list(books.session.scalars(select(Notice)))
    rung, written = {(one.user_id, one.cause) for one in notices}, Counter[int]()
    for mail in books.mails:
        written.update(mail.data.get("notices", ()) if mail.kind == "news" else ())
    query = select(Activity.cause, Invoice.owner_id).join(Invoice, Invoice.id == Activity.invoice_id)
    by_others = Activity.user_id.is_distinct_from(Invoice.owner_id) & Invoice.owner_id.is_not(None)
    for cause, owner_id in books.session.execute(query.where(Activity.kind.in_(NEWS), by_others)):
        if (owner_id, cause) not in rung:
            yield f"{cause} was not told to the owner of the invoice"
    yield from (f"notice {one.id} was written {written[one.id]} times" for one in notices if written[one.id] != 1)


def _refunds(books: Books, promises: Promises) -> Iterator[str]:
    for operation, amount in promises.refunded:
        made = sum(refund.amount for refund in books.refunds if refund.operation == operation)
        if made != amount:
            yield f"a refund of {amount} was promised, {made} was asked for ({operation})"


def _voided(books: Books, promises: Promises) -> Iterator[str]:
    for invoice in books.session.scalars(select(Invoice).where(Invoice.id.in_(promises.voided))):
        if invoice.status != "Void" or invoice.captured:
            yield f"{invoice} was voided and is {invoice.status} with {invoice.captured}"


def _replaced(books: Books, promises: Promises) -> Iterator[str]:
    """Two presses make one new link, and both are told of it."""
    for invoice_id, told in promises.replaced.items():
        links = list(books.session.scalars(select(PayLink.id).where(PayLink.invoice_id == invoice_id)))
        if len(links) != 2 or len(set(told)) != 1:
            yield f"the link of invoice {invoice_id} was replaced, and it has {len(links)}; staff were told {told}"


def _billed_again(books: Books) -> Iterator[str]:
    """Two presses of Bill again make one draft."""
    made = Counter(one for one in books.session.scalars(select(Invoice.made_from_id)) if one)
    yield from (f"invoice {number} was billed again {times} times" for number, times in made.items() if times > 1)


def _pages(books: Books, scene: Scene) -> Iterator[str]:
    """Customers are told what is true."""
    for invoice in books.session.scalars(select(Invoice).where(Invoice.id.in_(scene.promises.links))):
        if invoice.number is None:
            continue
        customer = scene.customer(invoice.id)
        customer.path = scene.promises.links[invoice.id]
        state, wanted = customer.state(), STATES.get(invoice.status, "processing" if invoice.processing else "open")
        if state != wanted and not (scene.was_restored and not state):
            yield f"{invoice} is {invoice.status}, its pay page says {state}"
