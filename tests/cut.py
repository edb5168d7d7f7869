"""What of a page is wider than its box, so that a part of it is cut off or reached only by scrolling sideways."""

from playwright.sync_api import Page

# What is meant to end in an ellipsis, to be scrolled, to be heard only, or is typed in.
MEANT = "input, textarea, select, .truncate, .filters, .tabs, .sr-only, .skip-link"
CUT = """meant => [...document.querySelectorAll("body *")].filter((element) => {
  const { overflowX, textOverflow, clipPath } = getComputedStyle(element);
  if (overflowX === "visible" || !element.clientWidth || element.scrollWidth <= element.clientWidth) return false;
  return element.checkVisibility() && !element.matches(meant) && textOverflow === "clip" && clipPath === "none";
}).map((element) => `${element.closest("[id]").id} by ${element.scrollWidth - element.clientWidth} px`)"""
# Also without motion each change is a transition, though a short one.
SETTLED = """async () => {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const changes = document.getAnimations().filter((change) => change instanceof CSSTransition);
  await Promise.allSettled(changes.map((change) => change.finished));
}"""
WIDER = "document.documentElement.scrollWidth > window.innerWidth"


def cut(page: Page, *widths: int) -> list[str]:
    """The parts of the page that are wider than their boxes, in windows of these widths; the last one stays."""
    return [found for width in widths for found in _cut(page, width)]


def _cut(page: Page, width: int) -> list[str]:
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate(SETTLED)
    whole = [f"{width}: the page"] if page.evaluate(WIDER) else []
    return whole + [f"{width}: {found}" for found in page.evaluate(CUT, MEANT)]
