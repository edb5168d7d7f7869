"""The invoices of the demo that are not simply paid: one of every kind that people ask about."""

import random
from datetime import timedelta
from decimal import Decimal
from functools import partial

from demo import lives
from demo.calendar import Calendar
from demo.cast import CITY_TAX, STATE_TAX, Line, line_of
from demo.recent import recent_bills
from demo.table import PROJECT, Table, Told


def particular_bills(calendar: Calendar, dice: random.Random) -> Told:
    table = Table(calendar, dice)
    for tell in (_given_back, _contested, _unusual, _in_parts, _unpaid, recent_bills):
        yield from tell(table)


def _given_back(table: Table) -> Told:
    days = table.days
    yield (
        table.bill(150, "Tanuki Toys", line_of("Packaging", 2), line_of("Illustrations", 6)),
        partial(lives.refunded, after=days(3), then=days(9), note="Canceled before it began"),
    )
    yield (
        table.bill(112, "Kite Energy", line_of("Usability", 3)),
        partial(lives.refunded_partly, after=days(2), then=days(20), amount=54_000, note="One session did not happen"),
    )
    yield (
        table.bill(96, "Riverside Montessori", line_of("Printed brochures", 3), line_of("Copy editing", 6)),
        partial(lives.refunded_in_dashboard, after=days(4), then=days(8), amount=31_250),
    )
    yield (
        table.bill(26, "Saffron Table", line_of("Newsletter", 1)),
        partial(lives.refunded, after=days(2), then=days(11), note="Booked twice"),
    )


def _contested(table: Table) -> Told:
    """One dispute won, one lost, and one that waits for evidence for five more days."""
    days, end_of = table.days, table.calendar.end_of
    yield (
        table.bill(140, "High Mesa Outfitters", line_of("Illustrations", 8), project=PROJECT["High Mesa Outfitters"]),
        partial(
            lives.disputed,
            after=days(2),
            then=days(25),
            reason="product_not_received",
            due_by=end_of(106),
            outcome="won",
        ),
    )
    yield (
        table.bill(104, "Cedar & Vine", line_of("Newsletter", 1)),
        partial(
            lives.disputed,
            after=days(1),
            then=days(18),
            reason="fraudulent",
            due_by=end_of(77),
            outcome="lost",
        ),
    )
    yield (
        table.bill(
            31,
            "Halden Robotics",
            Line("Robot arm icon set, 24 icons", Decimal(1), 42_000),
            project=PROJECT["Halden Robotics"],
        ),
        partial(lives.disputed, after=days(3), then=days(26), reason="fraudulent", due_by=end_of(-5)),
    )


def _unusual(table: Table) -> Told:
    days = table.days
    yield (
        table.bill(78, "Brightwater Clinic", line_of("Exhibition panels", 6), project=PROJECT["Brightwater Clinic"]),
        partial(lives.paid_at_second_try, after=days(6)),
    )
    yield (
        table.bill(64, "Atelier Mirabel", line_of("Brand guidelines", 1), notes="Final files are included."),
        partial(lives.sent_by_hand, after=days(5)),
    )
    yield (
        table.bill(54, "Riverside Montessori", line_of("Copy editing", 10)),
        partial(lives.paid, after=days(6)),
    )
    yield (
        table.bill(71, "Halden Robotics", line_of("Website page", 5), po_number="HR-20418"),
        partial(lives.debited, after=days(8), settled=days(12)),
    )
    yield (
        table.bill(
            49,
            "Lumen Books",
            Line("Catalog design, 64 pages", Decimal(64), 4_250, discount=Decimal(10)),
            Line("Proofs, printed", Decimal(3), 12_800, CITY_TAX),
            Line("Printed catalogs, box of 100", Decimal(6), 21_500, STATE_TAX, Decimal(5)),
            project=PROJECT["Lumen Books"],
            po_number="LB-0093",
        ),
        partial(
            lives.refunded_partly,
            after=days(9),
            then=timedelta(days=46, hours=3),
            amount=127_452,
            note="The printed catalogs came on the wrong paper",
        ),
    )
    yield (
        table.bill(43, "Fjord & Field", line_of("Product photography", 2), notes="Replaced: the shooting was moved."),
        partial(lives.voided, after=days(2)),
    )


def _in_parts(table: Table) -> Told:
    days = table.days
    yield (
        table.bill(
            58, "Kite Energy", line_of("Brand strategy", 1), line_of("Art direction", 12), partial_payments=True
        ),
        partial(lives.paid_in_parts, parts=((days(3), 50), (days(24), 100))),
    )
    yield (
        table.bill(
            20,
            "Halden Robotics",
            line_of("Front-end", 48),
            line_of("Usability", 2),
            project=PROJECT["Halden Robotics"],
            partial_payments=True,
        ),
        partial(lives.paid_in_parts, parts=((days(6), 40),)),
    )
    yield (
        table.bill(
            8,
            "Cacao Norte",
            line_of("Packaging", 4),
            project=PROJECT["Cacao Norte"],
            partial_payments=True,
            notes="You may pay in two halves, as agreed.",
        ),
        partial(lives.viewed, after=(days(1),)),
    )


def _unpaid(table: Table) -> Told:
    """Three are overdue: of one the money has come but waits for somebody, two were promised, one of them in vain."""
    days, end_of = table.days, table.calendar.end_of
    yield (
        table.bill(47, "Cedar & Vine", line_of("Logo", 1), line_of("Typeface", 2)),
        partial(
            lives.chased,
            after=(days(2), days(19)),
            reminded=days(21),
            words="Called: their bookkeeper is away and pays when she is back.",
            promised_for=end_of(11).date(),
        ),
    )
    yield (
        table.bill(33, "Tanuki Toys", line_of("Website page", 3), project=PROJECT["Tanuki Toys"], owner="admin"),
        partial(
            lives.chased,
            after=(days(1),),
            reminded=days(26),
            words="Called: Kenji's mailbox is moving, and he asks for a few days until their own customer has paid.",
            promised_for=end_of(-4).date(),
            bounces=True,
        ),
    )
    yield (
        table.bill(24, "High Mesa Outfitters", line_of("Illustrations", 4)),
        partial(lives.paid_beside, after=days(21)),
    )
    yield (
        table.bill(
            10,
            "Atelier Mirabel",
            line_of("Brand strategy", 1),
            Line("Travel, Montréal and back", Decimal(1), 38_640),
            project=PROJECT["Atelier Mirabel"],
        ),
        partial(lives.viewed, after=(days(0), days(3))),
    )
    yield (
        table.bill(9, "Brightwater Clinic", line_of("Exhibition panels", 8), project=PROJECT["Brightwater Clinic"]),
        partial(lives.debit_on_its_way, after=days(5)),
    )
