"""Windows of a browser at the product, each of one person of the cast."""

from dataclasses import dataclass, field
from typing import Any

from builders import EMAILS, PASSWORD
from playwright.sync_api import Browser, BrowserContext, Page, expect

SOON = 30_000
expect.set_options(timeout=SOON)


@dataclass
class Seat:
    """Opens browser windows and remembers what went wrong in them."""

    desk: str
    chromium: Browser
    # Where a window may go beside the desk.
    also: tuple[str, ...] = ()
    wrong: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(
        self,
        role: str = "",
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
        locale: str = "en-US",
        **how: Any,
    ) -> Page:
        """A window in which that person is signed in and sees the dashboard; nobody is, without a role.

        `how` is what else Playwright knows of a window, such as `java_script_enabled`.
        """
        context = self.chromium.new_context(
            base_url=self.desk,
            viewport={"width": width, "height": height},
            locale=locale,
            color_scheme="dark" if dark else "light",
            # What still fades in has no contrast yet.
            reduced_motion="reduce",
            **how,
        )
        self.contexts.append(context)
        context.set_default_timeout(SOON)
        context.on("console", lambda message: self.wrong.append(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: self.wrong.append(str(error.error)))
        context.on("request", lambda request: self._note(request.url))
        page = context.new_page()
        if role:
            self._sign_in(page, role)
        return page

    def forget(self, words: str) -> None:
        """What a test has looked for: Chromium complains of every page that is refused or missing."""
        self.wrong[:] = [complaint for complaint in self.wrong if words not in complaint]

    def _note(self, url: str) -> None:
        if not url.startswith((self.desk, *self.also, "data:", "blob:")):
            self.wrong.append(url)

    @staticmethod
    def _sign_in(page: Page, role: str) -> None:
        page.goto("/admin/sign-in")
        page.get_by_label("Email").fill(EMAILS[role])
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()
