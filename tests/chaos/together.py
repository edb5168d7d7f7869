"""A story of several drafts that are sent with one press, and whose run nobody waits for."""

import re

from tests.chaos.forms import find_form
from tests.chaos.people import Staff
from tests.chaos.stage import TOGETHER
from tests.chaos.stories import Story, at_once

LIST, RUNS = "/admin/invoice/", "/admin/bulk_run/"
_RUN = re.compile(r"/admin/bulk_run/details/\?id=\d+")
_ALL_OF_THEM = re.compile(r"Queued for delivery: (\d+) of \1\b")


def sent_together(story: Story) -> None:
    """Two presses of one form; what was refused, as while Stripe was not connected, is asked for again."""
    staff, calm = story.scene.staff.another_tab(), story.scene.calm
    form = staff.form(LIST, "all")
    ticked = [str(invoice_id) for invoice_id in TOGETHER]
    at_once(*[lambda: staff.another_tab().press(form, action="send", rowid=ticked)] * 2)
    story.scene.promises.together[form.fields["operation"]] = TOGETHER
    calm.until("sending together", lambda: _all_are_sent(staff))
    for invoice_id in TOGETHER:
        Story(story.scene, invoice_id, story.random).find_link(staff)


def _all_are_sent(staff: Staff) -> bool | None:
    """As the page of the newest run says."""
    newest = _RUN.search(staff.page(RUNS))
    page = staff.page(newest[0]) if newest else ""
    if form := find_form(page, "/bulk_run/retry"):
        staff.press(form)
    return True if _ALL_OF_THEM.search(page) else None
