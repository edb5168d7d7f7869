"""Browsers at a real server."""

import re

import requests
from builders import EMAILS, PASSWORD, person

LONG = 60.0


class Visitor:
    """Somebody's browser. It goes nowhere by itself."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._browser = requests.Session()

    def get(self, path: str) -> requests.Response:
        return self._browser.get(self._site + path, allow_redirects=False, timeout=LONG)

    def post(self, path: str, data: object, headers: dict[str, str] | None = None) -> requests.Response:
        where = self._site + path
        return self._browser.post(where, data=data, headers=headers, allow_redirects=False, timeout=LONG)  # type: ignore[arg-type]

    def sign_in(self, role: str) -> None:
        person(role)
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self.get("/admin/sign-in").text)
        form = {"csrf_token": token[1] if token else "", "email": EMAILS[role], "password": PASSWORD}
        assert self.post("/admin/sign-in", form).status_code == 302
