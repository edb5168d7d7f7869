"""Who plays in the demo: the organization, its people, its customers, their projects, what it sells."""

import random
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

BUSINESS = "Northwind Studio"
LOGO = Path(__file__).with_name("northwind.png")

ORGANIZATION = {
    "name": BUSINESS,
    "legal_name": "Northwind Studio LLC",
    "address": "218 Wharf Street, Floor 3\nBrooklyn, NY 11231\nUnited States",
    "tax_number": "EIN 00-1234567",
    "registration_number": "DOS 00-7654321",
    "support_email": "billing@northwind.example",
    "support_phone": "+1 718 555 0142",
    "brand_color": "#0f766e",
    "time_zone": "America/New_York",
    "currency": "USD",
    "due_days": 14,
    "payment_instructions": (
        "You can also pay by bank transfer: Northwind Studio LLC, Example Harbor Bank, "
        "routing 000000000, account 000123456789. Please give the invoice number."
    ),
    "footer": "Northwind Studio LLC · Brand, print and web design · northwind.example",
}

NAMES = {
    "admin": "Maya Lindgren",
    "finance": "Tomás Rivera",
    "staff": "Priya Raman",
    "viewer": "Owen Clarke",
}


class Customer(NamedTuple):
    name: str
    company: str
    email: str
    phone: str
    address: str
    tax_number: str = ""
    billing_name: str = ""
    cc_addresses: tuple[str, ...] = ()
    due_days: int | None = None
    # None: nobody has chosen one.
    language: str | None = None


CUSTOMERS = (
    Customer(
        "Amara Okafor",
        "Lumen Books",
        "amara.okafor@example.com",
        "+1 312 555 0114",
        "1440 N Halsted Street\nChicago, IL 60642\nUnited States",
        "EIN 00-2468013",
        billing_name="Lumen Books Publishing, Inc.",
        due_days=30,
    ),
    Customer(
        "Mateo Álvarez",
        "Cacao Norte",
        "mateo.alvarez@example.com",
        "+1 210 555 0137",
        "509 River Walk\nSan Antonio, TX 78205\nUnited States",
        language="es",
    ),
    Customer(
        "Greta Lindemann",
        "Fjord & Field",
        "greta.lindemann@example.com",
        "+49 40 66969 162",
        "Am Sandtorkai 18\n20457 Hamburg\nGermany",
        language="de",
    ),
    Customer(
        "Wei Zhang",
        "Halden Robotics",
        "wei.zhang@example.com",
        "+1 617 555 0189",
        "300 Innovation Drive, Suite 12\nBoston, MA 02210\nUnited States",
        "EIN 00-7654321",
    ),
    Customer(
        "Anjali Natarajan",
        "Saffron Table",
        "anjali.natarajan@example.com",
        "+1 732 555 0108",
        "26 Oak Tree Road\nEdison, NJ 08820\nUnited States",
    ),
    Customer(
        "Daniel Osei",
        "Brightwater Clinic",
        "daniel.osei@example.com",
        "+1 404 555 0175",
        "915 Peachtree Avenue\nAtlanta, GA 30309\nUnited States",
    ),
    Customer(
        "ليلى حداد",
        "Cedar & Vine",
        "leila.haddad@example.com",
        "+1 313 555 0121",
        "48 Garrison Street\nDearborn, MI 48124\nUnited States",
        language="ar",
    ),
    Customer(
        "Hannah Goldberg",
        "Riverside Montessori",
        "hannah.goldberg@example.com",
        "+1 914 555 0144",
        "12 Palisade Avenue\nYonkers, NY 10701\nUnited States",
    ),
    Customer(
        "Kenji Watanabe",
        "Tanuki Toys",
        "kenji.watanabe@example.com",
        "+1 206 555 0193",
        "2210 Maynard Avenue S\nSeattle, WA 98104\nUnited States",
    ),
    Customer(
        "Chloé Tremblay",
        "Atelier Mirabel",
        "chloe.tremblay@example.com",
        "+1 514 555 0156",
        "640 rue Saint-Paul Ouest\nMontréal, QC H3C 1L9\nCanada",
        "GST 00000 0000 RT0001",
        language="fr",
    ),
    Customer(
        "Samuel Whitehorse",
        "High Mesa Outfitters",
        "samuel.whitehorse@example.com",
        "+1 505 555 0130",
        "31 Canyon Road\nSanta Fe, NM 87501\nUnited States",
    ),
    Customer(
        "Zofia Kowalska",
        "Kite Energy",
        "zofia.kowalska@example.com",
        "+1 412 555 0167",
        "800 Allegheny Square\nPittsburgh, PA 15212\nUnited States",
        cc_addresses=("payables.kite@example.com",),
    ),
)


class Project(NamedTuple):
    """An opportunity; `days_ago` is when it came up, the amount is in cents."""

    name: str
    customer: str
    stage: str
    amount: int
    days_ago: int


PROJECTS = (
    Project("Lumen Books: fall catalog", "Lumen Books", "Won", 1_240_000, 190),
    Project("Halden Robotics: product site", "Halden Robotics", "Won", 3_850_000, 175),
    Project("Cacao Norte: holiday packaging", "Cacao Norte", "Won", 1_680_000, 150),
    Project("Brightwater Clinic: wayfinding signs", "Brightwater Clinic", "Negotiation", 2_100_000, 88),
    Project("Kite Energy: annual report", "Kite Energy", "Won", 1_850_000, 52),
    Project("Tanuki Toys: webshop relaunch", "Tanuki Toys", "Proposal", 2_900_000, 38),
    Project("Atelier Mirabel: brand refresh", "Atelier Mirabel", "Qualified", 980_000, 17),
    Project("Fjord & Field: harvest festival posters", "Fjord & Field", "Lost", 640_000, 29),
    Project("High Mesa Outfitters: trail map series", "High Mesa Outfitters", "Won", 940_000, 120),
)


class Tax(NamedTuple):
    name: str
    percent: Decimal


CITY_TAX = Tax("NYC sales tax", Decimal("8.875"))
STATE_TAX = Tax("NY state tax", Decimal("4"))


class Line(NamedTuple):
    """The unit price is in cents, the discount in percent."""

    description: str
    quantity: Decimal
    unit_price: int
    tax: Tax | None = None
    discount: Decimal | None = None


class Service(NamedTuple):
    """Something the studio sells, and how much of it at once: `least` to `most`, in steps of `step`."""

    description: str
    unit_price: int
    least: int = 1
    most: int = 1
    step: Decimal = Decimal(1)
    tax: Tax | None = None


SERVICES = (
    Service("Brand strategy workshop, full day", 180_000),
    Service("Logo and wordmark, three routes and two rounds", 265_000),
    Service("Brand guidelines, 24 pages", 148_000),
    Service("Website page templates", 62_000, 2, 6),
    Service("Front-end development, hours", 13_500, 12, 56, Decimal("0.5")),
    Service("Art direction, hours", 16_500, 4, 22, Decimal("0.5")),
    Service("Illustrations, spot size", 18_000, 3, 12),
    Service("Packaging design, per variant", 92_000, 1, 4),
    Service("Product photography, half day", 87_500, 1, 2),
    Service("Usability sessions with report", 54_000, 2, 5),
    Service("Newsletter template", 72_000),
    Service("Copy editing, hours", 8_500, 3, 18, Decimal("0.25")),
    Service("Printed brochures, box of 250", 31_250, 1, 4, tax=CITY_TAX),
    Service("Exhibition panels, printed and mounted", 24_800, 2, 8, tax=CITY_TAX),
    Service("Typeface licenses", 12_900, 1, 5, tax=CITY_TAX),
    Service("Hosting and care, month", 18_500, 1, 3),
)


def line_of(service: str, quantity: int) -> Line:
    """A line for the service whose description begins so."""
    sold = next(one for one in SERVICES if one.description.startswith(service))
    return Line(sold.description, Decimal(quantity), sold.unit_price, sold.tax)


def some_lines(dice: random.Random) -> tuple[Line, ...]:
    return tuple(_some_of(service, dice) for service in dice.sample(SERVICES, dice.choice((1, 2, 2, 3))))


def _some_of(service: Service, dice: random.Random) -> Line:
    steps = int((service.most - service.least) / service.step)
    quantity = service.least + dice.randint(0, steps) * service.step
    return Line(service.description, Decimal(quantity), service.unit_price, service.tax)
