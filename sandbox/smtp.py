from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.mailbox import REFUSALS

if TYPE_CHECKING:
    from sandbox.world import World

_HANG = 120  # seconds, longer than any client of ours waits


class Receiver:
    """Takes every message into the world's mailbox, unless a refusal was ordered."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        fault = self._world.mailbox.take_fault()
        if fault == "hang":
            await asyncio.sleep(_HANG)
        if fault is not None:
            return REFUSALS[fault]
        raw = envelope.original_content or b""
        self._world.mailbox.receive(envelope.mail_from or "", list(envelope.rcpt_tos), raw)
        return "250 OK"


def start_smtp(world: World, port: int) -> Controller:
    """Listen on this machine; `controller.stop()` ends it."""
    options: dict[str, Any] = {"ident": "Paydesk sandbox", "enable_SMTPUTF8": True}
    controller = Controller(Receiver(world), hostname="127.0.0.1", port=port, **options)
    controller.start()
    return controller
