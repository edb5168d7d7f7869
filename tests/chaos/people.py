"""Staff and customers, as they sit at their browsers: they press, and press again when nothing came back."""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests

from tests import builders
from tests.chaos.forms import Form, find_form
from tests.chaos.stage import address_of
from tests.chaos.stripe import Stripe

ANSWERS_WITHIN = 40.0
PAUSE = 0.4
SIGN_IN = "/admin/sign-in"
TO_COLLEAGUES = "flt0_state_is=colleagues"
# Nothing more is asked of the customer.
SETTLED = ("paid", "refunded", "void", "processing")
Typed = Mapping[str, str | list[str]]
Answer = TypeVar("Answer")


class GivenUp(Exception):
    """A person has waited for as long as people do."""


class Calm:
    """When the last fault is over. A minute after it all must be well, and soon after what people then still did."""

    PATIENCE, SOON = 60.0, 12.0

    def __init__(self) -> None:
        self.since: float | None = None
        self.acted = 0.0

    def begin(self) -> None:
        self.since = time.monotonic()

    def begin_again(self) -> None:
        """One more fault came after the last one."""
        if self.since is not None:
            self.begin()

    def is_over(self) -> bool:
        at = time.monotonic()
        return self.since is not None and at > self.since + self.PATIENCE and at > self.acted + self.SOON

    def until(self, what: str, attempt: Callable[[], Answer | None]) -> Answer:
        """Try until something comes of it."""
        while (found := attempt()) is None:
            if self.is_over():
                raise GivenUp(f"{what} did not work within a minute after the last fault")
            time.sleep(PAUSE)
        self.acted = time.monotonic()
        return found


class Person:
    """A browser profile. An answer is None when there was none, or when the server had failed."""

    def __init__(self, web: str, calm: Calm) -> None:
        self.web, self.calm, self.browser = web, calm, requests.Session()

    def get(self, path: str, **ask: str) -> requests.Response | None:
        return self._ask("GET", path, params=ask)

    def post(self, path: str, form: Typed, **headers: str) -> requests.Response | None:
        return self._ask("POST", path, data=form, headers=headers)

    def _ask(self, method: str, path: str, **what: Any) -> requests.Response | None:
        url = f"{self.web}{path}"
        try:
            answer = self.browser.request(method, url, timeout=ANSWERS_WITHIN, allow_redirects=False, **what)
        except requests.RequestException:
            return None
        return None if answer.status_code >= 500 else answer


class Staff(Person):
    """Signs in again when a sign-in has ended."""

    def __init__(self, web: str, calm: Calm, role: str = "staff") -> None:
        super().__init__(web, calm)
        self.role = role

    def sign_in(self) -> None:
        self.calm.until("signing in", self._try_to_sign_in)

    def _try_to_sign_in(self) -> bool | None:
        page = self.get(SIGN_IN)
        if page is not None and page.status_code == 302:
            return True  # that is what happens to whoever is signed in
        form = find_form(page.text, "password") if page is not None else None
        if form is None:
            return None
        given = {"email": builders.EMAILS[self.role], "password": builders.PASSWORD}
        answer = self.post(SIGN_IN, form.fields | given)
        return True if answer is not None and answer.status_code == 302 else None

    def another_tab(self) -> "Staff":
        tab = Staff(self.web, self.calm, self.role)
        tab.browser.cookies.update(self.browser.cookies)
        return tab

    def form(self, path: str, sign: str) -> Form:
        """This form of a page, as soon as the page has it."""
        return self.calm.until(f"finding {sign} on {path}", lambda: find_form(self.page(path), sign))

    def page(self, path: str) -> str:
        return self.calm.until(f"opening {path}", lambda: self._open(path))

    def _open(self, path: str) -> str | None:
        answer = self.get(path)
        if answer is not None and answer.status_code == 302:
            self.sign_in()
        return answer.text if answer is not None and answer.status_code == 200 else None

    def press(self, form: Form, **typed: str | list[str]) -> str:
        """Press, with the same form, until there is an answer: the page on which it is said what was done."""
        where = self.calm.until(f"pressing {form.action}", lambda: self._press(form, typed))
        answer = self.get(where.removeprefix(self.web))
        return answer.text if answer is not None else ""

    def revise(self, invoice_id: int, price: str) -> bool | None:
        """One try to give the invoice's first line another price; True also when it may not be changed any more."""
        path = f"/admin/invoice/edit/?id={invoice_id}"
        page = self.get(path)
        if page is not None and page.status_code == 302:
            return True if SIGN_IN not in page.headers["Location"] else self.sign_in()
        form = find_form(page.text, "edits") if page is not None else None
        answer = self.post(path, form.fields | {"lines-0-price": price}) if form else None
        return True if answer is not None and answer.status_code == 302 else None

    def retry_messages(self, invoice_id: int) -> None:
        """What the mail server has refused for good waits for a person."""
        if form := find_form(self.page(page_of(invoice_id)), "/retry-mail/"):
            self.press(form)

    def retry_news(self) -> None:
        """The same for what was written to colleagues."""
        page = self.page(f"/admin/message/?{TO_COLLEAGUES}")
        if form := find_form(page, f"/admin/message/action/?{TO_COLLEAGUES}"):
            self.press(form, action="retry", rowid=re.findall(r'name="rowid" value="(\d+)"', page))

    def retry_documents(self) -> None:
        if form := find_form(self.page("/admin/attention/"), "/retry-document/"):
            self.press(form)

    def _press(self, form: Form, typed: Typed) -> str | None:
        # Who is refused is sent back to where they pressed.
        answer = self.post(form.action, {**form.fields, **typed}, Referer=f"{self.web}/admin/")
        if answer is None:
            return None
        where = answer.headers.get("Location", "")
        if answer.status_code in (302, 303) and SIGN_IN not in where:
            return where
        self.sign_in()
        token = find_form(self._open("/admin/") or "", "csrf_token")
        form.fields["csrf_token"] = token.fields["csrf_token"] if token else ""
        return None


class Customer(Person):
    """Whoever got the link to one invoice."""

    def __init__(self, web: str, calm: Calm, stripe: Stripe, invoice_id: int) -> None:
        super().__init__(web, calm)
        self.stripe, self.address, self.path = stripe, address_of(invoice_id), ""

    def look_for_mail(self) -> str | None:
        """The link in the email, once it is there."""
        mine = [one["text"] for one in self.stripe.messages() if self.address in one["envelope_to"]]
        return next(filter(None, map(find_link, mine)), None)

    def begin(self, amount: str | None = None) -> str | None:
        """As far as Stripe's page: its session, or None when nothing is to be paid any more."""
        form: dict[str, str] = {}
        typed = {"amount": amount} if amount else {}
        return self.calm.until("paying", lambda: self._try_to_begin(form, typed)) or None

    def _try_to_begin(self, form: dict[str, str], typed: dict[str, str]) -> str | None:
        """With the form of the first press as long as that has no answer."""
        page = self.get(self.path)
        state = state_of(page)
        if page is None or state in SETTLED:
            return "" if state else None
        if not form and (found := find_form(page.text, "operation")):
            form.update(found.fields | typed)
        answer = self.post(self.path, form) if form else None
        if answer is None:
            return None
        form.clear()
        return self._follow(answer)

    def _follow(self, answer: requests.Response) -> str | None:
        """To Stripe, also over our own page that waits for Stripe's; None when the way ends."""
        while True:
            where = answer.headers.get("Location", "")
            if where.startswith(self.stripe.url):
                return urlsplit(where).path.rsplit("/", 1)[-1]
            if not where.endswith("/continue") and 'data-state="connecting"' not in answer.text:
                return None
            time.sleep(PAUSE)
            answer = self.calm.until("waiting for Stripe's page", lambda: self.get(f"{self.path}/continue"))

    def state(self) -> str:
        return state_of(self.get(self.path))

    def come_back(self, session_id: str) -> None:
        self.get(f"{self.path}/return", session_id=session_id)


def page_of(invoice_id: int) -> str:
    return f"/admin/invoice/details/?id={invoice_id}"


def state_of(page: requests.Response | None) -> str:
    """What the pay page says of itself, or nothing."""
    found = re.search(r'data-state="(\w+)"', page.text) if page is not None else None
    return found[1] if found else ""


def find_link(text: str) -> str | None:
    """The path of the pay page that this text leads to."""
    found = re.search(r"/pay/[\w-]{20,}", text)
    return found[0] if found else None
