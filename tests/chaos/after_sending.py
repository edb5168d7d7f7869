"""Stories of messages and links that are out: for days nobody pays, or staff replace the link."""

from datetime import UTC, datetime, time

from sqlalchemy import select

from models.invoice import Invoice
from models.pay_link import PayLink
from models.reminder import UNTIL, Reminder
from tasks.pay_links import judge_openings
from tasks.reminders import send_reminders
from tests.chaos.database import looking
from tests.chaos.forms import Form, find_form
from tests.chaos.people import Customer, Staff, find_link
from tests.chaos.stage import REMINDED_ON
from tests.chaos.stories import Story, at_once

NOON, EVENING = (datetime.combine(REMINDED_ON, at, UTC) for at in (time(12), UNTIL))


def reminded(story: Story) -> None:
    """A scanner has followed the link and nobody pays; days later that is told, and a reminder was decided on."""
    customer, calm = story.send(), story.scene.calm
    calm.until("being sent", lambda: _is_out(story, customer))
    story.scene.move_clocks_to(NOON)
    calm.until("being reminded", lambda: _is_reminded(story))
    story.pay(customer)


def _is_out(story: Story, customer: Customer) -> bool | None:
    """Accepted, and its link was followed, which is noted."""
    story.scene.staff.retry_messages(story.invoice_id)
    customer.state()
    noted = PayLink.opened_at.is_not(None) | PayLink.noted_on.is_not(None)
    with looking(story.scene.database) as session:
        followed = session.scalars(select(PayLink.id).filter_by(invoice_id=story.invoice_id).where(noted)).all()
        return True if session.get_one(Invoice, story.invoice_id).sent_at and followed else None


def _is_reminded(story: Story) -> bool | None:
    """Or left in peace, which is written down as well; what a day has missed is not made up for."""
    story.scene.machine.let_turns_come(send_reminders, judge_openings)
    its = {"invoice_id": story.invoice_id}
    with looking(story.scene.database) as session:
        decided = session.scalars(select(Reminder).filter_by(**its)).one_or_none()
        opened = session.scalars(select(PayLink.id).filter_by(**its).where(PayLink.opened_at < NOON)).all()
        return True if (decided or story.scene.now() > EVENING) and not opened else None


def link_replaced(story: Story) -> None:
    """Two presses, while the customer is on Stripe's page, or pays there; what is due is paid by the new link."""
    customer, staff, calm = story.send(), story.scene.staff.another_tab(), story.scene.calm
    paying, old = story.perhaps_paying(customer), customer.path
    form = calm.until("finding the link", lambda: _replacing(story, staff))

    def press() -> str | None:
        """Again where what was killed in the middle had changed nothing yet."""
        link = find_link(staff.another_tab().press(form))
        return None if link == old else link

    links: list[str] = []
    at_once(paying, *[lambda: links.append(calm.until("replacing the link", press))] * 2)
    story.scene.promises.replaced[story.invoice_id] = links
    customer.path = story.scene.promises.links[story.invoice_id] = links[0]
    story.pay(customer)


def _replacing(story: Story, staff: Staff) -> Form | None:
    return find_form(staff.press(staff.form(story.page, "/pay-link/")), "/replace-link/")
