"""A sandbox in a process of its own, and the product set to fit it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from flask import Flask
from servers import free_port

from app import create_app
from demo import keys
from demo.ports import answers, can_connect

ROOT = Path(__file__).parent.parent
SIGN_INS = {f"{role}@northwind.example": f"the password of {role}" for role in keys.ROLES}
ENCRYPTION_KEY = Fernet.generate_key().decode()


@contextmanager
def running_sandbox(folder: Path) -> Iterator[dict[str, Any]]:
    """Gives the product's settings that fit it."""
    http, smtp = free_port(), free_port()
    ours = {"SANDBOX_PORT": http, "SANDBOX_SMTP_PORT": smtp, "SANDBOX_STATE": folder, "PYTHONPATH": ROOT}
    environment = os.environ | {name: str(value) for name, value in ours.items()}
    base = f"http://127.0.0.1:{http}"
    with subprocess.Popen([sys.executable, "-m", "sandbox"], cwd=ROOT, env=environment) as process:
        try:
            while not (answers(base) and can_connect(smtp)):
                assert process.poll() is None, "the sandbox did not start"
            bases = dict.fromkeys(("STRIPE_API_BASE", "STRIPE_CONNECT_BASE", "STRIPE_FILES_BASE"), base)
            yield bases | {"SMTP_URL": f"smtp://127.0.0.1:{smtp}"}
        finally:
            process.terminate()


def build(database: str, outside: dict[str, Any]) -> Flask:
    settings = {
        "TESTING": True,
        "SECRET_KEY": "s" * 40,
        "ENCRYPTION_KEY": ENCRYPTION_KEY,
        "DATABASE_URL": database,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "STRIPE_SECRET_KEY": "sk_test_sandbox",
        "STRIPE_CLIENT_ID": "ca_sandbox",
        "STRIPE_WEBHOOK_SECRETS": "whsec_sandbox",
    }
    return create_app(settings | outside)
