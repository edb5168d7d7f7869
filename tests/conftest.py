"""The world that every test lives in: a database, a Stripe, a mail server, a small cast."""

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import builders
import pytest
import workers
from argon2 import PasswordHasher
from builders import EMAILS, PASSWORD
from cast import Browser, Cast
from cryptography.fernet import Fernet
from flask import Flask
from fresh import Postgres, at_work, begin_again, pristine
from honest import HeldTransaction, refuse_inside_transaction
from mail_sink import Mailbox
from servers import postgres_database
from sqlalchemy import event, make_url

import models.people
from app import create_app
from models.base import db
from sandbox.client import InProcessClient
from sandbox.server import create_sandbox
from sandbox.settings import Settings
from sandbox.world import World

STRIPE = "http://127.0.0.1:8001"
KEY = Fernet.generate_key().decode()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked `both_databases` runs on both engines."""
    if metafunc.definition.get_closest_marker("both_databases") and "database" in metafunc.fixturenames:
        metafunc.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> None:
    models.people.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    models.people._nobody.cache_clear()


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Mailbox]:
    server = Mailbox()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def mailbox(mail_server: Mailbox) -> Mailbox:
    """The messages that the mail server took during this test."""
    return mail_server.fresh()


def build_app(database_url: str, **config: Any) -> Flask:
    """The product over this database; nobody answers at its Redis."""
    return create_app(
        {
            "TESTING": True,
            "SECRET_KEY": "s" * 40,
            "ENCRYPTION_KEY": KEY,
            "DATABASE_URL": database_url,
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "PUBLIC_URL": "http://127.0.0.1:8000",
            "STRIPE_SECRET_KEY": "sk_test_sandbox",
            "STRIPE_PUBLISHABLE_KEY": "pk_test_sandbox",
            "STRIPE_CLIENT_ID": "ca_sandbox",
            "STRIPE_WEBHOOK_SECRETS": "whsec_sandbox",
            "STRIPE_API_BASE": STRIPE,
            "STRIPE_CONNECT_BASE": STRIPE,
            "STRIPE_FILES_BASE": STRIPE,
            "MAIL_FROM": "billing@example.org",
        }
        | config
    )


def migrate(database_url: str) -> None:
    app = build_app(database_url)
    with app.app_context():
        app.extensions["alembic"].upgrade()
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "paydesk.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """A migrated database without connections, to be copied."""
    with postgres_database() as url:
        migrate(url)
        yield url


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with postgres_database() as url:
        migrate(url)
        with pristine(url) as database:
            yield database


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated database of one's own."""
    if getattr(request, "param", "sqlite") == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        postgres.put_back()
        return postgres.url
    file = tmp_path / "paydesk.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def one_sandbox() -> Iterator[Flask]:
    sandbox = create_sandbox(None, Settings())
    yield sandbox
    sandbox.extensions["world"].store.close()


@pytest.fixture
def sandbox(one_sandbox: Flask) -> Flask:
    begin_again(one_sandbox.extensions["world"])
    return one_sandbox


@pytest.fixture
def world(sandbox: Flask) -> World:
    """Stripe, as tests turn it."""
    found: World = sandbox.extensions["world"]
    return found


class Line(InProcessClient):
    """The product's way to the Stripe of whichever test is running. Nobody calls inside a transaction."""

    held: list[str]

    def __init__(self) -> None:
        super().__init__(Flask("nobody"), self.note_call)

    def note_call(self, method: str, url: str) -> None:
        try:
            refuse_inside_transaction(method, url)
        except HeldTransaction as error:
            self.held.append(str(error))
            raise


@pytest.fixture(scope="session")
def product(mail_server: Mailbox) -> Callable[[str], Flask]:
    """The product over this database. It takes long to build, so tests share one for each engine."""
    built: dict[str, Flask] = {}

    def over(database_url: str) -> Flask:
        engine = database_url.split(":")[0]
        if engine not in built:
            app = build_app(database_url, SMTP_URL=mail_server.url, STRIPE_TRANSPORT=Line())
            app.test_client_class = Browser
            with app.app_context():
                event.listen(db.engine, "do_connect", partial(_connect_to, app))
                if engine == "sqlite":
                    event.listen(db.engine, "connect", _hasty)
            built[engine] = app
        built[engine].config["DATABASE_URL"] = database_url
        return built[engine]

    return over


@pytest.fixture
def app(database: str, sandbox: Flask, mailbox: Mailbox, product: Callable[[str], Flask]) -> Iterator[Flask]:
    """The product over a migrated database, connected to nothing yet; its context is pushed."""
    with at_work(product(database), sandbox) as app:
        yield app


def _connect_to(app: Flask, dialect: Any, record: object, arguments: list[Any], named: dict[str, Any]) -> None:
    """Connections go to the database of the test that is running."""
    url = make_url(app.config["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:"))
    arguments[:], parameters = dialect.create_connect_args(url)
    named.clear()
    named.update(parameters)


def _hasty(connection: Any, record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")  # this database need not survive a power cut


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A browser that nobody has signed in."""
    client = app.test_client()
    assert isinstance(client, Browser)
    return client


@pytest.fixture
def cast(app: Flask) -> Cast:
    return Cast(**{role: builders.person(role) for role in EMAILS})


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str], Browser]:
    """`signed_in("staff")`: a browser in which that person has just signed in, by the form."""

    def sign_in(role: str) -> Browser:
        builders.person(role)
        client = app.test_client()
        assert isinstance(client, Browser)
        answer = client.post_form("/admin/sign-in", {"email": EMAILS[role], "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        return client

    return sign_in


@pytest.fixture
def settle(app: Flask, world: World) -> Callable[[], None]:
    """Let webhooks arrive and due work be done until nothing is left to do."""
    return lambda: workers.settle(app, world)
