"""The schema: made by migrations, the same as the models', and strict by itself."""

from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from builders import (
    a_contact,
    a_disputed_invoice,
    a_paid_invoice,
    a_refund,
    a_sent_invoice,
    come_home,
    in_a_while,
    the_world,
)
from flask import Flask
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from models.base import Base, db, migration_engine
from models.contact import Contact
from models.dispute import Dispute
from models.invoice import new_operation
from models.opportunity import Opportunity
from tasks import transaction
from tasks.audit import audit
from tasks.checkouts import open_checkout
from tasks.revenue import add_up_dirty_days

pytestmark = pytest.mark.both_databases


def run(statement: str, **values: object) -> None:
    with db.engine.connect() as connection, connection.begin():
        connection.execute(text(statement), values)


def everything(name: str) -> list[dict[str, Any]]:
    with db.engine.connect() as connection:
        rows = connection.execute(select(text("*")).select_from(sa.table(name)).order_by(text("id")))
        return [dict(row) for row in rows.mappings()]


@pytest.fixture
def books(app: Flask) -> None:
    """An invoice that was paid and partly refunded, and one with an open checkout."""
    a_refund(a_paid_invoice(), "10.00")
    come_home()
    open_checkout(a_sent_invoice().id, new_operation())
    db.session.rollback()


def test_migrations_make_what_the_models_ask_for(app: Flask) -> None:
    assert app.extensions["alembic"].compare_metadata() == []
    assert set(inspect(db.engine).get_table_names()) - {"alembic_version"} == set(Base.metadata.tables)


def test_the_first_schema_can_be_taken_back(app: Flask) -> None:
    alembic = app.extensions["alembic"]
    alembic.downgrade("base")
    left = set(inspect(db.engine).get_table_names())
    alembic.upgrade()
    assert left <= {"alembic_version"}
    assert alembic.compare_metadata() == []


OLD_TABLES = ("contact", "invoice", "invoice_line", "invoice_version", "checkout", "payment", "refund", "activity")


def test_a_database_of_the_first_schema_is_taken_along(app: Flask, books: None) -> None:
    alembic = app.extensions["alembic"]
    alembic.downgrade("0001")
    before = {name: everything(name) for name in OLD_TABLES}
    alembic.upgrade()
    for row in before["contact"]:
        assert row.pop("language") == "en"  # nobody could choose, so later schemas call it not chosen
    for name, rows in before.items():
        columns = rows[0].keys()
        assert [{column: row[column] for column in columns} for row in everything(name)] == rows
    assert {row["kind"] for row in everything("number_series")} == {"invoice"}
    assert {row["origin"] for row in everything("refund")} == {"desk"}


def test_what_disputes_have_taken_for_good_is_known_of_older_rows_too(app: Flask) -> None:
    invoice = a_disputed_invoice()
    the_world().close_dispute(db.session.query(Dispute).one().stripe_id, "lost")
    come_home()
    db.session.rollback()
    app.extensions["alembic"].downgrade("0002")
    app.extensions["alembic"].upgrade()
    assert [everything(name)[0]["lost"] for name in ("payment", "invoice")] == [10000, 10000]
    assert (invoice.lost, audit()) == (10000, [])


def test_a_day_on_which_only_a_dispute_was_lost_is_counted_after_a_migration(app: Flask) -> None:
    a_disputed_invoice()
    the_world().close_dispute(db.session.query(Dispute).one().stripe_id, "lost")
    with in_a_while(days=3):
        come_home()
    db.session.rollback()
    app.extensions["alembic"].downgrade("0004")
    run("DELETE FROM daily_total WHERE collected = 0")
    app.extensions["alembic"].upgrade()
    add_up_dirty_days()
    assert audit() == []


def test_contacts_and_deals_of_before_are_found_however_their_names_are_typed(app: Flask) -> None:
    contact = a_contact(name="Álvarez  Groß", company="O’Łódź", email="A@x.org")
    with transaction() as session:
        session.add(Opportunity(name="Æther", contact_id=contact.id))
        session.add_all(Contact(name=f"Søren {number}") for number in range(1200))
    before = {name: everything(name) for name in ("contact", "opportunity")}
    app.extensions["alembic"].downgrade("0005")
    assert "folded" not in everything("contact")[0]
    app.extensions["alembic"].upgrade()
    assert {name: everything(name) for name in before} == before
    assert [everything(name)[0]["folded"] for name in before] == ["alvarez gross\no'lodz\na@x.org", "aether"]


def test_after_a_migration_references_are_guarded_again(app: Flask, books: None) -> None:
    app.extensions["alembic"].downgrade("0001")
    app.extensions["alembic"].upgrade()
    with pytest.raises(IntegrityError):
        run("UPDATE payment SET invoice_id = 4711")


def test_a_migration_that_fails_changes_nothing(app: Flask, books: None) -> None:
    run("UPDATE payment SET status = 'reversed'")  # the old schema knows no such payment
    before = everything("payment")
    with pytest.raises(IntegrityError):
        app.extensions["alembic"].downgrade("0001")
    assert everything("payment") == before
    assert app.extensions["alembic"].compare_metadata() == []


PICTURE = """
    INSERT INTO brand_file (digest, media_type, width, height, picture, created_at)
    VALUES ('digest', '{}', 1, 1, '', '2026-11-23')
"""
DOCUMENT = """
    INSERT INTO document (kind, invoice_id, {}, language, name, created_at, attempts, sha256, size)
    SELECT '{}', invoice_id, 1, 'xx', 'Invoice.pdf', created_at, 0, '', 0 FROM invoice_version WHERE id = 1
"""
REMINDER = """
    INSERT INTO reminder (invoice_id, due_date, days, decided_on, outcome, why)
    SELECT 1, due_date, -3, due_date, '{}', '' FROM invoice WHERE id = 1
"""
NOTE = "INSERT INTO invoice_note (invoice_id, text, made_by_id, created_at) SELECT {}, '', 1, created_at FROM invoice"


def test_history_can_only_be_added_to(books: None) -> None:
    run(NOTE.format(1))
    for table, column in (("activity", "actor"), ("audit_entry", "actor"), ("invoice_note", "text")):
        for change in ("UPDATE {} SET {} = 'nobody'", "DELETE FROM {}"):
            with pytest.raises(DBAPIError, match="append-only"):
                run(change.format(table, column))


def test_files_are_never_changed_once_they_are_made(books: None) -> None:
    run(PICTURE.format("image/png"))
    run(DOCUMENT.format("version_id", "invoice"))
    run("UPDATE document SET attempts = 1 WHERE language = 'xx'")
    run("UPDATE document SET made_at = created_at, pdf = '', sha256 = 'abc' WHERE language = 'xx'")
    run("UPDATE document SET name = 'Bill.pdf'")
    for change in (
        "UPDATE brand_file SET width = 2",
        "DELETE FROM brand_file",
        "UPDATE document SET sha256 = 'def'",
        "UPDATE document SET made_at = NULL, pdf = NULL",
        "DELETE FROM document",
    ):
        with pytest.raises(DBAPIError, match="append-only"):
            run(change)


def test_of_two_links_the_newest_is_the_one_that_a_migration_leaves(app: Flask, books: None) -> None:
    app.extensions["alembic"].downgrade("0005")
    columns = "invoice_id, token, created_at"
    run(f"INSERT INTO pay_link (token_hash, {columns}) SELECT 'new', {columns} FROM pay_link WHERE invoice_id = 1")  # noqa: S608
    app.extensions["alembic"].upgrade()
    links = [link for link in everything("pay_link") if link["invoice_id"] == 1]
    assert [link["token_hash"] for link in links if link["revoked_at"] is None] == ["new"]
    assert len(links) == 2


def test_a_table_that_triggers_look_into_can_be_built_anew(app: Flask) -> None:
    with migration_engine().connect() as connection, connection.begin():
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("invoice") as batch:
            batch.alter_column("po_number", existing_type=sa.String(60), type_=sa.String(60))
    a_sent_invoice()
    with pytest.raises(IntegrityError):
        run(NOTE.format(4711))


IMPOSSIBLE = [
    ("organization_one_row", "UPDATE organization SET id = 2"),
    ("invoice_amounts", "UPDATE invoice SET captured = -1"),
    ("invoice_amounts", "UPDATE invoice SET refunded = -1"),
    ("invoice_numbered_when_issued", "UPDATE invoice SET number = NULL"),
    ("invoice_numbered_when_issued", "UPDATE invoice SET issued_at = NULL"),
    ("invoice_total_above_zero", "UPDATE invoice SET total = 0"),
    ("invoice_line_quantity", "UPDATE invoice_line SET quantity = 0"),
    ("invoice_line_discount", "UPDATE invoice_line SET discount = 100001"),
    ("invoice_line_tax_percent", "UPDATE invoice_line SET tax_percent = -1"),
    ("payment_amounts", "UPDATE payment SET amount = 0"),
    ("payment_amounts", "UPDATE payment SET reserved = -1"),
    ("payment_status", "UPDATE payment SET status = 'lost'"),
    ("payment_matched_or_explained", "UPDATE payment SET invoice_id = NULL"),
    ("payment_matched_or_explained", "UPDATE payment SET problem = 'none'"),
    ("refund_state", "UPDATE refund SET state = 'gone'"),
    ("refund_amount", "UPDATE refund SET amount = 0"),
    ("checkout_state", "UPDATE checkout SET state = 'closed'"),
    ("stripe_account_state", "UPDATE stripe_account SET state = 'new'"),
    ("organization_documents", "UPDATE organization SET documents = 'both'"),
    ("brand_file_media_type", PICTURE.format("image/svg+xml")),
    ("document_(kind|subject)", DOCUMENT.format("version_id", "bill")),
    ("document_subject", DOCUMENT.format("payment_id", "invoice")),
    ("reminder_outcome", REMINDER.format("late")),
]


def test_the_schema_refuses_what_cannot_be(books: None) -> None:
    for rule, statement in IMPOSSIBLE:
        with pytest.raises(IntegrityError, match=rule):
            run(statement)


# What is changed in a copy of a row, so that only the rule in question is broken.
TWINS: list[tuple[str, dict[str, str]]] = [
    ("checkout", {"uuid": "'another'", "stripe_id": "'cs_another'"}),
    ("payment", {"amount": "1"}),
    ("refund", {"uuid": "'another'", "operation": "'another'"}),
    ("stripe_event", {}),
    ("mail", {"message_id": "'another'"}),
    ("activity", {}),
    ("daily_total", {}),
    ("stripe_account", {"stripe_id": "'acct_another'"}),
    ("invoice", {"created_at": "created_at"}),
    ("pay_link", {"token_hash": "'another'"}),
    ("document", {}),
    ("reminder", {}),
    ("user_account", {}),
]


def test_nothing_is_there_twice(books: None) -> None:
    run(DOCUMENT.format("version_id", "invoice"))
    run(REMINDER.format("skipped"))
    for table, changed in TWINS:
        with pytest.raises(IntegrityError, match=rf"(?i)unique[^\[]*{table}"):
            run(copy_of_the_newest(table, changed))


def copy_of_the_newest(table: str, changed: dict[str, str]) -> str:
    columns = [column.name for column in Base.metadata.tables[table].columns if column.name != "id"]
    values = ", ".join(changed.get(name, name) for name in columns)
    newest = f"(SELECT max(id) FROM {table})"  # noqa: S608
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE id = {newest}"  # noqa: S608


def test_a_closed_checkout_makes_room_for_the_next(books: None) -> None:
    changed = {"uuid": "'another'", "stripe_id": "'cs_another'"}
    run("UPDATE checkout SET state = 'expired'")
    run(copy_of_the_newest("checkout", changed | {"state": "'open'"}))
    with pytest.raises(IntegrityError, match="checkout"):
        run(copy_of_the_newest("checkout", {"uuid": "'third'", "stripe_id": "'cs_third'"}))


def test_a_row_that_others_need_is_not_deleted(books: None) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        run("DELETE FROM payment")


def test_the_first_rows_are_there(app: Flask) -> None:
    with db.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM organization")).scalar() == 1
        assert connection.execute(text("SELECT count(*) FROM user_account")).scalar() == 0
    assert a_contact().id == 1


def test_what_earlier_pages_could_not_show_is_not_left_to_them(app: Flask, books: None) -> None:
    run("UPDATE mail SET kind = 'payment_failed' WHERE id = (SELECT max(id) FROM mail)")
    before = everything("mail")
    app.extensions["alembic"].downgrade("0006")
    left = everything("mail")
    app.extensions["alembic"].upgrade()
    assert [row["id"] for row in left] == [row["id"] for row in before if row["kind"] != "payment_failed"]
    assert len(left) == len(before) - 1
