"""`python -m demo.seed`: half a year of a design studio, told with the product's own verbs on the sandbox."""

import heapq
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

from flask import Flask, current_app
from sqlalchemy import select, update

from demo import Trouble, keys
from demo.calendar import Calendar
from demo.cast import CUSTOMERS, LOGO, NAMES, ORGANIZATION, PROJECTS
from demo.hearing import hear
from demo.lives import Life
from demo.sandbox import Sandbox
from demo.stage import Stage
from demo.story import BEGINNING, the_account, the_bills, the_payouts, the_reminders, the_rules
from models.clock import moved_to, now
from models.contact import Contact
from models.invoice import Invoice
from models.notice import Notice
from models.opportunity import Opportunity
from models.organization import the_organization
from models.people import User
from tasks import transaction
from tasks.audit import audit
from tasks.organization import change_logo
from tasks.people import add_user
from tasks.preferences import choose_news
from tasks.revenue import add_up_dirty_days

TOLD_EVERY = 8
# For so long nobody has looked at the bell.
UNREAD = timedelta(days=10)


def seed(app: Flask, sign_ins: Mapping[str, str]) -> bool:
    """Fill an empty database; False when there was something in it, which is then left alone."""
    with app.app_context():
        if not _is_empty():
            return False
        sandbox = Sandbox(app.config["STRIPE_API_BASE"], app.config["STRIPE_SECRET_KEY"])
        with _nobody_woken():
            with sandbox.rehearsing():
                account = _play(sandbox, Calendar(now()), sign_ins)
            hear(sandbox, account)
        add_up_dirty_days()
        if broken := audit():
            raise Trouble(f"The demo's books do not balance: {broken[0]}")
        # Delivered once the web server is there: the first event that takes the way that all will take.
        sandbox.control(f"accounts/{account}/capabilities")
    return True


def _is_empty() -> bool:
    with transaction() as session:
        return not any(session.scalar(select(table.id).limit(1)) for table in (User, Invoice))


@contextmanager
def _nobody_woken() -> Iterator[None]:
    """What a verb leaves to a worker is done here, in its time; wake-ups would find nothing left to do."""
    alarm = current_app.extensions["alarm"]
    alarm.resting_until = math.inf
    try:
        yield
    finally:
        alarm.resting_until = 0.0


def _play(sandbox: Sandbox, calendar: Calendar, sign_ins: Mapping[str, str]) -> str:
    """All that has happened so far; the Stripe account in which it did."""
    with moved_to(calendar.at(BEGINNING)):
        people = _people(sign_ins)
        _organization(calendar)
        change_logo(people["admin"], LOGO.read_bytes())
    _customers(calendar, people["staff"])
    bills = the_bills(calendar)
    stage = Stage(sandbox, people, _progress(len(bills)))
    lives = [each(stage, calendar) for each in (the_account, the_rules, the_payouts, the_reminders)]
    _live(stage, [*lives, *(story(stage, bill) for bill, story in bills)], calendar.present)
    _catch_up(calendar.present - UNREAD)
    return stage.account


def _live(stage: Stage, lives: list[Life], present: datetime) -> None:
    """Always resume the life whose turn comes first, so that numbers and ids grow with time."""
    turns = [(next(life), index) for index, life in enumerate(lives)]
    heapq.heapify(turns)
    while turns and turns[0][0] < present:
        moment, index = heapq.heappop(turns)
        with moved_to(moment):
            following = next(lives[index], None)
        if following:
            heapq.heappush(turns, (following, index))


def _catch_up(until: datetime) -> None:
    """What the bell told before then was read when it came."""
    with transaction() as session:
        session.execute(update(Notice).where(Notice.created_at < until).values(read_at=Notice.created_at))


def _people(sign_ins: Mapping[str, str]) -> dict[str, User]:
    ids = {}
    for email, password in sign_ins.items():
        role = email.partition("@")[0]
        ids[role] = add_user(email, role, password, NAMES[role])
    with transaction() as session:
        people = {role: session.get_one(User, user_id) for role, user_id in ids.items()}
    for role in ("admin", "staff"):
        choose_news(people[role], "daily")
    return people


def _organization(calendar: Calendar) -> None:
    with transaction() as session:
        organization = the_organization(session)
        organization.created_at = calendar.at(BEGINNING)
        for field, value in ORGANIZATION.items():
            setattr(organization, field, value)


def _customers(calendar: Calendar, owner: User) -> None:
    with transaction() as session:
        known = {one.company: Contact(**one._asdict() | {"cc_addresses": list(one.cc_addresses)}) for one in CUSTOMERS}
        for number, contact in enumerate(known.values()):
            contact.created_at = calendar.at(BEGINNING) + timedelta(minutes=11 * number)
            session.add(contact)
        for one in PROJECTS:
            made = {"name": one.name, "stage": one.stage, "amount": one.amount, "owner": owner}
            made["created_at"] = calendar.at(min(one.days_ago, BEGINNING - 1), 15)
            session.add(Opportunity(contact=known[one.customer], **made))


def _progress(total: int) -> Callable[[], None]:
    written = 0

    def report() -> None:
        nonlocal written
        written += 1
        if written % TOLD_EVERY == 0 or written == total:
            print(f"Seeding: {written} of {total} invoices ...", flush=True)

    return report


def main() -> int:
    # Imported here: building the application needs settings, and says so when they lack.
    from app import create_app

    try:
        filled = seed(create_app(), keys.demo_sign_ins())
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print("The demo organization is ready." if filled else "There are data already; nothing was changed.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
