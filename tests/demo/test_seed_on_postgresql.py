"""The demo on the other database."""

from datetime import timedelta
from pathlib import Path

import pytest
from demo_world import SIGN_INS, build, running_sandbox
from servers import postgres_database

from demo.seed import seed
from models.base import db
from models.clock import now
from tasks.audit import audit
from tasks.reconcile import reconcile


@pytest.mark.slow
def test_the_books_of_the_demo_balance_on_postgresql(postgres_template: str, tmp_path: Path) -> None:
    with postgres_database(like=postgres_template) as url, running_sandbox(tmp_path) as outside:
        app = build(url, outside)
        with app.app_context():
            assert seed(app, SIGN_INS)
            report = reconcile(now() - timedelta(days=400))

            assert (audit(), report.repaired, report.unchecked) == ([], [], [])
            db.session.rollback()
            db.engine.dispose()
