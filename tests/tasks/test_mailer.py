"""Handing messages to a real SMTP server."""

import re
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.headerregistry import Address
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from mail_sink import Mailbox
from servers import free_port

from models.refusal import OutsideError
from tasks import mailer
from tasks.mailer import Attachment, Letter, greet, send

LETTER = Letter(
    to="grace@example.com",
    sender_name="Northwind Studio",
    subject="Invoice 2026-0001",
    text="Hello",
    html="<p>Hello</p>",
    message_id="<one@example.org>",
    reply_to="help@example.com",
)
HOSTILE = [
    "Evil\r\nBcc: victim@example.com",
    "Evil\nBcc: victim@example.com",
    "a\x00b\x0bc\x1cd\x85e\u2028f",
    '"Quoted", <x@evil.example>, Comma',
    "<script>alert(1)</script>",
    "Žofie 李 💸 ﷽",
    "x" * 900,
    "",
    "=?utf-8?q?Bcc?=",
]


def failure(letter: Letter = LETTER) -> OutsideError:
    with pytest.raises(OutsideError) as caught:
        send(letter)
    return caught.value


def test_a_message_has_two_bodies_and_a_steady_name(app: Flask, mailbox: Mailbox) -> None:
    for _ in range(2):
        send(LETTER)
    first, second = mailbox
    assert (first.to, first.subject) == ("grace@example.com", "Invoice 2026-0001")
    assert (first.text.strip(), first.html.strip()) == ("Hello", "<p>Hello</p>")
    assert first.whole["Reply-To"] == "help@example.com"
    assert first.whole["From"] == "Northwind Studio <billing@example.org>"
    assert first.whole["Message-ID"] == second.whole["Message-ID"] == "<one@example.org>"


def test_a_message_brings_files_and_headers_of_its_own(app: Flask, mailbox: Mailbox) -> None:
    address = f"<https://pay.example.com/pay/{'x' * 43}/reminders>, <mailto:help@example.com?subject=Stop>"
    bill = Attachment("Rechnung-2026-0001 für Žofie.pdf", b"%PDF-1.7\0\xff")
    send(replace(LETTER, headers=(("List-Unsubscribe", address),), attachments=(bill,)))
    (whole,) = [message.whole for message in mailbox]
    (file,) = whole.iter_attachments()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == (
        bill.name,
        "application/pdf",
        bill.content,
    )
    assert whole.get_body(("plain",)).get_content().strip() == "Hello"
    assert whole["List-Unsubscribe"] == address


def test_what_programs_read_stands_on_one_line_and_what_people_read_is_folded(app: Flask) -> None:
    name, address = f"<{'y' * 80}@{'long.' * 20}example.org>", f"<https://pay.example.com/pay/{'x' * 60}/reminders>"
    letter = replace(LETTER, message_id=name, headers=(("List-Unsubscribe", address),), subject="فاتورة " * 20)
    lines = letter.compose().as_bytes().decode("ascii").splitlines()
    assert {f"Message-ID: {name}", f"List-Unsubscribe: {address}"} <= set(lines)
    assert max(len(line) for line in lines if not line.startswith(("Message-ID", "List-"))) <= 78


@pytest.mark.parametrize(
    "subject",
    [
        "Your refund for invoice 2026-0002 from Northwind Studio did not arrive",
        "Votre paiement pour la facture 2026-0001 de Northwind Studio a échoué",
        "Ihre Zahlung zur Rechnung 2026-0001 von Grüße & Söhne ist fehlgeschlagen",
    ],
)
def test_a_subject_that_is_folded_is_read_without_a_space_more(app: Flask, mailbox: Mailbox, subject: str) -> None:
    send(replace(LETTER, subject=subject))
    assert mailbox[0].subject == subject


@pytest.mark.parametrize("subject", ["فاتورة " * 20, "Votre paiement échoué " * 5, "é" * 900, "x" * 1200, "💸 " * 90])
def test_a_subject_begins_on_its_first_line_however_long_it_is(app: Flask, mailbox: Mailbox, subject: str) -> None:
    letter = replace(LETTER, subject=subject)
    head = letter.compose().as_bytes().decode("ascii").partition("\nSubject: ")[2]
    first, *others = re.split(r"\n(?! )", head, maxsplit=1)[0].split("\n")
    assert re.fullmatch(r"=\?utf-8\?[qb]\?[!-~]+\?=", first)
    assert max(map(len, (f"Subject: {first}", *others))) <= 78
    send(letter)
    assert mailbox[0].subject == " ".join(subject.split())


@pytest.mark.parametrize("value", ["<https://a.example>\r\nBcc: victim@example.com", "<https://a.example>\nX: y"])
def test_no_header_of_its_own_makes_another(app: Flask, value: str) -> None:
    with pytest.raises(ValueError, match="linefeed"):
        replace(LETTER, headers=(("List-Unsubscribe", value),)).compose()


def test_hostile_names_make_neither_headers_nor_recipients(app: Flask, mailbox: Mailbox) -> None:
    for name in HOSTILE:
        send(replace(LETTER, sender_name=name, subject=name))
    for message in mailbox:
        assert "Bcc" not in message.whole
        assert message.whole["To"].addresses == (Address(addr_spec="grace@example.com"),)
        assert [address.addr_spec for address in message.whole["From"].addresses] == ["billing@example.org"]
    assert len(mailbox) == len(HOSTILE)


@pytest.mark.parametrize("end", ["=0A", "=0D=0A"])
@pytest.mark.parametrize("header", ["Bcc:", "Reply-To_:"])
@pytest.mark.parametrize("place", ["subject", "sender_name", "file"])
def test_what_looks_like_an_encoded_word_stays_text(app: Flask, place: str, header: str, end: str) -> None:
    name = f"Hi =?utf-8?q?Hi{end}{header}_evil=40x.y?="
    files = (Attachment(name if place == "file" else "a.pdf", b"%PDF"),)
    names = {"subject": LETTER.subject, "sender_name": LETTER.sender_name} | ({place: name} if place != "file" else {})
    plain, odd = replace(LETTER, attachments=files), replace(LETTER, attachments=files, **names)
    read = [message_from_bytes(letter.compose().as_bytes(), policy=policy.default) for letter in (plain, odd)]
    (file,) = read[1].iter_attachments()
    assert read[0].keys() == read[1].keys()
    shown = {"subject": read[1]["Subject"], "sender_name": read[1]["From"].addresses[0].display_name}
    assert (shown | {"file": file.get_filename()})[place] == name.replace("=?", "= ?")


def test_a_subject_keeps_what_names_are_written_with_and_drops_what_turns_it_round(
    app: Flask, mailbox: Mailbox
) -> None:
    send(replace(LETTER, subject="\u202e\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645\u200f \u2068x\u2069"))
    assert mailbox[-1].subject == "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645\u200f x"


def test_names_arrive_as_they_were_written(app: Flask, mailbox: Mailbox) -> None:
    for name in ("Žofie 李 💸", "O'Neil & Sons, Ltd", '"Quoted"', "<b>"):
        send(replace(LETTER, sender_name=name, subject=name))
        assert mailbox[-1].whole["From"].addresses[0].display_name == name
        assert mailbox[-1].subject == name


def test_a_busy_server_is_asked_again(app: Flask, mailbox: Mailbox) -> None:
    mailbox.answer = "450 4.2.1 Busy"
    error = failure()
    assert not error.permanent
    assert "450 4.2.1 Busy" in str(error)


def test_a_refused_message_is_refused_for_good(app: Flask, mailbox: Mailbox) -> None:
    mailbox.answer = "550 5.1.1 No such mailbox"
    error = failure()
    assert error.permanent
    assert "550 5.1.1 No such mailbox" in str(error)


def test_no_server_at_all_passes(app: Flask, mailbox: Mailbox) -> None:
    mailbox.stop()
    assert not failure().permanent
    with pytest.raises(OutsideError):
        greet()


def test_a_server_that_answers_is_greeted(app: Flask, mailbox: Mailbox) -> None:
    greet()
    assert mailbox == []


def test_a_password_that_is_wrong_is_no_fault_of_the_message(app: Flask, mailbox: Mailbox) -> None:
    app.config["SMTP_URL"] = f"smtp://me:wrong@127.0.0.1:{mailbox.port}"
    assert not failure().permanent


def test_encryption_that_was_demanded_and_is_missing_sends_nothing(app: Flask, mailbox: Mailbox) -> None:
    app.config["SMTP_URL"] = f"{mailbox.url}?starttls=1"
    assert not failure().permanent
    assert mailbox == []


class Odd:
    """A server with one bad habit."""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.startswith("unknown"):
            return "550 5.1.1 Unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        return "421 Leave me alone"


@pytest.fixture
def odd(app: Flask) -> Iterator[None]:
    server = Controller(Odd(), hostname="127.0.0.1", port=free_port())
    server.start()
    app.config["SMTP_URL"] = f"smtp://127.0.0.1:{server.port}"
    yield
    server.stop()


def test_an_unknown_recipient_is_refused_for_good(odd: None) -> None:
    assert failure(replace(LETTER, to="unknown@example.com")).permanent


def test_a_rude_goodbye_does_not_unsend_a_message(odd: None) -> None:
    send(LETTER)


def test_an_international_domain_is_written_in_ascii(app: Flask, mailbox: Mailbox) -> None:
    send(replace(LETTER, to="grace@bücher.example.com"))
    assert mailbox[0].to == "grace@xn--bcher-kva.example.com"


def test_an_address_that_mail_servers_do_not_take_is_refused_for_good(app: Flask, mailbox: Mailbox) -> None:
    assert failure(replace(LETTER, to="žofie@example.com")).permanent
    assert mailbox == []


def test_a_server_that_hangs_is_left(app: Flask, silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailer, "PATIENCE", 0.3)
    app.config["SMTP_URL"] = f"smtp://127.0.0.1:{silent_port}"
    began = time.monotonic()
    assert not failure().permanent
    assert time.monotonic() - began < 3


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Somebody listens there and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])
