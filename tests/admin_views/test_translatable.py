"""All that people read can be translated: each text of a page comes from a catalog, or from the rows."""

import ast
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import builders
import pytest
from babel import Locale
from cast import Browser
from catalogs import collected
from flask import current_app
from flask_babel import Domain
from late_failures import a_failed_debit, a_refund_that_comes_back
from one_of_each import one_of_each
from pages import PAGES, Sight
from rooms import is_in, modules
from sqlalchemy import select

from models.base import Base, db
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.organization import TIME_ZONES
from models.pay_link import PayLink
from models.reminding import reader_mark
from tasks.letter_kinds import KINDS
from tasks.letters import write
from tasks.news import send_news
from tasks.organization import change_organization
from tasks.reminders import remind

OPEN, CLOSE = "\u27e6", "\u27e7"
READ_ALOUD = {"title", "aria-label", "placeholder", "alt", "data-label", "data-title", "data-busy", "data-empty"}
UNREAD = {"script", "style", "code", "pre", "kbd", "svg", "textarea"}
ENGLISH = Locale("en")
# Names, and what Babel and the address bar write.
NAMES = (
    "[A-Z]{3}|Paydesk|Stripe Connect|Stripe|Visa|Redis|Chromium|UTC|USD|CSV|AM|PM|Ctrl|Enter|Escape|webhook|"
    "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Coordinated Universal Time|"
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec|at|in|ago|days?|hours?|minutes?|seconds?|weeks?|months?"
)
LEFT = re.compile(r"[^\W\d_]{2,}")


def catalog() -> frozenset[tuple[str | None, str]]:
    return collected("babel.cfg")


class Marked:
    """A language in which every text of the catalog stands between brackets; it remembers what was said."""

    def __init__(self) -> None:
        self.said: set[tuple[str | None, str]] = set()

    def ugettext(self, text: str) -> str:
        return self.upgettext(None, text)

    def upgettext(self, context: str | None, text: str) -> str:
        if (context, str(text)) not in catalog():
            return text
        self.said.add((context, str(text)))
        return f"{OPEN}{text}{CLOSE}"

    def ungettext(self, one: str, many: str, number: int) -> str:
        assert (None, one) in catalog()
        self.said.add((None, one))
        return f"{OPEN}{one if number == 1 else many}{CLOSE}"


class Reader(HTMLParser):
    """What a page says: its texts, and the attributes that are read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.within: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.said += [text for name, text in attrs if name in READ_ALOUD and text]
        if tag in UNREAD:
            self.within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.within and self.within[-1] == tag:
            self.within.pop()

    def handle_data(self, data: str) -> None:
        bare = "".join(letter for letter in data if self._is_bare(letter))
        if not self.within and bare.strip():
            self.said.append(" ".join(bare.split()))

    def _is_bare(self, letter: str) -> bool:
        """Outside of the brackets, which may stand around tags."""
        self.depth += (letter == OPEN) - (letter == CLOSE)
        return not self.depth and letter != CLOSE


# Columns whose words are the product's own, not people's.
WORDS = {"status", "state", "kind", "reason", "origin", "method", "outcome", "basis", "permission"}


def kept() -> list[str]:
    """Every text that people or Stripe have written into a row, the longest first."""
    found: set[str] = set()
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if column.name not in WORDS]
        found |= {text for row in db.session.execute(select(*columns)) for text in _texts(row)}
    found |= {*builders.EMAILS.values(), *ENGLISH.currencies.values(), *ENGLISH.territories.values(), *TIME_ZONES}
    return sorted(found, key=len, reverse=True)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if LEFT.search(value):
            yield " ".join(value.split())
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))
    elif isinstance(value, list | tuple) or hasattr(value, "_mapping"):
        for one in value:  # type: ignore[attr-defined]
            yield from _texts(one)


def unmarked(page: str, rows: list[str]) -> list[str]:
    reader = Reader()
    reader.feed(page)
    assert not reader.depth, "a text was cut between its brackets"
    return [text for text in reader.said if LEFT.search(_rest(text, rows))]


def _rest(text: str, rows: list[str]) -> str:
    while text != (text := re.sub(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", "", text)):
        pass
    for row in rows:
        text = text.replace(row, "")
    return re.sub(rf"\b(?:{NAMES})\b", "", text)


def address(browser: Browser, sight: Sight) -> str:
    """Where the sight ends: at itself, or where its list's first row and the link on its page lead."""
    there = sight.address
    if sight.row:
        rows = browser.get(there, follow_redirects=True).text.split('id="rows"')[-1]
        found = re.search(r'href="([^"]*/details/\?id=\d+[^"]*)"', rows)
        there = found[1].replace("&amp;", "&") if found else there
    if sight.link:
        found = re.search(rf'href="([^"]+)"[^>]*>(?:<svg.*?</svg>)?{sight.link}<', browser.get(there).text)
        there = found[1].replace("&amp;", "&") if found else there
    return there


def test_each_text_of_the_panel_comes_from_a_catalog_or_from_a_row(
    browser: Browser, signed_in: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    one_of_each()
    browsers = {"": browser} | {role: signed_in(role) for role in builders.EMAILS}
    places = [(sight, address(browsers[sight.role], sight)) for sight in PAGES]
    monkeypatch.setattr(Domain, "get_translations", lambda self: Marked())
    rows = kept()
    found: dict[str, list[str]] = {}
    for sight, place in places:
        for text in unmarked(browsers[sight.role].get(place, follow_redirects=True).text, rows):
            found.setdefault(text, []).append(sight.name)
    assert not found, "\n".join(f"{t}: {sorted(set(p))}" for t, p in found.items())


def test_each_text_for_customers_comes_from_a_catalog_or_from_a_row(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = {"tax_number": "DE 1", "registration_number": "HRB 2"}
    change_organization(builders.person("admin"), numbers | {"support_email": "help@example.com"})
    one_of_each()
    a_failed_debit()
    a_refund_that_comes_back()
    builders.come_home()
    late = db.session.scalars(select(Invoice).where(Invoice.due_date < builders.today())).first()
    assert late
    with builders.in_a_while(days=2):
        remind(late.id, builders.person("staff"), new_operation())
        send_news()
        db.session.rollback()
        marked = Marked()
        monkeypatch.setattr(Domain, "get_translations", lambda self: marked)
        site = current_app.config["PUBLIC_URL"]
        rows = [*kept(), f"{site}/pay/", "/reminders", f"{site}/admin/notices/", f"{site}/admin/invoice/details/?id="]
        mails, tokens = list(db.session.scalars(select(Mail))), list(db.session.scalars(select(PayLink.token)))
        rows += [f"?to={reader_mark(token, mail.to_address)}" for token in tokens for mail in mails]
        letters = [write(db.session, mail) for mail in mails if mail.kind == "news"]
        marked.said.clear()  # what colleagues read
        letters += [write(db.session, mail) for mail in mails if mail.kind != "news"]
        said = [text for letter in letters for text in (letter.subject, letter.text, letter.html)]
        said += [browser.get(f"/pay/{token}").text for token in ("nobody", *tokens)]
    assert {mail.kind for mail in db.session.scalars(select(Mail))} == KINDS.keys() - {"copy"}
    assert marked.said - collected("customers.cfg") == set()
    assert [text for page in said for text in unmarked(page, rows)] == []


SAYING = {"Refused", "Conflict", "NotAllowed", "NotFound", "OutsideError", "flash", "say"}
ROOMS = ("models", "tasks", "admin_views", "public_views")


def test_what_is_refused_or_said_comes_from_a_catalog() -> None:
    bare = [f"{module}:{line}" for module, source in modules() if is_in(module, *ROOMS) for line in _bare(source)]
    assert bare == []


def _bare(source: str) -> Iterator[int]:
    """Where a text is said as it stands in the code."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING and node.args:
            text = node.args[0]
            if isinstance(text, ast.JoinedStr) or (isinstance(text, ast.Constant) and LEFT.search(str(text.value))):
                yield node.lineno


def test_a_word_with_several_meanings_never_comes_without_its_meaning() -> None:
    bare = {text for context, text in catalog() if context is None}
    assert bare & {text for context, text in catalog() if context} == set()
