"""The first rows of a query, and how many are beyond: the database counts only what a list cuts off."""

import pytest
from builders import a_draft_invoice
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import joinedload

from models.base import db
from models.invoice import Invoice
from models.newest import newest

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize(("most", "shown", "more", "queries"), [(2, 2, 1, 2), (3, 3, 0, 1), (None, 3, 0, 1)])
def test_only_what_is_cut_off_is_counted(app: Flask, most: int | None, shown: int, more: int, queries: int) -> None:
    drafts = [a_draft_invoice().id for _ in range(3)]
    db.session.rollback()
    statements: list[str] = []
    count = lambda *args: statements.append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", count)
    found = newest(db.session, select(Invoice).options(joinedload(Invoice.contact)).order_by(Invoice.id), most)
    event.remove(db.engine, "before_cursor_execute", count)
    assert [invoice.id for invoice in found.rows] == drafts[:shown]
    selects = [statement for statement in statements if statement.startswith("SELECT")]
    assert (found.more, len(selects)) == (more, queries)
    assert ["count(" in statement for statement in selects] == [False, True][:queries]
