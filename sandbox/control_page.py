from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from flask import Flask, render_template

from sandbox.deliveries import MODES
from sandbox.faults import KINDS
from sandbox.money import written
from sandbox.shapes import Json

if TYPE_CHECKING:
    from sandbox.world import World

_RECENT = 15
_PAYMENTS = 50


def init_app(app: Flask, world: World) -> None:
    app.add_url_rule("/", "control_page", partial(_page, world))
    app.add_url_rule("/favicon.ico", "favicon", lambda: ("", 204))
    app.add_template_filter(moment)


def moment(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%b %-d, %Y, %H:%M:%S UTC")


def _page(world: World) -> str:
    world.tick()
    charges = world.store.select("charge", limit=_PAYMENTS)
    return render_template(
        "control.html",
        world=world,
        accounts=world.accounts(),
        sessions=world.store.select("checkout.session", {"status = ?": "open"}, limit=_RECENT),
        charges=[(charge, _intent_status(world, charge)) for charge in charges],
        refunds=world.store.select("refund", limit=_RECENT),
        disputes=world.store.select("dispute", limit=_RECENT),
        payouts=world.store.select("payout", limit=_RECENT),
        deliveries=world.deliveries.recent(_RECENT),
        unknown=[entry for entry in world.requests if entry["unknown"]][::-1],
        modes=MODES,
        kinds=KINDS,
        written=written,
    )


def _intent_status(world: World, charge: Json) -> str:
    return str(world.object(charge["payment_intent"], "payment_intent")["status"])
