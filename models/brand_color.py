"""How text reads on a color that is written as #rrggbb: WCAG's relative luminance and contrast."""

BLACK, WHITE = "#000000", "#ffffff"


def ink_on(color: str) -> str:
    """Black or white, whichever reads better on it; the better one always reaches 4.5 : 1."""
    return max((BLACK, WHITE), key=lambda ink: contrast(color, ink))


def contrast(one: str, other: str) -> float:
    """From 1, where both are the same, to 21, black on white."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4
