"""Messages that ask for money and go out when no account takes payments any more."""

from collections.abc import Callable

import builders
import pytest
from customers import link
from mail_sink import Mailbox

from models.invoice import Invoice, new_operation
from models.organization import the_organization
from tasks import invoices, messages, transaction
from tasks.connect import disconnect
from tasks.reminders import remind

pytestmark = pytest.mark.usefixtures("app")
HOW = "Transfer to account 12 34\nat Example Bank"


def send_again(invoice: Invoice) -> int:
    return invoices.send_invoice(invoice.id, builders.person("staff"), new_operation())


def reminding(invoice: Invoice) -> int:
    return remind(invoice.id, builders.person("staff"), new_operation())


@pytest.mark.parametrize("write", [send_again, reminding])
def test_no_button_promises_what_the_page_cannot_do(mailbox: Mailbox, write: Callable[[Invoice], int]) -> None:
    with transaction() as session:
        the_organization(session).payment_instructions = HOW
    invoice = builders.a_sent_invoice("64.47")
    with builders.in_a_while(days=2):
        mail_id = write(invoice)
        disconnect(builders.person("admin"))
        messages.deliver(mail_id)
    for body in (mailbox[-1].text, mailbox[-1].html):
        assert ("Pay $64.47" in body, "View invoice" in body, link(invoice) in body) == (False, True, True)
        assert ("Transfer to account 12 34" in body, "at Example Bank" in body) == (True, True)


def test_without_instructions_its_reader_is_asked_to_ask(mailbox: Mailbox) -> None:
    mail_id = send_again(builders.a_sent_invoice("64.47"))
    disconnect(builders.person("admin"))
    messages.deliver(mail_id)
    assert "Please ask us how to pay." in mailbox[-1].text


def test_who_owes_nothing_reads_nothing_of_it(mailbox: Mailbox) -> None:
    mail_id = send_again(builders.a_paid_invoice("64.47"))
    disconnect(builders.person("admin"))
    messages.deliver(mail_id)
    assert "ask us how to pay" not in mailbox[-1].text
