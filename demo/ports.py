"""Which ports `make run` takes, and what it says when one of them is not to be had."""

import os
import socket
from collections.abc import Iterable, Mapping
from urllib.request import urlopen

from demo import Trouble

DEFAULTS = {"PORT": 8000, "SANDBOX_PORT": 8001, "VALKEY_PORT": 8002, "SMTP_PORT": 8025}


def read_ports(environ: Mapping[str, str] = os.environ) -> dict[str, int]:
    ports = {name: _number(name, environ.get(name) or str(default)) for name, default in DEFAULTS.items()}
    seen: dict[int, str] = {}
    for name, port in ports.items():
        if port in seen:
            raise Trouble(f"{seen[port]} and {name} are both {port}; give one of them another number.")
        seen[port] = name
    return ports


def _number(name: str, text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Trouble(f"{name} must be a port number from 1 to 65535, not {text!r}.")
    return int(text)


def require_free(ports: Mapping[str, int], names: Iterable[str]) -> None:
    for name in names:
        port = ports[name]
        if _is_free(port):
            continue
        if name == "PORT" and answers(f"http://127.0.0.1:{port}/healthz"):
            raise Trouble(f"Paydesk seems to be running already: http://127.0.0.1:{port}/admin/")
        raise Trouble(f"Port {port} is taken by another program; stop that one, or set {name} to a free port.")


def _is_free(port: int) -> bool:
    if can_connect(port):
        return False
    with socket.socket() as probe:
        # Without this, the remains of connections that were closed a minute ago look like a server.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def can_connect(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as reply:  # noqa: S310 - only our own addresses, on this machine
            return bool(reply.status == 200)
    except (OSError, ValueError):
        return False


def valkey_answers(port: int) -> bool:
    """Whether it serves commands; it listens before it has read its file."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
