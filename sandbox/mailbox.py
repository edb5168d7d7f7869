from __future__ import annotations

import base64
import email
import email.policy
import threading
from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart
from typing import Any

from sandbox.clock import Clock
from sandbox.errors import Refused
from sandbox.store import Store

REFUSALS = {
    "450": "450 4.2.1 Mailbox busy, try again later",
    "550": "550 5.1.1 No such mailbox",
    "hang": "421 4.3.0 Closing connection",
}


@dataclass(frozen=True)
class Message:
    seq: int
    received: int
    sender: str
    recipients: list[str]
    raw: bytes

    @property
    def parsed(self) -> EmailMessage:
        message = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(message, EmailMessage)  # noqa: S101 - promised by the policy
        return message

    def header(self, name: str) -> str:
        return str(self.parsed[name] or "")

    def part(self, kind: str) -> str | None:
        body = self.parsed.get_body((kind,))
        return None if body is None else _text(body)

    def page(self) -> str:
        """The message as HTML, with the pictures in it that it brings for that."""
        html = self.part("html") or ""
        for picture in self.parsed.walk():
            name = str(picture["Content-ID"] or "").strip("<>")
            payload = picture.get_payload(decode=True)
            if name and isinstance(payload, bytes):
                data = base64.b64encode(payload).decode()
                html = html.replace(f"cid:{name}", f"data:{picture.get_content_type()};base64,{data}")
        return html

    def attachments(self) -> list[EmailMessage]:
        return list(self.parsed.iter_attachments())

    def summary(self) -> dict[str, Any]:
        names = {"from": "From", "to": "To", "subject": "Subject", "message_id": "Message-ID", "date": "Date"}
        return {
            "id": self.seq,
            "received": self.received,
            "envelope_from": self.sender,
            "envelope_to": self.recipients,
            **{field: self.header(name) for field, name in names.items()},
            "attachments": [part.get_filename() or "unnamed" for part in self.attachments()],
        }

    def details(self) -> dict[str, Any]:
        return {**self.summary(), "text": self.part("plain"), "html": self.part("html")}


class Mailbox:
    """Every message that came in by SMTP, as raw bytes; and the troubles ordered for the next ones."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._fault: str | None = None
        self._times = 0

    @property
    def fault(self) -> str | None:
        return self._fault

    def refuse(self, kind: str | None, times: int = 1) -> None:
        if kind is not None and kind not in REFUSALS:
            raise Refused(f"The mailbox can refuse with {', '.join(REFUSALS)}.")
        with self._lock:
            self._fault, self._times = kind, times

    def take_fault(self) -> str | None:
        with self._lock:
            fault, self._times = self._fault, self._times - 1
            if self._times <= 0:
                self._fault = None
            return fault

    def receive(self, sender: str, recipients: list[str], raw: bytes) -> None:
        now = self._clock.now()
        self._store.run(
            "INSERT INTO messages (received, sender, recipients, raw) VALUES (?, ?, ?, ?)",
            now,
            sender,
            "\n".join(recipients),
            raw,
        )

    def messages(self) -> list[Message]:
        return [_message(row) for row in self._store.run("SELECT * FROM messages ORDER BY seq DESC")]

    def newest(self) -> int:
        return int(self._store.run("SELECT coalesce(max(seq), 0) FROM messages")[0][0])

    def message(self, seq: int) -> Message | None:
        rows = self._store.run("SELECT * FROM messages WHERE seq = ?", seq)
        return _message(rows[0]) if rows else None

    def clear(self) -> None:
        self._store.run("DELETE FROM messages")


def _text(part: MIMEPart) -> str:
    """The words, as well as they can be read: a message may name a character set that nobody has."""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _message(row: tuple[Any, ...]) -> Message:
    return Message(row[0], row[1], row[2], row[3].split("\n"), row[4])
