"""The stage, set once and copied for each run: a migrated database, a connected account, people, drafts."""

import logging
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography.fernet import Fernet

from app import create_app
from models.base import db
from models.money import Money
from sandbox.client import InProcessClient
from sandbox.server import create_sandbox
from settings import SETTINGS
from tasks import people, reminders
from tests import builders
from tests.servers import Cluster, make_cluster

NOBODY = "http://127.0.0.1:1"
SETTINGS_OF_ALL = {
    "SECRET_KEY": "s" * 40,
    "ENCRYPTION_KEY": Fernet.generate_key().decode(),
    "STRIPE_SECRET_KEY": "sk_test_sandbox",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_sandbox",
    "STRIPE_CLIENT_ID": "ca_sandbox",
    "STRIPE_WEBHOOK_SECRETS": "whsec_sandbox",
    "MAIL_FROM": "billing@example.org",
}


@dataclass(frozen=True)
class Draft:
    """An invoice that waits to be sent to a customer of its own."""

    amount: str
    currency: str
    partial: bool


# Their rows have the ids 1, 2, 3 …
DRAFTS = (
    Draft("100.00", "USD", partial=False),
    Draft("250.00", "USD", partial=True),
    Draft("12000", "JPY", partial=True),
    Draft("80.40", "EUR", partial=False),
    Draft("61.230", "KWD", partial=True),
    Draft("19.99", "USD", partial=False),
    Draft("900.00", "USD", partial=True),
    Draft("45.00", "USD", partial=False),
    Draft("3300", "JPY", partial=False),
    Draft("71.50", "EUR", partial=True),
)
# Reminders go out so many days before an invoice is due.
REMINDED = 3
REMINDED_ON = datetime.now(UTC).date() + timedelta(days=2)
# No story is about this one; money of others is moved to it.
SPARE = 7
# These are one story.
TOGETHER = (8, 9, 10)


def address_of(invoice_id: int) -> str:
    """Of the customer who gets this invoice."""
    return f"customer{invoice_id}@example.com"


class Stage:
    """Originals and their copies are files; nothing runs on them in here."""

    def __init__(self) -> None:
        self._made: list[Path] = []
        self._setting = threading.Lock()

    def close(self) -> None:
        for folder in self._made:
            shutil.rmtree(folder, ignore_errors=True)

    def folder(self, kind: str) -> Path:
        """An empty one that ends with the stage."""
        self._made.append(Path(tempfile.mkdtemp(prefix=f"paydesk-chaos-{kind}-")))
        return self._made[-1]

    def copy_sqlite(self, folder: Path) -> None:
        """The database and the sandbox's memory, into this folder."""
        with self._setting:
            original = self._sqlite
        shutil.copytree(original, folder, dirs_exist_ok=True)

    def copy_postgres(self, folder: Path) -> Cluster:
        """The sandbox's memory into this folder, and the files of a server in one of their own."""
        with self._setting:
            sandbox, original = self._postgres
        shutil.copytree(sandbox, folder, dirs_exist_ok=True)
        home = self.folder("postgres")
        subprocess.run(["cp", "-a", f"{original.folder}/.", home], check=True)
        return Cluster(home, original.programs, original.account)

    @cached_property
    def _sqlite(self) -> Path:
        folder = self.folder("stage")
        _set(folder, f"sqlite:///{folder}/paydesk.db")
        return folder

    @cached_property
    def _postgres(self) -> tuple[Path, Cluster]:
        folder = self.folder("stage")
        cluster = make_cluster(self.folder("postgres"))
        with cluster.running():
            _set(folder, cluster.url)
        return folder, cluster


def _set(folder: Path, database_url: str) -> None:
    sandbox = create_sandbox(folder / "sandbox")
    bases = {name.name: NOBODY for name in SETTINGS if name.name.startswith("STRIPE_") and name.name.endswith("_BASE")}
    nowhere = bases | {"REDIS_URL": "redis://127.0.0.1:1/0", "SMTP_URL": "smtp://127.0.0.1:1", "PUBLIC_URL": NOBODY}
    transport = {"STRIPE_TRANSPORT": InProcessClient(sandbox)}
    app = create_app(SETTINGS_OF_ALL | nowhere | {"DATABASE_URL": database_url} | transport)
    app.extensions["sandbox"] = sandbox
    logging.disable()  # each step of the migration, and a queue that is not there
    with app.app_context():
        app.extensions["alembic"].upgrade()
        _people_and_drafts()
        db.session.rollback()
        db.engine.dispose()
    logging.disable(logging.NOTSET)
    sandbox.extensions["world"].store.close()


def _people_and_drafts() -> None:
    owner, _ = (builders.person(role) for role in ("staff", "finance"))
    builders.connected()
    people.set_refund_limit("staff", Money(0, "USD"), builders.person("admin"))
    reminders.change_reminders(builders.person("admin"), [-REMINDED])
    due = REMINDED_ON + timedelta(days=REMINDED)
    for number, draft in enumerate(DRAFTS, start=1):
        contact = builders.a_contact(name=f"Customer {number}", email=address_of(number))
        fields = {"currency": draft.currency, "partial_payments": draft.partial, "owner": owner, "due_date": due}
        invoice = builders.a_draft_invoice(draft.amount, contact=contact, **fields)
        assert invoice.id == number
