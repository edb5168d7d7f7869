"""From a seed to a plan: which stories are played, and what goes wrong meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.chaos.stories import STORIES

LATEST = 3.0
EVERYTHING = "* /v1/*"
MAKING = ("POST /v1/checkout/sessions", "POST /v1/refunds", "POST /v1/*")
ROUTES = (*MAKING, "GET /v1/payment_intents/*", EVERYTHING)
CRASH = "crash"


@dataclass(frozen=True)
class Verb:
    """Where a process can be made to die: at one of so many points, in a story or beside a fault that leads there."""

    points: int
    story: str = ""
    fault: str = ""


VERBS = {
    "deliver": Verb(14),
    "handle_due": Verb(24),
    "send_refund": Verb(16, story="refunded in parts"),
    "create_session": Verb(12, fault="no session"),
    "add_up_dirty_days": Verb(4),
    "pay.pay": Verb(24),
    "pay.come_back": Verb(10),
    "invoice.action_view": Verb(4),
    "invoice.refund": Verb(6, story="refunded in parts"),
    "invoice.void": Verb(8, story="voided"),
    "webhooks.stripe": Verb(12),
    "reconcile": Verb(14, fault="dropped"),
}


@dataclass(frozen=True)
class Fault:
    name: str
    at: float
    numbers: dict[str, Any]

    def __str__(self) -> str:
        said = " ".join(f"{value:.1f}" if isinstance(value, float) else str(value) for value in self.numbers.values())
        return f"{self.at:.1f} s {self.name} {said}".strip()


@dataclass(frozen=True)
class Plan:
    """`stories` by name with their invoices; `crashes` are points of verbs, `faults` moments of the run."""

    seed: int
    stories: list[tuple[str, int]]
    crashes: list[dict[str, Any]]
    faults: list[Fault]
    resends: bool

    def __str__(self) -> str:
        deaths = [f"{one['verb']} dies at {one['at']} ({one['whom']})" for one in self.crashes]
        return ", ".join([*deaths, *map(str, self.faults)])


def make_plan(seed: int) -> Plan:
    """The same one for the same seed. The first fault goes round, so that a hundred seeds see all of them."""
    random = Random(seed)
    first = ROUND[seed % len(ROUND)]
    more = [kind for kind in ROUND if kind not in _ALONE]
    kinds = [first, *(random.choices(more, k=random.choice((0, 1, 1, 2))) if first not in _ALONE else ())]
    verbs = [random.choice(list(VERBS)) for kind in kinds if kind == CRASH]
    kinds = [kind for kind in kinds if kind != CRASH] + [VERBS[verb].fault for verb in verbs if VERBS[verb].fault]
    return Plan(
        seed,
        stories=_stories(random, [VERBS[verb].story for verb in verbs if VERBS[verb].story]),
        crashes=[_crash(random, verb) for verb in verbs],
        faults=sorted((_fault(random, kind) for kind in kinds), key=lambda one: one.at),
        resends=random.random() < 0.3,
    )


def _stories(random: Random, wanted: list[str]) -> list[tuple[str, int]]:
    """Two to four, each with an invoice that it can be played with."""
    names = dict.fromkeys([*wanted, *random.sample(list(STORIES), random.randint(2, 4))])
    free, chosen = {1, 2, 3, 4, 5, 6}, []
    for name in list(names)[:4]:
        fitting = sorted(free & set(STORIES[name][1]))
        if fitting:
            chosen.append((name, random.choice(fitting)))
            free.discard(chosen[-1][1])
    return chosen


def _crash(random: Random, verb: str) -> dict[str, Any]:
    return {"verb": verb, "at": random.randint(1, VERBS[verb].points), "whom": random.choice(("self", "all"))}


def _fault(random: Random, kind: str) -> Fault:
    name, numbers = _KINDS[kind](random)
    return Fault(name, random.uniform(0, LATEST), numbers)


def _kill(random: Random) -> tuple[str, dict[str, Any]]:
    name = random.choice(("web", "worker", "worker", "clock", "valkey", "sandbox"))
    whom = random.choice(("all", "leader", "others")) if name in ("web", "worker") else "all"
    return "kill", {"name": name, "whom": whom, "times": random.randint(1, 3), "pause": random.uniform(0.2, 1.5)}


def _stripe(random: Random) -> tuple[str, dict[str, Any]]:
    kind = random.choice(("429", "409", "reset", "503", "401"))
    when = "after" if kind == "reset" and random.random() < 0.6 else "before"
    return "stripe", _answers(random.choice(ROUTES), kind, when, random.randint(1, 6), random.uniform(2, 5))


def _stored(random: Random) -> tuple[str, dict[str, Any]]:
    when = random.choice(("before", "after"))
    return "stripe", _answers(random.choice(MAKING), "500", when, random.randint(1, 3), random.uniform(2, 5))


def _hanging(random: Random) -> tuple[str, dict[str, Any]]:
    when = random.choice(("before", "after"))
    return "stripe", _answers(random.choice(ROUTES), "slow", when, random.randint(1, 4), random.choice((9.0, 21.0)))


def _outage(random: Random) -> tuple[str, dict[str, Any]]:
    kind = random.choice(("reset", "503", "500", "429", "slow"))
    return "stripe", _answers(EVERYTHING, kind, "before", 100_000, random.uniform(4, 15))


def _answers(route: str, kind: str, when: str, times: int, seconds: float) -> dict[str, Any]:
    return {"route": route, "kind": kind, "when": when, "times": times, "seconds": seconds}


def _deliveries(random: Random) -> tuple[str, dict[str, Any]]:
    mode = random.choice(("drop", "drop", "hold", "shuffle", "repeat"))
    return "deliveries", {"mode": mode, "seconds": random.uniform(2, 6)}


def _mail(random: Random) -> tuple[str, dict[str, Any]]:
    fault = random.choice(("450", "550", "hang"))
    return "mail", {"fault": fault, "times": 1 if fault == "hang" else random.randint(1, 4)}


def _no_session(random: Random) -> tuple[str, dict[str, Any]]:
    return "stripe", _answers(MAKING[0], "reset", random.choice(("before", "after")), random.randint(1, 3), 5.0)


_KINDS: dict[str, Callable[[Random], tuple[str, dict[str, Any]]]] = {
    "kill": _kill,
    "valkey emptied": lambda random: ("valkey_emptied", {}),
    "valkey away": lambda random: ("away", {"name": "valkey", "seconds": random.uniform(2, 40)}),
    "stored 500": _stored,
    "database": lambda random: ("database", {"seconds": random.uniform(1, 15)}),
    "stripe": _stripe,
    "all away": lambda random: ("away", {"name": "sandbox", "seconds": random.uniform(2, 8)}),
    "hanging": _hanging,
    "deliveries": _deliveries,
    "restored": lambda random: ("backup", {}),
    "outage": _outage,
    "mail": _mail,
    "day": lambda random: ("day", {"hours": random.uniform(24.5, 60)}),
    "no session": _no_session,
    "dropped": lambda random: ("deliveries", {"mode": "drop", "seconds": random.uniform(2, 6)}),
}
# Every second run begins with a death at a point of a verb.
ROUND = [kind for pair in zip([CRASH] * len(_KINDS), _KINDS, strict=True) for kind in pair]
_ALONE = ("restored", "day")
