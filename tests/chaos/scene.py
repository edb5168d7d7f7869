"""The scene of one run: the machine, the world outside, the people, and what was promised to them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from tests.chaos.database import Database
from tests.chaos.machine import Machine
from tests.chaos.meddling import Shift
from tests.chaos.nursery import Nursery
from tests.chaos.people import Calm, Customer, Staff
from tests.chaos.stage import Stage
from tests.chaos.stripe import Stripe


@dataclass
class Promises:
    """What the product has said it would do."""

    sent: list[tuple[int, str]] = field(default_factory=list)  # invoice, operation
    refunded: list[tuple[str, int]] = field(default_factory=list)  # operation, minor units
    together: dict[str, tuple[int, ...]] = field(default_factory=dict)  # invoices by operation
    voided: list[int] = field(default_factory=list)
    replaced: dict[int, list[str]] = field(default_factory=dict)  # what its link became, as each press was told
    links: dict[int, str] = field(default_factory=dict)


@dataclass
class Scene:
    machine: Machine
    database: Database
    stripe: Stripe
    staff: Staff
    finance: Staff
    admin: Staff
    calm: Calm
    shift: Shift
    promises: Promises = field(default_factory=Promises)
    was_backed_up: bool = False
    was_restored: bool = False
    numbers: dict[str, int] = field(default_factory=dict)  # of the invoices that there were before
    matched: set[int] = field(default_factory=set)  # payments that staff have matched to an invoice by hand
    trouble: list[str] = field(default_factory=list)

    def customer(self, invoice_id: int) -> Customer:
        return Customer(self.machine.web, self.calm, self.stripe, invoice_id)

    def reconcile(self) -> None:
        """As the schedule does within minutes; something was lost that no webhook will tell again."""
        while self.machine.run("reconcile")[0] and not self.calm.is_over():
            pass

    def retry_messages(self) -> None:
        """And documents, which were given up when each of three who made them was killed."""
        for invoice_id in self.promises.links:
            self.staff.retry_messages(invoice_id)
        self.staff.retry_news()
        self.staff.retry_documents()

    def move_clocks(self, by: timedelta) -> None:
        """Ours, and the sandbox's, which stands still unless somebody lets it go on."""
        self.shift.move(by)
        self.tick()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift.get()

    def move_clocks_to(self, moment: datetime) -> None:
        """Unless it is later already."""
        self.move_clocks(max(timedelta(), moment - self.now()))

    def tick(self) -> None:
        if moved := self.shift.get():
            with suppress(requests.RequestException):
                self.stripe.control("clock", epoch=int(time.time() + moved.total_seconds()))


@contextmanager
def set_scene(nursery: Nursery, stage: Stage, kind: type[Database], crashes: list[dict[str, Any]]) -> Iterator[Scene]:
    """Everything runs, and staff are signed in."""
    folder = stage.folder("run")
    database = kind(stage, folder)
    machine = Machine(nursery, folder, database.url, crashes)
    database.join(machine)
    calm, shift, over = Calm(), Shift(folder / "shift"), threading.Event()
    people = [Staff(machine.web, calm, role) for role in ("staff", "finance", "admin")]
    scene = Scene(machine, database, Stripe(machine.sandbox), *people, calm, shift)
    ticking = threading.Thread(target=_let_time_go_on, args=[scene, over], daemon=True)
    try:
        machine.begin()
        for person in people:
            person.sign_in()
        ticking.start()
        yield scene
    finally:
        over.set()
        machine.end()


def _let_time_go_on(scene: Scene, over: threading.Event) -> None:
    """Also sees the deaths at points of verbs: each of them is a fault that ends at once."""
    deaths = 0
    while not over.wait(0.5):
        scene.tick()
        if len(journal(scene.machine.folder)) > deaths:
            deaths = len(journal(scene.machine.folder))
            scene.calm.begin_again()


def journal(folder: Path) -> list[str]:
    """Where processes were made to die."""
    file = folder / "crashes"
    return file.read_text().splitlines() if file.exists() else []
