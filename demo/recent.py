"""The invoices of the last days: fresh payments, a link that was copied, drafts, and some that were sent together."""

from decimal import Decimal
from functools import partial

from demo import lives
from demo.cast import CITY_TAX, Line, line_of
from demo.stage import OTHER_CARD
from demo.table import PROJECT, Table, Told


def recent_bills(table: Table) -> Told:
    days, calendar = table.days, table.calendar
    yield (
        table.bill(7, "Lumen Books", line_of("Copy editing", 14), project=PROJECT["Lumen Books"]),
        partial(lives.transferred, after=days(3), note="Statement 11, line 6"),
    )
    yield table.bill(6, "Fjord & Field", line_of("Hosting", 3)), partial(lives.paid, after=days(2))
    sketches = table.bill(5, "Saffron Table", line_of("Illustrations", 5), owner="admin")
    yield sketches, partial(lives.paid, after=calendar.at(1, 21, 40) - sketches.written, card=OTHER_CARD)
    brochures = table.bill(4, "Riverside Montessori", line_of("Printed brochures", 2))
    yield brochures, lives.draft
    yield table.bill(3, "Kite Energy", line_of("Art direction", 6), project=PROJECT["Kite Energy"]), lives.linked
    yield (
        table.bill(
            2, "Tanuki Toys", line_of("Usability", 2), line_of("Art direction", 4), project=PROJECT["Tanuki Toys"]
        ),
        lives.draft,
    )
    walk_in = table.bill(1, "", line_of("Logo", 1), notes="Walk-in customer; ask for the name and address.")
    yield walk_in, lives.draft
    yield (
        table.bill(
            1,
            "Kite Energy",
            Line("Annual report, concept", Decimal(1), 320_000),
            Line("Art direction, hours", Decimal("7.5"), 16_500, discount=Decimal(10)),
            Line("Dummy, printed and bound", Decimal(2), 18_400, CITY_TAX),
            project=PROJECT["Kite Energy"],
            po_number="KE-5527",
            notes="Thank you! The dummy comes by courier; the concept follows as a PDF file.",
            owner="admin",
        ),
        partial(
            lives.sent_together,
            others=(brochures, walk_in),
            words="Zofia called: the board sees the dummy first, then payables release it.",
            promised_for=calendar.end_of(-9).date(),
        ),
    )
