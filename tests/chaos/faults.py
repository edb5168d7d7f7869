"""What goes wrong: each fault begins, lasts, and ends. Its numbers come from the plan."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.chaos.scene import Scene

MANY = 100_000


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


def database(scene: Scene, seconds: float) -> None:
    scene.database.disturb(scene.machine, seconds)


def stripe(scene: Scene, route: str, kind: str, when: str, times: int, seconds: float) -> None:
    """Some answers of Stripe; those that come late have come when this ends."""
    scene.stripe.control("faults", route=route, kind=kind, when=when, times=times, seconds=seconds)
    time.sleep(min(seconds, 3) if kind == "slow" else seconds)
    scene.stripe.control("faults/clear")
    time.sleep(seconds if kind == "slow" else 0)


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


def mail(scene: Scene, fault: str, times: int) -> None:
    scene.stripe.control("mailbox", fault=fault, times=times)


def backup(scene: Scene) -> None:
    """Made now, put back when all is done; see `play`."""
    scene.database.back_up()
    scene.was_backed_up = True


FAULTS: dict[str, Callable[..., Any]] = {
    fault.__name__: fault for fault in (kill, valkey_emptied, away, database, stripe, day, deliveries, mail, backup)
}
