"""The small cast: one person for each role, and the browsers that they sit at."""

import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from models.people import User


@dataclass(frozen=True)
class Cast:
    """One person for each role."""

    admin: User
    finance: User
    staff: User
    viewer: User


class Browser(FlaskClient):
    """A browser: each request has an application context of its own, as it has behind a real server."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            answer = super().open(*args, **kwargs)
        odd = [f"{name}: {value}" for name, value in answer.headers if not value.isascii()]
        assert not odd, f"no server can send these headers to every browser: {odd}"  # RFC 9110, 5.5
        return answer

    def csrf_token(self, page: str = "/admin/sign-in") -> str:
        """The token in this page's forms."""
        answer = self.get(page, follow_redirects=True)
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', answer.text)
        assert found, f"{page} answered {answer.status} without a form"
        return found[1]

    def post_form(self, path: str, data: dict[str, Any] | None = None, page: str = "", **kwargs: Any) -> TestResponse:
        """Post a form that `page` (or any page that this browser may see) shows."""
        token = self.csrf_token(page or "/admin/sign-in")
        return self.post(path, data={"csrf_token": token} | (data or {}), **kwargs)
