"""One run: the stage, the stories, the faults, and what is left when all is over."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from random import Random

from tests.chaos import kept
from tests.chaos.books import Books, differences, lost_matches, numbers_of, unfinished
from tests.chaos.database import Postgres, Sqlite, looking, restore
from tests.chaos.faults import FAULTS
from tests.chaos.machine import log_of
from tests.chaos.nursery import Nursery
from tests.chaos.plan import Fault, Plan, make_plan
from tests.chaos.repertoire import STORIES
from tests.chaos.scene import Scene, journal, set_scene
from tests.chaos.stage import DRAFTS, Stage
from tests.chaos.stories import Story

POLL = 0.4
SOON = 5
TOO_LATE = "people were not done a minute after the last fault"


@dataclass(frozen=True)
class Outcome:
    """`wrong` is what differs, empty when all is well; `settled_in` is from the end of the last fault or act."""

    plan: Plan
    engine: str
    wrong: list[str]
    lasted: float
    settled_in: float
    deaths: list[str]
    logs: str

    def __str__(self) -> str:
        words = "; ".join(filter(None, [str(self.plan), *(f"died: {where}" for where in self.deaths)]))
        verdict = "FAILED" if self.wrong else "ok"
        took = f"{self.lasted:5.1f} s, settled in {self.settled_in:4.1f} s"
        return f"{self.plan.seed:>7} {verdict:<6} {took}, {self.engine}: {words}"

    def details(self) -> str:
        stories = "\n".join(f"  {name}: invoice {invoice_id}" for name, invoice_id in self.plan.stories)
        return "\n".join([f"SEED={self.plan.seed}", stories, *(f"  ! {said}" for said in self.wrong), self.logs])


def play(seed: int, nursery: Nursery, stage: Stage) -> Outcome:
    """Play the plan of this seed. Raises nothing that the product does wrong: that stands in the outcome."""
    plan, began, longest = make_plan(seed), time.monotonic(), 0.0
    with set_scene(nursery, stage, Postgres if plan.on_postgres else Sqlite, plan.crashes) as scene:
        for phase in _phases(plan, scene):
            phase(scene, plan)
            wrong = scene.trouble + _settle(scene)
            longest = max(longest, time.monotonic() - (scene.calm.since or 0))
            if wrong:
                break
        folder = scene.machine.folder
        logs = "\n".join(f"{name}: {log_of(folder, name)}" for name in ("web", "worker", "clock")) if wrong else ""
        return Outcome(plan, scene.database.name, wrong, time.monotonic() - began, longest, journal(folder), logs)


def _phases(plan: Plan, scene: Scene) -> Iterator[Callable[[Scene, Plan], None]]:
    """After each of them all is well within a minute."""
    yield _act
    if plan.resends:
        yield _resend_everything
    if scene.was_backed_up:
        yield _restore
        yield _match_by_hand


def _act(scene: Scene, plan: Plan) -> None:
    """The stories and the faults, at the same time; a minute after the last fault nobody waits any longer."""
    with ThreadPoolExecutor(len(plan.stories) + len(plan.faults)) as hands:
        stories = [hands.submit(_tell, scene, name, number, plan.seed) for name, number in plan.stories]
        faults = [hands.submit(_disturb, scene, fault) for fault in plan.faults]
        _note(scene, faults)
        scene.calm.begin()
        _note(scene, stories)


def _resend_everything(scene: Scene, plan: Plan) -> None:
    """Each event again, shuffled: nothing changes."""
    scene.stripe.control("deliveries", mode="shuffle")
    for one in scene.stripe.state()["deliveries"]["recent"]:
        scene.stripe.control(f"deliveries/{one['event']}/resend")
    scene.calm.begin()


def _restore(scene: Scene, plan: Plan) -> None:
    """An older backup is put back: what Stripe knows comes home again, and work goes on."""
    with looking(scene.database) as session:
        scene.numbers = numbers_of(session)
    restore(scene.database, scene.machine)
    scene.was_restored = True
    scene.machine.wait_for_web()
    scene.calm.begin()
    scene.reconcile()
    free = next(number for number, _ in enumerate(DRAFTS, start=1) if number not in dict(plan.stories).values())
    _tell(scene, "refunded", free, plan.seed)


def _match_by_hand(scene: Scene, plan: Plan) -> None:
    """Money whose checkout was lost waits for staff, who know which invoice it was for, if there still is one."""
    finance = scene.finance.another_tab()
    with looking(scene.database) as session:
        waiting = lost_matches(Books(session, scene.stripe.state()), scene.numbers)
    for payment_id, number in waiting:
        finance.press(finance.form(f"/admin/payment/details/?id={payment_id}", "/payment/match/"), number=number)
        scene.matched.add(payment_id)
    scene.calm.begin()


def _note(scene: Scene, acts: list[Future[None]]) -> None:
    for act in acts:
        if error := act.exception():
            scene.trouble.append(f"{type(error).__name__}: {error}")


def _tell(scene: Scene, name: str, invoice_id: int, seed: int) -> None:
    STORIES[name][0](Story(scene, invoice_id, Random(seed * 100 + invoice_id)))


def _disturb(scene: Scene, fault: Fault) -> None:
    time.sleep(fault.at)
    FAULTS[fault.name](scene, **fault.numbers)


def _settle(scene: Scene) -> list[str]:
    """What is still wrong a minute after the last fault; nothing as soon as nothing is."""
    if any(seconds > SOON for _, seconds in scene.stripe.undelivered()):
        scene.reconcile()
    wrong = [TOO_LATE]
    while wrong and not scene.calm.is_over():
        if wrong := _wrong(scene):
            if any(said.startswith(("mail", "document")) for said in wrong):
                scene.retry_messages()
            time.sleep(POLL)
    return wrong


def _wrong(scene: Scene) -> list[str]:
    with looking(scene.database) as session:
        if left := unfinished(session):
            return left
        books = Books(session, scene.stripe.state(), scene.was_restored)
        found = differences(books) or kept.broken(books, scene)
    if found:
        return found
    code, said = scene.machine.run("audit", "--json")
    return [f"audit: {one}" for one in json.loads(said)] if code else []
