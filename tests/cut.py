"""What of a page is wider than its box, so that a part of it is cut off or reached only by scrolling sideways."""

from playwright.sync_api import Page

# What is meant to end in an ellipsis, to be scrolled, to be heard only, or is typed in.
MEANT = "input, textarea, select, .truncate, .filters, .tabs, .sr-only, .skip-link"
CUT = """meant => [...document.querySelectorAll("body *")].filter((element) => {
  const { overflowX, textOverflow, clipPath } = getComputedStyle(element);
  if (overflowX === "visible" || !element.clientWidth || element.scrollWidth <= element.clientWidth) return false;
  return element.checkVisibility() && !element.matches(meant) && textOverflow === "clip" && clipPath === "none";
}).map((element) => `${element.closest("[id]").id} by ${element.scrollWidth - element.clientWidth} px`)"""
# Without motion each change takes a frame all the same.
SETTLED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
WIDER = "document.documentElement.scrollWidth > window.innerWidth"


def cut(page: Page, *widths: int) -> list[str]:
    """The parts of the page that are wider than their boxes, in windows of these widths; the last one stays."""
    return [found for width in widths for found in _cut(page, width)]


def _cut(page: Page, width: int) -> list[str]:
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate(SETTLED)
    whole = [f"{width}: the page"] if page.evaluate(WIDER) else []
    return whole + [f"{width}: {found}" for found in page.evaluate(CUT, MEANT)]
