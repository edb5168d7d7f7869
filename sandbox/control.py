"""The control API: each route is one verb of the world, for JSON and for the forms of the control page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, jsonify, redirect, request
from werkzeug.wrappers import Response

from sandbox.errors import Refused
from sandbox.shapes import shown

if TYPE_CHECKING:
    from sandbox.world import World

Json = dict[str, Any]
Verb = Callable[..., Any]
Readers = Mapping[str, Callable[[Any], Any]]

_KINDS = (
    "account",
    "checkout.session",
    "payment_intent",
    "charge",
    "refund",
    "dispute",
    "balance_transaction",
    "payout",
    "webhook_endpoint",
)


def _clock(world: World, epoch: int | None = None, advance: int | None = None) -> Json:
    if advance is not None:
        world.clock.advance(advance)
    else:
        world.clock.set(epoch)
    world.tick()
    return {"now": world.clock.now(), "moved": world.clock.moved}


def _fault(world: World, **fields: Any) -> Json:
    world.faults.add(**fields)
    return {"faults": world.faults.waiting()}


def _clear_faults(world: World) -> Json:
    world.faults.clear()
    return {"faults": []}


def _release(world: World) -> Json:
    return {"released": world.faults.release()}


def _drain(world: World, id: str) -> Json:
    world.drain(id)
    return {"account": id}


def _repeat(world: World, id: str) -> Json:
    charge = world.object(id, "charge")
    return world.strange_payment(world.owner(id), charge["amount"], charge["currency"], charge["metadata"])


def _refunds_wait(world: World, wait: bool) -> Json:
    world.refunds_wait = wait
    return {"wait": wait}


def _mode(world: World, mode: str) -> Json:
    world.deliveries.mode = mode
    return {"mode": mode}


def _resend(world: World, id: str) -> Json:
    world.deliveries.resend(id)
    return {"event": id}


def _mailbox(world: World, fault: str | None = None, times: int = 1) -> Json:
    world.mailbox.refuse(fault, times)
    return {"fault": fault, "times": times}


def _connect(world: World, id: str, scope: str = "read_write") -> Json:
    world.connect(id, scope)
    return {"account": id, "scope": scope}


def _deauthorize(world: World, id: str) -> Json:
    world.deauthorize(id)
    return {"account": id}


def _list(value: Any) -> list[str]:
    return value.split() if isinstance(value, str) else [str(part) for part in value]


def _flag(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() in ("1", "true", "on")


def _pairs(value: Any) -> dict[str, str]:
    """`{"order": "7"}`, or in a form `order=7`, one pair a word."""
    found = dict(pair.split("=", 1) for pair in value.split()) if isinstance(value, str) else value
    return {str(name): str(text) for name, text in found.items()}


_DISPUTE = {"reason": str, "amount": int, "due_by": int, "status": str}
_REQUIREMENTS: Readers = {"currently_due": _list, "past_due": _list, "current_deadline": int, "disabled_reason": str}

# Path, verb of the world, and the fields it takes with the reader of each.
VERBS: tuple[tuple[str, Verb, Readers], ...] = (
    ("clock", _clock, {"epoch": int, "advance": int}),
    (
        "checkout/<id>/pay",
        lambda world, id, **fields: world.pay(id, **fields),
        {"card": str, "email": str, "name": str, "authenticate": _flag},
    ),
    ("charges/<id>/dispute", lambda world, id, **fields: world.dispute(id, **fields), _DISPUTE),
    ("charges/<id>/refund", lambda world, id, **fields: world.refund(id, **fields), {"amount": int}),
    ("charges/<id>/repeat", _repeat, {}),
    ("disputes/<id>", lambda world, id, **fields: world.update_dispute(id, **fields), _DISPUTE),
    ("disputes/<id>/close", lambda world, id, outcome: world.close_dispute(id, outcome), {"outcome": str}),
    ("refunds/wait", _refunds_wait, {"wait": _flag}),
    (
        "refunds/<id>",
        lambda world, id, **fields: world.set_refund(id, **fields),
        {"status": str, "failure_reason": str},
    ),
    (
        "payment_intents/<id>/settle",
        lambda world, id, **fields: world.settle(id, **fields),
        {"outcome": str},
    ),
    ("accounts/<id>/connect", _connect, {"scope": str}),
    ("accounts/<id>/deauthorize", _deauthorize, {}),
    (
        "accounts/<id>/requirements",
        lambda world, id, currently_due=(), **fields: world.requirements(id, currently_due, **fields),
        _REQUIREMENTS,
    ),
    (
        "accounts/<id>/capabilities",
        lambda world, id, **fields: world.capabilities(id, **fields),
        {"charges_enabled": _flag, "payouts_enabled": _flag},
    ),
    ("accounts/<id>/payout", lambda world, id: world.payout(id), {}),
    ("accounts/<id>/drain", _drain, {}),
    ("accounts/<id>/top_up", lambda world, id, amount: world.top_up(id, amount), {"amount": int}),
    ("accounts/<id>/bank_debits", lambda world, id, allowed: world.bank_debits(id, allowed), {"allowed": _flag}),
    (
        "accounts/<id>/strange_payment",
        lambda world, id, **fields: world.strange_payment(id, **fields),
        {"amount": int, "currency": str, "metadata": _pairs},
    ),
    (
        "accounts/<id>/foreign_charge",
        lambda world, id, amount, currency: world.foreign_charge(id, amount, currency),
        {"amount": int, "currency": str},
    ),
    ("faults", _fault, {"route": str, "kind": str, "when": str, "times": int, "seconds": float}),
    ("faults/clear", _clear_faults, {}),
    ("faults/release", _release, {}),
    (
        "endpoint",
        lambda world, **fields: world.change_endpoint(**fields),
        {"enabled_events": _list, "api_version": str, "connect": _flag, "disabled": _flag},
    ),
    ("deliveries", _mode, {"mode": str}),
    ("deliveries/<id>/resend", _resend, {}),
    ("mailbox", _mailbox, {"fault": str, "times": int}),
)


def init_app(app: Flask, world: World) -> None:
    control = Blueprint("control", __name__, url_prefix="/control")
    for path, verb, fields in VERBS:
        view = partial(_view, world, verb, fields)
        control.add_url_rule(f"/{path}", path.replace("/", "_"), view, methods=["POST"])
    control.add_url_rule("/state.json", "state", partial(_state, world))
    control.add_url_rule("/requests.json", "requests", partial(_requests, world))
    app.register_blueprint(control)


def _view(world: World, verb: Verb, fields: Readers, **ids: str) -> Response:
    by_form = request.mimetype == "application/x-www-form-urlencoded"
    try:
        answer = verb(world, **ids, **_read(fields, by_form))
    except (Refused, TypeError, ValueError) as refusal:
        response = jsonify({"error": str(refusal)})
        response.status_code = 400
        return response
    return redirect("/", 303) if by_form else jsonify(answer)


def _read(fields: Readers, by_form: bool) -> Json:
    """An empty field of a form is one that was left out."""
    if by_form:
        given: Json = {name: value for name, value in request.form.items() if value != ""}
    else:
        given = request.get_json(silent=True) or {}
    unknown = sorted(set(given) - set(fields))
    if unknown:
        raise Refused(f"Unknown: {', '.join(unknown)}. This takes: {', '.join(fields) or 'nothing'}.")
    return {name: None if value is None else fields[name](value) for name, value in given.items()}


def _state(world: World) -> Response:
    world.tick()
    objects = {kind: [shown(body) for body in world.store.select(kind)] for kind in _KINDS}
    return jsonify(
        {
            "clock": {"now": world.clock.now(), "moved": world.clock.moved},
            "connected": [body["id"] for body in world.accounts() if world.scope_of(body["id"])],
            "objects": objects,
            "deliveries": {"mode": world.deliveries.mode, "recent": world.deliveries.recent()},
            "faults": world.faults.waiting(),
            "hanging": world.faults.hanging,
        }
    )


def _requests(world: World) -> Response:
    return jsonify({"requests": list(world.requests)[::-1]})
