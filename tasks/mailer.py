"""The only file that knows SMTP."""

import contextlib
import smtplib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import policy
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any, ClassVar, Literal
from urllib.parse import unquote, urlsplit

from email_validator import validate_email
from flask import current_app

from models.clock import now
from models.refusal import OutsideError
from models.written import TURNING

PATIENCE = 20
LONGEST_LINE = 998
# Of a subject in plain letters, so that its first word stands on its first line.
LONGEST_WORD = 60
# Zero width: non-joiner, joiner, left-to-right mark, right-to-left mark.
WRITING = "\u200c\u200d\u200e\u200f"


class MailerError(OutsideError):
    """The mail server did not take the message."""


class OutOfReach(MailerError):
    """It did not come to a message at all; the next one would fare no better."""


class _Whole(UniqueUnstructuredHeader, BaseHeader):
    """On one line: folded and encoded, as the library does with words that are longer than 78, nobody reads it."""

    max_count: ClassVar[Literal[1]] = 1

    def fold(self, *, policy: Any) -> str:
        line = f"{self.name}: {self}"
        if line.isascii() and len(line) <= LONGEST_LINE:
            return f"{line}{policy.linesep}"
        return str(super().fold(policy=policy))


class _Read(UniqueUnstructuredHeader, BaseHeader):
    """Folded as people will read it: where the library folds, a reader sees one space more."""

    max_count: ClassVar[Literal[1]] = 1

    def fold(self, *, policy: Any) -> str:
        is_plain = self.isascii() and all(len(word) <= LONGEST_WORD for word in self.split())
        charset = "us-ascii" if is_plain else "utf-8"
        words = Header(str(self), charset, maxlinelen=policy.max_line_length, header_name=self.name)
        return f"{self.name}: {words.encode(linesep=policy.linesep)}{policy.linesep}"


_headers = HeaderRegistry()
_headers.map_to_type("Subject", _Read)
for _name in ("Message-ID", "List-Unsubscribe"):
    _headers.map_to_type(_name, _Whole)
POLICY = policy.default.clone(header_factory=_headers)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a message brings with it."""

    name: str
    content: bytes
    media_type: str = "application/pdf"


@dataclass(frozen=True, slots=True)
class Letter:
    """One rendered message to one address, and the language that it is in; `headers` are those of only some kinds.

    `pictures` are shown in the message itself, each as `cid:` and its name: nothing is asked for from anywhere.
    """

    to: str
    sender_name: str
    subject: str
    text: str
    html: str
    message_id: str
    reply_to: str | None = None
    attachments: tuple[Attachment, ...] = ()
    pictures: tuple[Attachment, ...] = ()
    language: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def compose(self) -> EmailMessage:
        message = EmailMessage(POLICY)
        message["From"] = Address(one_line(self.sender_name), addr_spec=sender())
        message["To"] = _ascii(self.to)
        if self.reply_to:
            message["Reply-To"] = _ascii(self.reply_to)
        message["Subject"] = one_line(self.subject)
        message["Date"] = format_datetime(now())
        message["Message-ID"] = self.message_id
        message["Auto-Submitted"] = "auto-generated"
        for name, value in self.headers:
            message[name] = value
        message.set_content(self.text)
        message.add_alternative(self.html, subtype="html")
        bodies: Any = message.get_payload()
        for picture in self.pictures:
            kind, subtype = picture.media_type.split("/")
            bodies[-1].add_related(picture.content, kind, subtype, cid=f"<{picture.name}>", disposition="inline")
        for file in self.attachments:
            kind, subtype = file.media_type.split("/")
            message.add_attachment(file.content, maintype=kind, subtype=subtype, filename=one_line(file.name))
        return message


def _ascii(address: str) -> Address:
    """Mail servers know international domains by their ASCII form; other letters before the @ few of them take."""
    found = validate_email(address, check_deliverability=False).ascii_email
    if found is None:
        raise MailerError(f"Mail servers do not pass on letters such as those of {address}.", permanent=True)
    return Address(addr_spec=found)


def one_line(text: str) -> str:
    """Headers have no line breaks and no control characters: each becomes a space, runs of spaces one.

    What turns the text round is dropped; the marks with which Persian and Indic names are written stay. What looks like
    an encoded word is parted, for whoever reads a header decodes it, the library before it writes one too.
    """
    shown = "".join(c if c.isprintable() or c in WRITING else " " for c in text.translate(TURNING))
    return " ".join(shown.split()).replace("=?", "= ?")


def sender() -> str:
    """The address that messages come from, without a name that MAIL_FROM may give it."""
    return parseaddr(current_app.config["MAIL_FROM"])[1]


def send(letter: Letter) -> None:
    """Hand it to the mail server; returns once the server has accepted it.

    No answer and answers of 4xx pass. So does whatever goes wrong before the message is offered: a wrong
    password is no fault of the message. A message that is answered with 5xx is refused for good.
    """
    message = letter.compose()
    with _server() as server:
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _answered(*next(iter(error.recipients.values()))) from error
        except smtplib.SMTPResponseException as error:
            raise _answered(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise _out_of_reach(error) from error


def greet() -> None:
    """Say hello to the mail server. Raises MailerError when it does not let us in."""
    with _server():
        pass


def _answered(code: int, answer: bytes | str) -> MailerError:
    words = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return MailerError(f"The mail server answered {code} {words}", permanent=code >= 500)


def _out_of_reach(error: Exception) -> OutOfReach:
    return OutOfReach(f"The mail server is out of reach: {error}", permanent=False)


@contextmanager
def _server() -> Iterator[smtplib.SMTP]:
    """A server that has let us in. How it says goodbye does not matter: what it accepted, it has accepted."""
    try:
        server = _connect()
    except (OSError, smtplib.SMTPException) as error:
        raise _out_of_reach(error) from error
    try:
        yield server
        with contextlib.suppress(OSError, smtplib.SMTPException):
            server.quit()
    finally:
        server.close()


def _connect() -> smtplib.SMTP:
    """SMTP_URL: smtp://user:password@host:port, smtps:// for TLS from the start, ?starttls=1 to demand it."""
    url = urlsplit(current_app.config["SMTP_URL"])
    host, me = url.hostname or "127.0.0.1", sender().rsplit("@", 1)[-1]
    server: smtplib.SMTP
    if url.scheme == "smtps":
        server = _HurriedOverTLS(host, url.port or 465, me, timeout=PATIENCE, context=ssl.create_default_context())
    else:
        server = _Hurried(host, url.port or 587, me, timeout=PATIENCE)
    try:
        if "starttls=1" in url.query:
            server.starttls(context=ssl.create_default_context())
        server.ehlo_or_helo_if_needed()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        server.close()
        raise
    return server


class _Hurry:
    """Connecting and all the server's answers take 20 seconds together: the claim on a message lasts 40."""

    sock: Any

    def __init__(self, *where: Any, **how: Any) -> None:
        self.deadline = time.monotonic() + PATIENCE
        super().__init__(*where, **how)

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is not None:
            self.sock.settimeout(max(0.01, self.deadline - time.monotonic()))
        return super().getreply()  # type: ignore[misc, no-any-return]


class _Hurried(_Hurry, smtplib.SMTP):
    """SMTP in 20 seconds."""


class _HurriedOverTLS(_Hurry, smtplib.SMTP_SSL):
    """SMTP over TLS in 20 seconds."""
