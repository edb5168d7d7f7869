"""Each state of the pay page is what its builder says; whoever looks at pages relies on it."""

import pytest
from cast import Browser
from customers import state
from pay_states import STATES


@pytest.mark.parametrize("name", STATES)
def test_the_page_of_a_state_says_which_it_is(browser: Browser, name: str) -> None:
    wanted = STATES[name]
    answer = browser.get(wanted.make(None))
    assert answer.status_code == wanted.code
    assert ("icons.svg" in answer.text, "<use" in answer.text) == (False, False)  # its policy lets it fetch none
    assert not wanted.state or state(answer.text) == wanted.state
