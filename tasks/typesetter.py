"""The only file that knows how PDFs are made: typst, with our own fonts and no others."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from flask import current_app

# For the archive, and for those who have a page read to them.
STANDARDS = ["a-2u", "ua-1"]


def typeset(data: dict[str, Any], at: datetime) -> bytes:
    """The PDF of a document whose words and figures are given; the same bytes for the same data and moment.

    Texts are printed as they stand, whatever they look like. Where our fonts lack a letter the PDF has an empty box
    in its place, and keeps to none of the STANDARDS.
    """
    try:
        return _compile(data, at, STANDARDS)
    except typst.TypstError:
        return _compile(data, at, [])


def _compile(data: dict[str, Any], at: datetime, standards: list[Any]) -> bytes:
    room = Path(current_app.root_path)
    made: bytes = typst.compile(
        room / "templates" / "documents" / "document.typ",
        root=room / "templates" / "documents",
        font_paths=[room / "static" / "fonts"],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data)},
        timestamp=int(at.timestamp()),
        pdf_standards=standards,
    )
    return made
