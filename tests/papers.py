"""What customers get to keep, of the business of the demo: messages, documents, and pages in place of a document."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import urlsplit

import pypdfium2
from flask import Flask
from PIL.Image import Image
from sqlalchemy import select

from app import create_app
from models.base import db
from models.clock import now
from models.document import SUBJECTS, Document
from models.language import LANGUAGES, speaking
from models.organization import the_organization
from models.pay_link import pay_url
from tasks import transaction
from tasks.typesetter import typeset
from tests.pages import Sight
from tests.walk.product import Product

# In which language each kind of message is looked at; documents are in all.
MESSAGES = (
    ("invoice", "en"),
    ("invoice", "ar"),
    ("reminder", "de"),
    ("receipt", "fr"),
    ("refund", "es"),
    ("payment_failed", "ar"),
    ("refund_failed", "de"),
)
LETTER = "/admin/message_text/letter/?kind={}&language={}"
LETTERS = tuple(
    Sight(f"message-{kind.replace('_', '-')}-{language}", LETTER.format(kind, language)) for kind, language in MESSAGES
)
DOTS = 1.5  # a picture's for each point of the paper


@contextmanager
def books(demo: Product) -> Iterator[Flask]:
    """Those of a running demo, from outside; its context is pushed."""
    instance = demo.folder / "instance"
    kept = tomllib.loads((instance / "paydesk.toml").read_text())
    app = create_app(kept | {"DATABASE_URL": f"sqlite:///{instance / 'paydesk.db'}", "PUBLIC_URL": demo.web})
    with app.app_context():
        yield app


def pictures(only: str) -> Iterator[tuple[str, Image]]:
    """The first pages of the newest document of each kind in each language, where this is in its name."""
    for kind, language in product(SUBJECTS, LANGUAGES):
        if only in (name := f"paper-{kind.replace('_', '-')}-{language}"):
            yield name, pypdfium2.PdfDocument(_paper(kind, language))[0].render(scale=DOTS).to_pil()


def _paper(kind: str, language: str) -> bytes:
    made = select(Document).where(Document.kind == kind, Document.made_at.is_not(None))
    document = db.session.scalars(made.order_by(Document.id.desc()).limit(1)).one()
    with speaking(language):
        return typeset(document.printed(db.session, the_organization(db.session)), document.created_at)


def without_documents() -> tuple[Sight, ...]:
    """The newest two invoices are asked for in another language: one is being made, one was given up."""
    states = {
        "pay-document-making": {"due_at": now() + timedelta(hours=1)},
        "pay-document-given-up": {"parked_at": now(), "last_error": "Given up for its picture."},
    }
    newest = select(Document).where(Document.kind == "invoice").order_by(Document.id.desc()).limit(len(states))
    return tuple(map(_without_document, list(db.session.scalars(newest)), states, states.values()))


def _without_document(like: Document, name: str, state: dict[str, Any]) -> Sight:
    path = urlsplit(pay_url(db.session, like.invoice_id) or "").path
    of = {"kind": like.kind, "invoice_id": like.invoice_id, "version_id": like.version_id, "name": like.name}
    other = next(language for language in LANGUAGES if language != like.language)
    db.session.rollback()
    with transaction() as session:
        session.add(Document(language=other, **of, **state))
    return Sight(name, f"{path}/invoice.pdf", role="")
