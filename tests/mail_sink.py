"""A mail server of the tests: takes every message, or answers what a test tells it to."""

import asyncio
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from servers import free_port


@dataclass(frozen=True)
class Received:
    to: str
    subject: str
    text: str
    html: str
    whole: EmailMessage


class Mailbox(list[Received]):
    """The messages that were accepted. `answer` is given to the next ones instead: "450 Busy", "550 Unknown".

    `once` holds what the next message to an address is answered, `seconds` how long the server takes for each.
    """

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()
        self.answer: str | None = None
        self.once: dict[str, str] = {}
        self.seconds = 0.0
        self._server: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        if self._server is None:
            self._server = Controller(self, hostname="127.0.0.1", port=self.port)
            self._server.start()

    def stop(self) -> None:
        """Nobody answers at the port any more."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def fresh(self) -> "Mailbox":
        self.start()
        self.clear()
        self.answer, self.seconds = None, 0.0
        self.once.clear()
        return self

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        await asyncio.sleep(self.seconds)
        if answer := self.once.pop(envelope.rcpt_tos[0], self.answer):
            return answer
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        bodies = [message.get_body((kind,)) for kind in ("plain", "html")]
        text, html = (body.get_content() if body else "" for body in bodies)
        self.append(Received(envelope.rcpt_tos[0], str(message["Subject"]), text, html, message))
        return "250 Accepted"
