"""What goes wrong: each fault begins, lasts, and ends. Its numbers come from the plan."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.chaos.forms import Form, find_form
from tests.chaos.people import PAUSE, Staff
from tests.chaos.scene import Scene

MANY, TRIES = 100_000, 30
WINDOW = 8.0


def kill(scene: Scene, name: str, whom: str, times: int, pause: float) -> None:
    """`kill -9` at a moment that nobody has chosen."""
    for _ in range(times):
        scene.machine.kill(name, whom)
        time.sleep(pause)


def valkey_emptied(scene: Scene) -> None:
    scene.machine.empty_valkey()


def away(scene: Scene, name: str, seconds: float) -> None:
    """Killed, and not started again for a while."""
    scene.machine.hold(name)
    time.sleep(seconds)
    scene.machine.start(name)


def database(scene: Scene, seconds: float, how: str) -> None:
    scene.database.disturb(scene.machine, seconds, how)


def stripe(scene: Scene, route: str, kind: str, when: str, times: int, late: float) -> None:
    """The next answers of Stripe; those that come late have come when this ends."""
    scene.stripe.control("faults", route=route, kind=kind, when=when, times=times, seconds=late)
    ends = time.monotonic() + WINDOW
    while scene.stripe.state()["faults"] and time.monotonic() < ends:
        time.sleep(0.2)
    scene.stripe.control("faults/clear")
    time.sleep(late if kind == "slow" else 0)


def outage(scene: Scene, kind: str, seconds: float) -> None:
    """Stripe answers nothing well for so long."""
    scene.stripe.control("faults", route="* /v1/*", kind=kind, times=MANY, seconds=5.0)
    time.sleep(seconds)
    scene.stripe.control("faults/clear")
    time.sleep(5 if kind == "slow" else 0)


def day(scene: Scene, hours: float) -> None:
    """Stripe does what it is asked for and nobody hears of it; then it is gone for more than a day."""
    scene.stripe.control("faults", route="POST /v1/*", kind="reset", when="after", times=MANY)
    time.sleep(2)
    scene.stripe.control("faults/clear")
    scene.stripe.control("faults", route="* /v1/*", kind="reset", times=MANY)
    time.sleep(1)
    scene.move_clocks(timedelta(hours=hours))
    time.sleep(1)
    scene.stripe.control("faults/clear")


def deliveries(scene: Scene, mode: str, seconds: float) -> None:
    scene.stripe.control("deliveries", mode=mode)
    time.sleep(seconds)
    scene.stripe.control("deliveries", mode="normal")
    if mode == "drop":
        scene.reconcile()


def compared(scene: Scene) -> None:
    """Finance wants to know now."""
    finance = scene.finance.another_tab()
    finance.press(finance.form("/admin/reconciliation/", "/run"))


def let_go(scene: Scene, seconds: float) -> None:
    """An admin disconnects Stripe, unless somebody pays all the time, and later connects the same account again."""
    admin = scene.admin.another_tab()
    _until_gone(admin, "/disconnect", admin.press)
    time.sleep(seconds)
    _until_gone(admin, "/connect", lambda form: scene.stripe.consent(admin, form))


def _until_gone(admin: Staff, sign: str, press: Callable[[Form], object]) -> None:
    """Press this button of Stripe Settings until it is not there any more."""
    for _ in range(TRIES):
        if (form := find_form(admin.page("/admin/stripe/"), sign)) is None:
            return
        press(form)
        time.sleep(PAUSE)


def mail(scene: Scene, fault: str, times: int) -> None:
    scene.stripe.control("mailbox", fault=fault, times=times)


def backup(scene: Scene, invoices: int) -> None:
    """Made when so many links have gone out, so that there is something to lose; `play` puts it back at the end."""
    while len(scene.promises.links) < invoices:
        time.sleep(0.02)
    scene.database.back_up()
    scene.was_backed_up = True


_ALL = (kill, valkey_emptied, away, database, stripe, outage, day, deliveries, compared, let_go, mail, backup)
FAULTS: dict[str, Callable[..., Any]] = {fault.__name__: fault for fault in _ALL}
