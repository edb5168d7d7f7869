"""What translators are given."""

import re
from functools import cache

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from rooms import ROOT


@cache
def collected(mapping: str) -> frozenset[tuple[str | None, str]]:
    """What `make messages` collects: each text, and the meaning in which it stands there."""
    patterns, options = parse_mapping_cfg((ROOT / mapping).open())
    asked = re.search(r"--keywords '([^']*)'", (ROOT / "Makefile").read_text())
    assert asked
    keywords = DEFAULT_KEYWORDS | parse_keywords(asked[1].split())
    found = extract_from_dir(ROOT, patterns, options, keywords, directory_filter=None)
    return frozenset((context, text[0] if isinstance(text, tuple) else text) for *_, text, _, context in found)
