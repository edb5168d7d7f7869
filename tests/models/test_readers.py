"""In which language a customer is written to."""

import pytest

from models.contact import Contact
from models.invoice import Invoice
from models.organization import Organization
from models.readers import frozen_language, language_of
from models.refusal import Refused

SPANISH = Organization(language="es")


@pytest.mark.parametrize(
    ("now", "issued_in", "language", "frozen"),
    [("de", "fr", "de", "fr"), (None, "fr", "fr", "fr"), (None, None, "es", "es"), ("de", None, "de", "es")],
)
def test_the_contacts_language_comes_first_and_documents_keep_theirs(
    now: str | None, issued_in: str | None, language: str, frozen: str
) -> None:
    invoice = Invoice(contact=Contact(language=now), contact_snapshot={"language": issued_in})
    assert language_of(invoice, SPANISH) == language
    assert frozen_language({"contact": invoice.contact_snapshot}, SPANISH) == frozen


def test_without_a_contact_it_is_the_organizations() -> None:
    assert language_of(Invoice(), SPANISH) == frozen_language({}, SPANISH) == "es"


@pytest.mark.parametrize("noun", [Contact, Organization])
def test_a_language_that_nobody_writes_is_refused(noun: type) -> None:
    with pytest.raises(Refused, match="not a language that we write in"):
        noun(language="tlh")
