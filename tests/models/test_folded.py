"""How names are found and sorted, however they are typed."""

import builders
import pytest
from flask import Flask
from sqlalchemy import select

from models.base import db
from models.contact import Contact
from models.folded import begins, fold, holds
from models.opportunity import Opportunity
from tasks import transaction


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("Álvarez", "alvarez"),
        ("Chloe\u0308", "chloe"),
        ("GROẞ  Groß", "gross gross"),
        ("Łukasz Søren Æsop", "lukasz soren aesop"),
        ("Iİıi", "iiii"),
        ("O’Brien\u00a0& Co‐Op", "o'brien & co-op"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u062e\u0648\u0627\u0647\u0645"),
    ],
)
def test_two_ways_to_type_a_name_are_one(name: str, folded: str) -> None:
    assert fold(name) == folded == fold(folded)


def test_a_noun_keeps_up_with_its_texts() -> None:
    contact = Contact(name="Chloé", email="C@X.org")
    assert contact.folded == "chloe\n\nc@x.org"
    contact.company = "Größe"
    contact.name = "Zoë"
    assert (contact.folded, Opportunity(name="Café").folded) == ("zoe\ngrosse\nc@x.org", "cafe")


@pytest.mark.both_databases
def test_the_longest_names_of_any_letters_are_kept(app: Flask) -> None:
    wide = "".join(chr(0x20000 + 7919 * number % 40000) for number in range(200))
    contact = builders.a_contact(name=wide, company=wide[::-1], email="\ufdfa" * 200)
    assert db.session.scalars(select(Contact).where(begins(Contact.folded, wide))).one() == contact


@pytest.mark.both_databases
def test_what_is_read_again_keeps_the_texts_that_are_not_changed(app: Flask) -> None:
    contact_id = builders.a_contact(name="Ada", company="Engines").id
    db.session.rollback()
    db.session.expunge_all()
    with transaction() as session:
        session.get_one(Contact, contact_id).name = "Àda"
    assert db.session.scalar(select(Contact.folded)) == "ada\nengines\ngrace@example.com"


@pytest.mark.both_databases
@pytest.mark.parametrize(("word", "is_held"), [("\u0301", False), ("%", False), ("_", False), ("Ñ", True)])
def test_signs_that_nothing_is_left_of_find_nothing(app: Flask, word: str, is_held: bool) -> None:
    builders.a_contact(name="Muñoz")
    found = [db.session.scalar(select(Contact.id).where(how(Contact.folded, word))) for how in (holds, begins)]
    assert [bool(each) for each in found] == [is_held, False]
