"""The schema of the database and the one that this product was written for."""

from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from builders import crowd
from flask import Flask

from models.schema import unready


def test_the_first_requests_of_a_process_read_the_migrations_one_after_another(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    two, met = Barrier(2), list[int]()

    def heads() -> tuple[()]:
        with suppress(BrokenBarrierError):
            met.append(two.wait(timeout=0.2))
        return ()

    monkeypatch.setattr(app.extensions["alembic"], "heads", heads)
    crowd(lambda _: unready(), 2)
    assert met == []
