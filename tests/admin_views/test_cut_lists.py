"""A list that is cut off says how many there are beyond, and leads to them."""

import json
from collections.abc import Callable

import builders
from cast import Browser

from models.activity import tell
from models.base import db
from models.clock import now
from models.contact import Contact
from models.stripe_event import StripeEvent
from tasks import transaction

SignIn = Callable[[str], Browser]


def test_a_long_timeline_leads_to_its_beginning(signed_in: SignIn) -> None:
    invoice = builders.a_sent_invoice()
    with transaction() as session:
        for number in range(120):
            tell(session, "viewed", f"test:{number}", invoice.id)
    staff, page = signed_in("staff"), f"/admin/invoice/details/?id={invoice.id}"
    shown = staff.get(page).text
    assert ("Invoice issued" in shown, "… and 22 earlier" in shown) == (False, True)
    assert f'href="{page}&amp;show=all"' in shown
    whole = staff.get(f"{page}&show=all").text
    assert ("Invoice issued" in whole, "earlier</a>" in whole) == (True, False)


def test_what_was_given_up_is_counted_in_full_and_shown_in_full_on_demand(signed_in: SignIn) -> None:
    with transaction() as session:
        for number in range(23):
            known = {"event_id": f"evt_{number}", "type": "payout.paid", "created_at": now(), "body": json.dumps({})}
            session.add(StripeEvent(**known, parked_at=now(), last_error="x"))
    finance = signed_in("finance")
    shown = finance.get("/admin/attention/").text
    assert (shown.count("Webhook event payout.paid"), "… and 3 webhook events that failed" in shown) == (20, True)
    assert finance.get("/admin/attention/?show=all").text.count("Webhook event payout.paid") == 23


def test_a_choice_among_more_contacts_than_a_list_holds_says_so(signed_in: SignIn) -> None:
    builders.connected()
    with transaction() as session:
        names = [f"Contact {number:04}" for number in range(1003)]
        session.add_all([Contact(name=name, email="one@example.com") for name in names])
    draft, staff = builders.a_draft_invoice(contact=None), signed_in("staff")
    beyond = "disabled>… and {} more: begin on their own page instead</option>"
    assert beyond.format(503) in staff.get(f"/admin/invoice/details/?id={draft.id}").text
    last = db.session.query(Contact).filter_by(name="Contact 1002").one().id
    page = staff.get(f"/admin/invoice/new/?contact={last}").text
    assert (f'selected value="{last}"' in page, "… and 3 more: begin on their own page instead" in page) == (True, True)
