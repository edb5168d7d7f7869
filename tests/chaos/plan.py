"""From a seed to a plan: which stories are played, and what goes wrong meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.chaos.repertoire import STORIES
from tests.chaos.stage import TOGETHER

Maker = Callable[[Random], tuple[str, dict[str, Any]]]
LATEST = 2.0
SESSIONS, REFUNDS = "POST /v1/checkout/sessions", "POST /v1/refunds"
CRASH = "crash"
REFUNDING = "refunded in parts"
HELD = ("restart", "table", "rows")


@dataclass(frozen=True)
class Verb:
    """Where a process can be made to die: at one of so many points, in a story or beside a fault that leads there."""

    points: int
    story: str = ""
    fault: str = ""


VERBS = {
    "deliver": Verb(20),
    "make_document": Verb(6),
    "note_opening": Verb(4),
    "judge_openings": Verb(3, story="reminded"),
    "send_reminders": Verb(3, story="reminded"),
    "handle_due": Verb(24),
    "send_refund": Verb(16, story=REFUNDING),
    "create_session": Verb(12, fault="no session"),
    "work_bulk": Verb(24, story="sent together"),
    "send_news": Verb(6, story="paid in parts"),
    "add_up_dirty_days": Verb(4),
    "pay.pay": Verb(24),
    "pay.come_back": Verb(10, story="paid in parts"),
    "invoice.action_view": Verb(4),
    "invoice.refund": Verb(6, story=REFUNDING),
    "invoice.void": Verb(8, story="billed again"),
    "invoice.edit_view": Verb(8, story="revised in peace"),
    "payment.record": Verb(10, story="taken back"),
    "webhooks.stripe": Verb(12),
    "reconcile": Verb(14, fault="dropped"),
    "run_reconciliation": Verb(20, fault="compared"),
    "reconciliation.run": Verb(3, fault="compared"),
    "sweep": Verb(4),
    "invoice.retry_mail": Verb(4, fault="mail refused"),
    "invoice.replace_link": Verb(4, story="link replaced"),
    "invoice.bill_again": Verb(3, story="billed again"),
    "payment.move": Verb(4, story="moved"),
    "payment.match": Verb(4, story="matched"),
    "payment.reverse": Verb(3, story="taken back"),
    "refund.record": Verb(4, story="taken back"),
    "refund.take_back": Verb(4, story="taken back"),
    "refund.approve": Verb(3, story="approved"),
    "refund.reject": Verb(3, story="rejected"),
    "attention.dismiss": Verb(3, story="dismissed"),
    "stripe.disconnect": Verb(6, fault="let go"),
    "stripe.callback": Verb(8, fault="let go"),
}


@dataclass(frozen=True)
class Fault:
    name: str
    at: float
    numbers: dict[str, Any]

    def __str__(self) -> str:
        numbers = [value for value in self.numbers.values() if value]
        said = " ".join(f"{value:.1f}" if isinstance(value, float) else str(value) for value in numbers)
        return f"{self.at:.1f} s {self.name} {said}".strip()


@dataclass(frozen=True)
class Plan:
    """`stories` by name with their invoices; `crashes` are points of verbs, `faults` moments of the run."""

    seed: int
    on_postgres: bool
    stories: list[tuple[str, int]]
    crashes: list[dict[str, Any]]
    faults: list[Fault]
    resends: bool

    def __str__(self) -> str:
        deaths = [f"{one['verb']} dies at {one['at']} ({one['whom']})" for one in self.crashes]
        return ", ".join([*deaths, *map(str, self.faults)])


def make_plan(seed: int) -> Plan:
    """The same one for the same seed. The first fault and its verb go round: a hundred seeds see all of them."""
    random = Random(seed)
    first = ROUND[seed % len(ROUND)]
    more = [kind for kind in ROUND if kind not in _ALONE]
    kinds = [first, *(random.choices(more, k=random.choice((0, 1, 1, 2))) if first not in _ALONE else ())]
    verbs = [list(VERBS)[seed // 2 % len(VERBS)]] if first == CRASH else []
    verbs += [random.choice(list(VERBS)) for kind in kinds[1:] if kind == CRASH]
    kinds = [kind for kind in kinds if kind != CRASH] + [VERBS[verb].fault for verb in verbs if VERBS[verb].fault]
    faults = sorted((_fault(random, kind) for kind in kinds), key=lambda one: one.at)
    wanted = [VERBS[verb].story for verb in verbs if VERBS[verb].story]
    wanted += [REFUNDING for fault in faults if fault.numbers.get("route") == REFUNDS]
    crashes = [death for verb in dict.fromkeys(verbs) for death in _deaths(random, verb)]
    on_postgres = (seed + seed // len(ROUND)) % 3 == 0
    return Plan(seed, on_postgres, _stories(random, wanted), crashes, faults, resends=random.random() < 0.3)


def _stories(random: Random, wanted: list[str]) -> list[tuple[str, int]]:
    """Two to four, each with an invoice that it can be played with."""
    names = dict.fromkeys([*wanted, *random.sample(list(STORIES), random.randint(2, 4))])
    free, chosen = {1, 2, 3, 4, 5, 6, TOGETHER[0]}, []
    for name in list(names)[:4]:
        fitting = sorted(free & set(STORIES[name][1]))
        if fitting:
            chosen.append((name, random.choice(fitting)))
            free.discard(chosen[-1][1])
    return chosen


def _deaths(random: Random, verb: str) -> list[dict[str, Any]]:
    """At one of the first two points, which are surely reached, and at a later one, where Valkey may die instead."""
    early, late = random.randint(1, 2), random.randint(3, VERBS[verb].points)
    whom = random.choice(("self", "all")), random.choice(("self", "all", "valkey"))
    return [{"verb": verb, "at": at, "whom": who} for at, who in zip((early, late), whom, strict=True)]


def _fault(random: Random, kind: str) -> Fault:
    name, numbers = _KINDS[kind](random)
    return Fault(name, random.uniform(0, LATEST), numbers)


def _kill(random: Random) -> tuple[str, dict[str, Any]]:
    name = random.choice(("web", "worker", "worker", "clock", "valkey", "sandbox"))
    whom = random.choice(("all", "leader", "others")) if name in ("web", "worker") else "all"
    return "kill", {"name": name, "whom": whom, "times": random.randint(1, 3), "pause": random.uniform(0.2, 1.5)}


def _answers(kind: str, when: str, late: float = 0.0, route: str = "", most: int = 3) -> Maker:
    """The next answers about sessions or refunds, before or after the work was done."""

    def make(random: Random) -> tuple[str, dict[str, Any]]:
        numbers = {"route": route or random.choice((SESSIONS, REFUNDS)), "kind": kind, "when": when}
        return "stripe", numbers | {"times": random.randint(1, most), "late": late}

    return make


def _turned_away(random: Random) -> tuple[str, dict[str, Any]]:
    """Nothing was done; Stripe says it, or says nothing."""
    route = random.choice((SESSIONS, REFUNDS, "GET /v1/payment_intents/*", "* /v1/*"))
    return _answers(random.choice(("429", "409", "reset", "401")), "before", route=route, most=6)(random)


def _outage(random: Random) -> tuple[str, dict[str, Any]]:
    kind = random.choice(("reset", "503", "500", "429", "slow"))
    return "outage", {"kind": kind, "seconds": random.uniform(4, 20)}


def _deliveries(random: Random) -> tuple[str, dict[str, Any]]:
    mode = random.choice(("drop", "drop", "hold", "shuffle", "repeat"))
    return "deliveries", {"mode": mode, "seconds": random.uniform(2, 6)}


def _mail(random: Random) -> tuple[str, dict[str, Any]]:
    fault = random.choice(("450", "550", "hang"))
    return "mail", {"fault": fault, "times": 1 if fault == "hang" else random.randint(1, 4)}


_KINDS: dict[str, Maker] = {
    "kill": _kill,
    "lost answer": _answers("reset", "after"),
    "valkey emptied": lambda random: ("valkey_emptied", {}),
    "stored 500 after": _answers("500", "after"),
    "database": lambda random: ("database", {"seconds": random.uniform(1, 15), "how": random.choice(HELD)}),
    "hanging after": _answers("slow", "after", late=21.0),
    "turned away": _turned_away,
    "deliveries": _deliveries,
    "valkey away": lambda random: ("away", {"name": "valkey", "seconds": random.uniform(2, 40)}),
    "restored": lambda random: ("backup", {"invoices": random.randint(0, 2)}),
    "outage": _outage,
    "mail": _mail,
    "stored 500 before": _answers("500", "before"),
    "all away": lambda random: ("away", {"name": "sandbox", "seconds": random.uniform(2, 8)}),
    "day": lambda random: ("day", {"hours": random.uniform(24.5, 60)}),
    "hanging before": _answers("slow", "before", late=9.0),
    "dropped": lambda random: ("deliveries", {"mode": "drop", "seconds": random.uniform(2, 6)}),
    "no session": _answers("reset", "before", route=SESSIONS),
    "compared": lambda random: ("compared", {}),
    "let go": lambda random: ("let_go", {"seconds": random.uniform(0, 3)}),
    "mail refused": lambda random: ("mail", {"fault": "550", "times": 2}),
}
# Every second run begins with a death at a point of a verb.
ROUND = [kind for pair in zip([CRASH] * len(_KINDS), _KINDS, strict=True) for kind in pair]
_ALONE = ("restored", "day")
