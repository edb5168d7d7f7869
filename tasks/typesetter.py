"""The only file that knows how PDFs are made: typst, with our own fonts and no others."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
from flask import current_app

from models.printed import Printed

# For the archive, and for those who have a page read to them.
STANDARDS = ["a-2u", "ua-1"]


def typeset(printed: Printed, at: datetime) -> bytes:
    """The PDF of a document whose words and figures are given; the same bytes for the same data and moment.

    Texts are printed as they stand, whatever they look like. Where our fonts lack a letter the PDF has an empty box
    in its place, and keeps to none of the STANDARDS.
    """
    try:
        return _compile(printed, at, STANDARDS)
    except typst.TypstError:
        return _compile(printed, at, [])


def _compile(printed: Printed, at: datetime, standards: list[Any]) -> bytes:
    room = Path(current_app.root_path)
    made: bytes = typst.compile(
        room / "templates" / "documents" / "document.typ",
        root=room / "templates" / "documents",
        font_paths=_fonts(room / "static" / "fonts"),
        sys_inputs={"data": json.dumps(printed)},
        timestamp=int(at.timestamp()),
        pdf_standards=standards,
    )
    return made


@cache
def _fonts(folder: Path) -> typst.Fonts:
    """Neither the machine's nor those that are in typst itself."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
