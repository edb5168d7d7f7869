"""`make gallery`: pictures of every page, message and document of the demo; whether each is as wide as its window."""

import argparse
import html
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.pages import PAGES, Sight
from tests.papers import LETTERS, books, pictures, without_documents
from tests.servers import QUIET, chromium_path
from tests.walk.product import ROOT, Product

FOLDER = ROOT / "gallery"
WIDTHS = (1280, 768, 360)
HEIGHTS = {1280: 800, 768: 1024, 360: 740}
SCHEMES = ("light", "dark")
WIDER = "document.documentElement.scrollWidth - window.innerWidth"

SHEET = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Paydesk: every page</title>
<style>body{{font:14px system-ui;margin:24px;background:#888}}h2{{margin:24px 0 6px}}
div{{display:flex;gap:12px;align-items:start;overflow-x:auto}}img{{display:block;height:520px;background:#fff}}</style>
{parts}</html>
"""


def main() -> int:
    asked = _arguments()
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        product = Product(Path(folder), {})
        product.start()
        try:
            with books(product):
                papers = list(_papers(asked.only))
                sights = [sight for sight in (*PAGES, *LETTERS, *without_documents()) if asked.only in sight.name]
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium_path(), args=QUIET.split())
                wrong = list(_pictures(browser, product, sights))
                browser.close()
        finally:
            product.stop()
    (FOLDER / "index.html").write_text(_sheet(sights, papers))
    for complaint in wrong:
        click.echo(complaint)
    click.echo(f"{len(sights) + len(papers)} pages are in {FOLDER / 'index.html'}")
    return 1 if wrong else 0


def _pictures(browser: Browser, product: Product, sights: list[Sight]) -> Iterator[str]:
    """Take them; says which pages are wider than their window, or cannot be shown."""
    for role in sorted({sight.role for sight in sights}):
        mine = [sight for sight in sights if sight.role == role]
        for scheme in SCHEMES:
            page = browser.new_page(base_url=product.web, locale="en-US", color_scheme=scheme)
            page.set_default_timeout(15_000)
            if role:
                _sign_in(page, role, product.password(role))
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
                for sight in mine:
                    yield from _picture(page, sight, f"{width}-{scheme}")
            page.close()


def _picture(page: Page, sight: Sight, how: str) -> Iterator[str]:
    sight.show(page)
    more = page.evaluate(WIDER)
    page.screenshot(path=FOLDER / f"{sight.name}-{how}.png", full_page=not sight.is_dialog, animations="disabled")
    if more > 0:
        yield f"{sight.name} at {how} is {more} px wider than its window"


def _sign_in(page: Page, role: str, password: str) -> None:
    page.goto("/admin/sign-in")
    page.get_by_label("Email").fill(f"{role}@northwind.example")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Dashboard", level=1)).to_be_visible()


def _papers(only: str) -> Iterator[str]:
    """Their pictures; gives the names."""
    for name, picture in pictures(only):
        picture.save(FOLDER / f"{name}.png")
        yield name


def _sheet(sights: list[Sight], papers: list[str]) -> str:
    return SHEET.format(parts="\n".join([*map(_part, sights), _row("papers", [f"{name}.png" for name in papers])]))


def _part(sight: Sight) -> str:
    files = [f"{sight.name}-{width}-{scheme}.png" for scheme in SCHEMES for width in WIDTHS]
    return _row(f"{sight.name} <small>{html.escape(sight.address)}</small>", files)


def _row(head: str, files: list[str]) -> str:
    shown = "".join(f'<a href="{file}"><img src="{file}" alt="{file}" loading="lazy"></a>' for file in files)
    return f"<h2>{head}</h2><div>{shown}</div>"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make gallery")
    parser.add_argument("--only", default="", help="pages with this in their name")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
