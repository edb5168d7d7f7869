"""An empty list says what was looked for, and leads on."""

from collections.abc import Callable

import builders
import pytest
from cast import Browser

SignIn = Callable[[str], Browser]


def test_nothing_found_names_the_search_and_where_it_looked(signed_in: SignIn) -> None:
    page = signed_in("viewer").get("/admin/contact/?search=<b>nobody</b>").text
    assert "Nothing here fits “&lt;b&gt;nobody&lt;/b&gt;”. The search looks at: Name, company, email." in page


def test_a_search_within_filters_leads_to_the_same_search_without_them(signed_in: SignIn) -> None:
    builders.a_draft_invoice()
    page = signed_in("viewer").get("/admin/invoice/?flt0_status_equals=Paid&search=Hopper").text
    assert "Nothing among these fits “Hopper”." in page
    assert 'href="/admin/invoice/?search=Hopper">Search everywhere</a>' in page


@pytest.mark.parametrize(
    ("query", "words"), [("flt0_status_equals=Paid", "Nothing here fits these filters"), ("page=7", "has ended")]
)
def test_filters_and_pages_without_rows_say_so(signed_in: SignIn, query: str, words: str) -> None:
    assert words in signed_in("viewer").get(f"/admin/invoice/?{query}").text
