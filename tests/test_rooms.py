"""The house stays a house: arrows between rooms, and what is done in one place only."""

import ast
import re

import pytest
from rooms import ROOT, complaints, modules, settings_read, verb_of

import settings
from tasks.worker import SCHEDULE

FILES = list(modules())

# What starts the product reads these; they are no settings of the product itself.
STARTERS = {"PORT", "DEMO"}

BAD = [
    ("models.invoice", "from tasks import later", "may not import tasks"),
    ("models.money", "import settings", "may not import settings"),
    ("models.money", "import app", "may not import app"),
    ("tasks.payments", "from tasks.refunds import issue_refund", "may not import tasks.refunds"),
    ("tasks.payments", "from tasks import refunds", "may not import tasks.refunds"),
    ("tasks.events", "from admin_views.policy import may", "may not import admin_views.policy"),
    ("tasks.claiming", "from tasks.messages import deliver", "may not import tasks.messages"),
    ("tasks.mailer", "from tasks.claiming import Claim", "may not import tasks.claiming"),
    ("tasks.mailer", "from tasks import later", "may not import tasks"),
    ("tasks.stripe_gateway.refunds", "from tasks import transaction", "may not import tasks"),
    ("tasks", "from tasks.messages import deliver", "may not import tasks.messages"),
    ("tasks.invoices", "import stripe", "only tasks.stripe_gateway imports stripe"),
    ("admin_views.invoices", "import stripe", "only tasks.stripe_gateway imports stripe"),
    ("admin_views.invoices", "from tasks.stripe_gateway import refunds", "may not import tasks.stripe_gateway.refunds"),
    ("public_views.pay", "from admin_views.policy import may", "may not import admin_views.policy"),
    ("public_views.pay", "from app import create_app", "may not import app"),
    ("public_views.pay", "def pay():\n    from sandbox.world import World", "may not import sandbox.world"),
    ("public_views.pay", "import tests.builders", "may not import tests.builders"),
    ("sandbox.refunds", "from models.money import Money", "may not import models.money"),
    ("templates.filters", "from tasks import later", "may not import tasks"),
    ("tasks.messages", "import smtplib", "only tasks.mailer imports smtplib"),
    ("tasks.documents", "import typst", "only tasks.typesetter imports typst"),
    ("tasks.organization", "from PIL import Image", "only tasks.pictures imports PIL"),
    ("admin_views.invoices", "from tasks.typesetter import typeset", "may not import tasks.typesetter"),
    ("tasks.typesetter", "from tasks.claiming import Claim", "may not import tasks.claiming"),
    ("admin_views.invoices", "db.session.commit()", "only verbs commit"),
    ("models.invoice", "def f(session):\n    session.commit()", "only verbs commit"),
    ("tasks.refunds", "try:\n    f()\nexcept Exception:\n    pass", "catches every exception"),
    ("tasks.refunds", "try:\n    f()\nexcept:\n    pass", "catches every exception"),
    ("tasks.refunds", "try:\n    f()\nexcept (ValueError, Exception):\n    g()", "catches every exception"),
    ("tasks.refunds", "later(_send, 1)", "wakes _send, which is no public verb"),
    ("tasks.refunds", "later(lambda: 1)", "wakes lambda: 1, which is no public verb"),
    ("admin_views.invoices", "def send(): ...\nlater(send, 1)", "wakes send, which is no public verb"),
    ("models.invoice", "print(1)", "prints"),
]
GOOD = [
    ("tasks.refunds", "from tasks import later, transaction\nfrom tasks.payments import find_payment"),
    ("tasks.refunds", "def send_refund(i): ...\nlater(send_refund, 1)"),
    ("tasks.refunds", "from tasks.messages import deliver\nlater(deliver, 1)"),
    ("tasks", "try:\n    f()\nexcept BaseException:\n    g()\n    raise"),
    ("admin_views.invoices", "from tasks import invoices\nfrom models.base import db"),
    ("tasks.stripe_gateway.refunds", "import stripe\nfrom tasks.stripe_gateway.client import calling"),
]


@pytest.mark.parametrize(("module", "source"), FILES, ids=[name for name, _ in FILES])
def test_a_file_keeps_to_its_room(module: str, source: str) -> None:
    assert complaints(module, source) == []


@pytest.mark.parametrize(("module", "source", "complaint"), BAD)
def test_what_breaks_a_rule_is_found(module: str, source: str, complaint: str) -> None:
    assert complaints(module, source) == [f"{module}: {complaint}"]


@pytest.mark.parametrize(("module", "source"), GOOD)
def test_what_keeps_the_rules_is_let_be(module: str, source: str) -> None:
    assert complaints(module, source) == []


def test_every_verb_of_the_schedule_is_public() -> None:
    assert all(verb_of(verb.__module__) and not verb.__name__.startswith("_") for verb, _ in SCHEDULE)


def test_every_file_of_verbs_has_its_place_in_the_order() -> None:
    below = {"__init__", "claiming", "mailer", "pictures", "typesetter"}
    files = {file.stem for file in (ROOT / "tasks").glob("*.py")} - below
    assert {file for file in files if not verb_of(f"tasks.{file}")} == set()


def test_the_product_asks_the_environment_for_nothing_but_its_settings() -> None:
    known = {setting.name for setting in settings.SETTINGS} | STARTERS
    files = [(name, source) for name, source in modules() if name.split(".")[0] not in ("tests", "sandbox")]
    assert {name: read - known for name, source in files if (read := settings_read(ast.parse(source))) - known} == {}


def test_every_setting_is_documented() -> None:
    table = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert {setting.name for setting in settings.SETTINGS} - set(table) == set()
