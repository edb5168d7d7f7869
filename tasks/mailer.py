"""The only file that knows SMTP."""

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from flask import current_app

from models.clock import now
from models.refusal import OutsideError

PATIENCE = 20


class MailerError(OutsideError):
    """The mail server did not take the message."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One rendered message to one address."""

    to: str
    sender_name: str
    subject: str
    text: str
    html: str
    message_id: str

    def compose(self) -> EmailMessage:
        """Line breaks in names and subjects become spaces: headers have none."""
        message = EmailMessage()
        _, sender = parseaddr(current_app.config["MAIL_FROM"])
        message["From"] = Address(" ".join(self.sender_name.split()), addr_spec=sender)
        message["To"] = Address(addr_spec=self.to)
        message["Subject"] = " ".join(self.subject.split())
        message["Date"] = format_datetime(now())
        message["Message-ID"] = self.message_id
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text)
        message.add_alternative(self.html, subtype="html")
        return message


def send(letter: Letter) -> None:
    """Hand it to the mail server; returns once the server has accepted it.

    No answer and answers of 4xx pass, answers of 5xx are permanent.
    """
    try:
        with _server() as server:
            server.send_message(letter.compose())
    except smtplib.SMTPRecipientsRefused as error:
        raise _answered(*error.recipients[letter.to]) from error
    except smtplib.SMTPResponseException as error:
        raise _answered(error.smtp_code, error.smtp_error) from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailerError(f"The mail server is out of reach: {error}", permanent=False) from error


def greet() -> None:
    """Say hello to the mail server; raises what smtplib raises."""
    with _server() as server:
        server.noop()


def _answered(code: int, answer: bytes | str) -> MailerError:
    words = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return MailerError(f"The mail server answered {code} {words}", permanent=code >= 500)


@contextmanager
def _server() -> Iterator[smtplib.SMTP]:
    """SMTP_URL: smtp://user:password@host:port, smtps:// for TLS from the start, ?starttls=1 to demand it."""
    url = urlsplit(current_app.config["SMTP_URL"])
    at_once = url.scheme == "smtps"
    kind = smtplib.SMTP_SSL if at_once else smtplib.SMTP
    with kind(url.hostname or "127.0.0.1", url.port or (465 if at_once else 587), timeout=PATIENCE) as server:
        if "starttls=1" in url.query:
            server.starttls()
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server
