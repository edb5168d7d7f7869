"""The demo, seeded once against a sandbox of its own: over HTTP and SMTP, as `make run` does it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from servers import free_port
from sqlalchemy import event

from app import create_app
from demo import keys
from demo.ports import answers, can_connect
from demo.seed import seed
from models.base import db

ROOT = Path(__file__).parent.parent.parent
SIGN_INS = {f"{role}@northwind.example": f"the password of {role}" for role in keys.ROLES}
ENCRYPTION_KEY = Fernet.generate_key().decode()


@contextmanager
def running_sandbox(folder: Path) -> Iterator[dict[str, Any]]:
    """A sandbox in a process of its own; the product's settings that fit it."""
    http, smtp = free_port(), free_port()
    ours = {"SANDBOX_PORT": http, "SANDBOX_SMTP_PORT": smtp, "SANDBOX_STATE": folder, "PYTHONPATH": ROOT}
    environment = os.environ | {name: str(value) for name, value in ours.items()}
    base = f"http://127.0.0.1:{http}"
    with subprocess.Popen([sys.executable, "-m", "sandbox"], cwd=ROOT, env=environment) as process:
        try:
            while not (answers(base) and can_connect(smtp)):
                assert process.poll() is None, "the sandbox did not start"
            bases = dict.fromkeys(("STRIPE_API_BASE", "STRIPE_CONNECT_BASE", "STRIPE_FILES_BASE"), base)
            yield bases | {"SMTP_URL": f"smtp://127.0.0.1:{smtp}"}
        finally:
            process.terminate()


def build(database: str, outside: dict[str, Any]) -> Flask:
    settings = {
        "TESTING": True,
        "SECRET_KEY": "s" * 40,
        "ENCRYPTION_KEY": ENCRYPTION_KEY,
        "DATABASE_URL": database,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "STRIPE_SECRET_KEY": "sk_test_sandbox",
        "STRIPE_CLIENT_ID": "ca_sandbox",
        "STRIPE_WEBHOOK_SECRETS": "whsec_sandbox",
    }
    return create_app(settings | outside)


@pytest.fixture(scope="module")
def sandbox_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="module")
def demo(sqlite_template: Path, sandbox_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The product over a seeded database, its sandbox still running."""
    file = tmp_path_factory.mktemp("demo") / "paydesk.db"
    shutil.copy(sqlite_template, file)
    with running_sandbox(sandbox_folder) as outside:
        app = build(f"sqlite:///{file}", outside)
        with app.app_context():
            event.listen(db.engine, "connect", _hasty)
            assert seed(app, SIGN_INS)
            yield app
            db.session.rollback()
            db.engine.dispose()


def _hasty(connection: Any, record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")  # this database need not survive a power cut
