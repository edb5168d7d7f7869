"""What stands beside a chart."""

from flask import Flask
from flask_babel import force_locale

from admin_views.charts import axis


def test_an_axis_is_written_as_its_reader_does(app: Flask) -> None:
    with app.test_request_context(), force_locale("de"):
        marks = axis(400_000, "EUR").marks
    assert [mark.replace("\N{NO-BREAK SPACE}", " ") for mark in marks] == [
        "4.000 €",
        "3.000 €",
        "2.000 €",
        "1.000 €",
        "0 €",
    ]
