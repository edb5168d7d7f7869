"""A world of its own for each example: database, Stripe, mail server, all of them as new."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from fresh import Postgres, at_work, begin_again
from mail_sink import Mailbox

pytest.register_assert_rewrite("properties.desk", "properties.billing")

Ground = Callable[[], AbstractContextManager[Flask]]


@pytest.fixture
def fresh_database(request: pytest.FixtureRequest, database: str, tmp_path: Path) -> Callable[[], str]:
    """The address of a database that nobody has used."""
    if database.startswith("postgresql"):
        postgres: Postgres = request.getfixturevalue("postgres")
        return lambda: postgres.put_back() or postgres.url
    template: Path = request.getfixturevalue("sqlite_template")
    numbers = count()
    return lambda: f"sqlite:///{shutil.copy(template, tmp_path / f'{next(numbers)}.db')}"


@pytest.fixture
def ground(
    fresh_database: Callable[[], str], one_sandbox: Flask, mail_server: Mailbox, product: Callable[[str], Flask]
) -> Ground:
    """`with ground() as app:` the product in a world in which nothing has happened yet."""

    @contextmanager
    def begin() -> Iterator[Flask]:
        begin_again(one_sandbox.extensions["world"])
        mail_server.fresh()
        with at_work(product(fresh_database()), one_sandbox) as app:
            yield app

    return begin
