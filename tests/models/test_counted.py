"""How the sums of a day are found: what a day's total costs does not grow with all that was ever paid."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from models.base import db
from models.counted import FACTS, Counted


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.table.__tablename__)
def test_the_days_of_invoices_are_found_by_their_issue_date(app: Flask, fact: Counted) -> None:
    query = fact.by_day("invoice", {date(2026, 3, 1), date(2026, 3, 2)}, ZoneInfo("UTC"))
    words = str(query.compile(db.engine, compile_kwargs={"literal_binds": True}))
    with db.engine.connect() as connection:
        steps = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}")]
    assert "ix_invoice_issue_date (issue_date=?)" in steps[0]
    assert "ix_payment_invoice_id (invoice_id=?)" in steps[1]
    assert fact.table.__tablename__ == "payment" or f"ix_{fact.table.__tablename__}_payment_id" in steps[2]
