"""Icons drawn into a page whose policy lets it fetch no sprite: the sprite's own shapes.

Firefox holds what `<use>` fetches to default-src, and Chromium to img-src.
"""

import re
from functools import cache
from pathlib import Path

from flask import Flask

SPRITE = Path(__file__).parent.parent / "static" / "icons.svg"
_SYMBOL = re.compile(r'<symbol id="([a-z-]+)" ([^>]*)>(.*?)</symbol>', re.ASCII | re.DOTALL)


def drawn(name: str) -> str:
    """`{{ drawn('lock')|safe }}`: the icon itself, for eyes only."""
    about, shape = _shapes()[name]
    return f'<svg class="icon" aria-hidden="true" {about}>{shape}</svg>'


@cache
def _shapes() -> dict[str, tuple[str, str]]:
    return {name: (about, shape) for name, about, shape in _SYMBOL.findall(SPRITE.read_text())}


def init_app(app: Flask) -> None:
    app.add_template_global(drawn)
    _shapes()
