"""The words of files: in the reader's language, like those of the pages."""

import csv
from io import StringIO
from zoneinfo import ZoneInfo

import builders
import pytest
from flask import Flask
from flask_babel import Domain

from admin_views.analytics_sheets import TAKINGS
from models.base import db
from tasks.cells import Column, as_cell, heads, written
from tasks.sheets import SHEETS
from tests.admin_views.test_translatable import Marked, catalog

UTC = ZoneInfo("UTC")


def test_every_head_of_a_file_is_collected_for_translators() -> None:
    every = [column for sheet in SHEETS.values() for column in sheet.columns] + [*TAKINGS]
    assert {(getattr(column.head, "context", None), column.head) for column in every} - catalog() == set()


def test_the_heads_and_words_of_a_file_are_in_the_readers_language(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    builders.a_paid_invoice()
    monkeypatch.setattr(Domain, "get_translations", lambda self: Marked())
    for name, words in {
        "invoice": {"Status"},
        "payment": {"Status"},
        "message": {"Status", "Message"},
    }.items():
        sheet = SHEETS[name]
        file = heads(sheet.columns, UTC) + written(sheet.rows(db.session, [1]), sheet.columns, UTC)
        (row,) = csv.DictReader(StringIO(file.removeprefix("\ufeff"), newline=""))
        assert all(head.startswith("⟦") for head in row)
        assert all(row[f"⟦{head}⟧"].startswith("⟦") for head in words), row


def test_yes_and_no_are_words_too(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [as_cell(value, UTC) for value in (True, False)] == ["yes", "no"]
    monkeypatch.setattr(Domain, "get_translations", lambda self: Marked())
    assert [as_cell(value, UTC) for value in (True, False)] == ["⟦yes⟧", "⟦no⟧"]


def test_a_cell_has_no_marks_around_a_name_from_a_script_that_runs_the_other_way() -> None:
    assert as_cell("\u2068\u05d3\u05e0\u05d4\u2069 paid", UTC) == "\u05d3\u05e0\u05d4 paid"


def test_a_head_names_the_clock_whatever_else_stands_in_it(app: Flask) -> None:
    assert heads([Column("{odd} ({zone})", str)], UTC) == "\ufeff{odd} (UTC)\r\n"
