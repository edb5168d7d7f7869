"""Settings, and the secrets that the first start makes on this machine, readable by their owner only."""

import base64
import json
import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path

from demo import INSTANCE, Trouble

SETTINGS = INSTANCE / "paydesk.toml"
SANDBOX_KEYS = INSTANCE / "sandbox" / "keys.json"
SIGN_INS = INSTANCE / "demo-sign-ins.json"
ROLES = ("admin", "finance", "staff", "viewer")
DEMO_PEOPLE = tuple(f"{role}@northwind.example" for role in ROLES)
OWN_STRIPE = ("STRIPE_SECRET_KEY", "STRIPE_API_BASE", "STRIPE_CONNECT_BASE", "STRIPE_FILES_BASE")


def read_settings() -> dict[str, str]:
    """What is set, by the product's own rule: the environment before the file."""
    try:
        stored = tomllib.loads(SETTINGS.read_text()) if SETTINGS.exists() else {}
    except tomllib.TOMLDecodeError as error:
        raise Trouble(f"instance/paydesk.toml cannot be read: {error}") from error
    return {name: str(value) for name, value in {**stored, **os.environ}.items() if value != ""}


def keep_secrets(settings: Mapping[str, str]) -> None:
    """Make the keys that are lacking, so that sessions and stored tokens outlive a restart."""
    made = {
        "SECRET_KEY": secrets.token_hex(32),
        # A Fernet key; loading its library to make one would delay every start.
        "ENCRYPTION_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
    }
    lines = [f'{name} = "{value}"\n' for name, value in made.items() if name not in settings]
    if lines:
        # First, because what follows a [table] belongs to the table.
        _write(SETTINGS, "".join(lines) + (SETTINGS.read_text() if SETTINGS.exists() else ""))


def sandbox_keys() -> dict[str, str]:
    made = {
        "secret_key": "sk_test_sandbox_" + secrets.token_hex(16),
        "publishable_key": "pk_test_sandbox_" + secrets.token_hex(16),
        "client_id": "ca_" + secrets.token_hex(16),
        "webhook_secret": "whsec_" + secrets.token_hex(24),
    }
    return _keep(SANDBOX_KEYS, made)


def demo_sign_ins() -> dict[str, str]:
    return _keep(SIGN_INS, {email: secrets.token_urlsafe(12) for email in DEMO_PEOPLE})


def sandbox_environment(ports: Mapping[str, int], public_url: str) -> dict[str, str]:
    """The product's Stripe and mail settings, and the sandbox's own, made to fit each other."""
    keys = sandbox_keys()
    base = f"http://127.0.0.1:{ports['SANDBOX_PORT']}"
    return {
        "STRIPE_SECRET_KEY": keys["secret_key"],
        "STRIPE_PUBLISHABLE_KEY": keys["publishable_key"],
        "STRIPE_CLIENT_ID": keys["client_id"],
        "STRIPE_WEBHOOK_SECRETS": keys["webhook_secret"],
        "STRIPE_API_BASE": base,
        "STRIPE_CONNECT_BASE": base,
        "STRIPE_FILES_BASE": base,
        "SANDBOX_PORT": str(ports["SANDBOX_PORT"]),
        "SANDBOX_SMTP_PORT": str(ports["SMTP_PORT"]),
        "SANDBOX_STATE": str(INSTANCE / "sandbox"),
        "SANDBOX_SECRET_KEY": keys["secret_key"],
        "SANDBOX_CLIENT_ID": keys["client_id"],
        "SANDBOX_WEBHOOK_URL": f"http://127.0.0.1:{ports['PORT']}/webhooks/stripe",
        "SANDBOX_WEBHOOK_SECRET": keys["webhook_secret"],
        "SANDBOX_REDIRECT_URI": f"{public_url}/admin/stripe/callback",
    }


def _keep(path: Path, made: dict[str, str]) -> dict[str, str]:
    if path.exists():
        return dict(json.loads(path.read_text()))
    _write(path, json.dumps(made, indent=2) + "\n")
    return made


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
