"""Text on the organization's color, whatever color that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from models.brand_color import contrast, ink_on

colors = some.integers(0, 0xFFFFFF).map("#{:06x}".format)


@given(colors)
def test_text_reads_on_every_color(color: str) -> None:
    assert contrast(color, ink_on(color)) >= 4.5


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.0),
        ("#3b5bdb", "#3b5bdb", 1),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)
