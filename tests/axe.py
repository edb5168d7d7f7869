"""What axe-core holds against a page: names, contrast, order, and whatever else of WCAG 2.2 a machine can see."""

from pathlib import Path

from playwright.sync_api import Page

AXE = (Path(__file__).parent / "browser" / "axe" / "axe.min.js").read_text()


def violations(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]
