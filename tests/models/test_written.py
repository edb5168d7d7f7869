"""What people write, as it is kept."""

import pytest

from models.contact import Contact
from models.invoice_line import InvoiceLine
from models.invoice_note import note_written
from models.language import isolated
from models.organization import Organization
from models.refusal import Refused, reason_given
from models.written import one_line, written

# Each is nothing that anybody sees: spaces, zero width, joiners, fillers, a blank Braille cell.
UNSEEN = [
    "",
    "  ",
    "\u200b",
    "\u200c\u200d",
    "\ufeff",
    "\u2060\u00ad",
    "\u3164",
    "\u2800",
    "\u202e\u202c",
    "\ufe0f",
    "\x07",
]
PERSIAN = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"


@pytest.mark.parametrize("text", UNSEEN)
def test_a_text_that_nobody_can_see_is_empty(text: str) -> None:
    assert (one_line(text), written(text)) == ("", "")


@pytest.mark.parametrize(
    "text",
    ["Ada", PERSIAN, "\u200fAda\u200e", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "1.50", "\u0915\u094d\u200d"],
)
def test_names_keep_the_marks_that_they_are_written_with(text: str) -> None:
    assert one_line(text) == text


@pytest.mark.parametrize(
    "text", ["Ada\nLovelace", "Ada\r\n \n Lovelace\n", "\u2028Ada\u2029Lovelace", "Ada\x85Lovelace"]
)
def test_one_line_has_no_breaks(text: str) -> None:
    contact = Contact(name=text, email=text)
    assert (contact.name, contact.email) == ("Ada Lovelace", "Ada Lovelace")


def test_what_turns_a_line_round_is_not_kept() -> None:
    assert one_line("Ada \u202eecalevoL\u202c \u2066x\u2069") == "Ada ecalevoL x"


@pytest.mark.parametrize("text", ["\u05d3\u2069\u202eevil", "\u05d3\u2067\u2068evil", "\u202b\u05d3evil"])
def test_what_was_kept_before_names_were_cleaned_turns_nothing_of_a_sentence_either(text: str) -> None:
    assert isolated(text) == "\u2068\u05d3evil\u2069"


def test_a_sentence_within_another_keeps_its_own_names_apart() -> None:
    assert isolated("\u2068\u05d3 1\u2069, 5 days") == "\u2068\u2068\u05d3 1\u2069, 5 days\u2069"


def test_nouns_keep_no_marks_that_turn_their_names_round() -> None:
    contact = Contact(
        name="\u202eAda", company="\u2067Ada Ltd", phone="\u202d1", billing_name="\u200b", tax_number="\u20669"
    )
    assert (contact.name, contact.company, contact.phone, contact.billing_name) == ("Ada", "Ada Ltd", "1", "")
    assert InvoiceLine(description="\u202eWork", tax_name=None).description == "Work"


@pytest.mark.parametrize("text", UNSEEN)
def test_notes_and_reasons_that_nobody_can_see_are_refused(text: str) -> None:
    with pytest.raises(Refused, match="Write the note first"):
        note_written(text)
    with pytest.raises(Refused, match="Say why"):
        reason_given(text)
    with pytest.raises(Refused, match="needs a name"):
        Organization(name=text)
