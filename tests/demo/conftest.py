"""The demo, seeded once against a sandbox of its own: over HTTP and SMTP, as `make run` does it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demo_world import SIGN_INS, build, running_sandbox
from flask import Flask
from sqlalchemy import event

from demo.seed import seed
from models.base import db


@pytest.fixture(scope="module")
def demo(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The product over a seeded database, its sandbox still running."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(sqlite_template, folder / "paydesk.db")
    with running_sandbox(folder / "sandbox") as outside:
        app = build(f"sqlite:///{folder}/paydesk.db", outside)
        with app.app_context():
            event.listen(db.engine, "connect", _hasty)
            assert seed(app, SIGN_INS)
            yield app
            db.session.rollback()
            db.engine.dispose()


def _hasty(connection: Any, record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")  # this database need not survive a power cut
