"""How the sums of a day are found: what a day's total costs does not grow with all that was ever paid."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from models.base import db
from models.counted import FACTS, Counted


def steps_of(fact: Counted, basis: str) -> list[str]:
    """How SQLite looks for the sums of two days."""
    query = fact.by_day(basis, {date(2026, 3, 1), date(2026, 3, 2)}, ZoneInfo("UTC"))
    words = str(query.compile(db.engine, compile_kwargs={"literal_binds": True}))
    with db.engine.connect() as connection:
        return [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}")]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.table.__tablename__)
def test_the_days_of_invoices_are_found_by_their_issue_date(app: Flask, fact: Counted) -> None:
    steps = steps_of(fact, "invoice")
    assert "ix_invoice_issue_date (issue_date=?)" in steps[0]
    assert "ix_payment_invoice_id (invoice_id=?)" in steps[1]
    assert fact.table.__tablename__ == "payment" or f"ix_{fact.table.__tablename__}_payment_id" in steps[2]


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.table.__tablename__)
def test_the_days_of_cash_are_found_among_those_that_count_by_their_moment(app: Flask, fact: Counted) -> None:
    moment = fact.at.key
    assert any(f"=? AND {moment}>? AND {moment}<?)" in step for step in steps_of(fact, "cash"))
