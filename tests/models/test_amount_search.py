"""What somebody may mean who looks for an amount."""

import pytest

from models.amount_search import possible_amounts


@pytest.mark.parametrize("text", ["64.47", "$64.47", "64,47", "64.47 €", "EUR64.47", "64.470"])
def test_an_amount_is_read_as_people_of_many_countries_write_it(text: str) -> None:
    assert 6447 in possible_amounts(text)[2]


@pytest.mark.parametrize("text", ["1,204.00", "1.204,00", "1204", "1'204.00", "1\N{NO-BREAK SPACE}204,00"])
def test_thousands_may_be_set_apart_in_any_way(text: str) -> None:
    found = possible_amounts(text)
    assert (1204 in found[0], 120400 in found[2], 1204000 in found[3]) == (True, True, True)


def test_what_may_be_two_amounts_is_both() -> None:
    assert possible_amounts("1.204") == {0: [1204], 2: [120400], 3: [1204, 1204000]}


@pytest.mark.parametrize("text", ["", "$", "grace", "2026-0041", "-5", "1e5", "1,2,3", "12.3456", "١٢", "9" * 16, "\0"])
def test_the_rest_is_no_amount(text: str) -> None:
    assert possible_amounts(text) == {}
