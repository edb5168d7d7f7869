"""What a deployment decides: from the environment, then from instance/paydesk.toml, then the default."""

import os
import re
import secrets
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from flask import Flask

SHORTEST_SECRET = 32
# Of each web process: gunicorn starts so many, and half of them may wait for Stripe.
WEB_THREADS = 8


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting("DATABASE_URL", "", "SQLite in instance/paydesk.db, or postgresql+psycopg://user:password@host/name"),
    Setting("REDIS_URL", "redis://127.0.0.1:8002/0", "the queue: Valkey or Redis"),
    Setting("SECRET_KEY", "", "signs cookies; at least 32 characters"),
    Setting("ENCRYPTION_KEY", "", "Fernet keys for secrets in the database, comma-separated, the newest first"),
    Setting("PUBLIC_URL", "http://127.0.0.1:8000", "where people reach this; every absolute link begins with it"),
    Setting("TRUSTED_PROXIES", "0", "how many proxies of yours stand in front and tell whose request it is; 0: none"),
    Setting("STRIPE_SECRET_KEY", "", "your platform's key: sk_test_… or sk_live_…"),
    Setting("STRIPE_PUBLISHABLE_KEY", "", "pk_test_… or pk_live_…"),
    Setting("STRIPE_CLIENT_ID", "", "ca_…, from Stripe's Connect settings"),
    Setting("STRIPE_WEBHOOK_SECRETS", "", "whsec_… of the endpoint for connected accounts; several when rotating"),
    Setting("STRIPE_API_BASE", "https://api.stripe.com", "another address of Stripe's API, such as the sandbox"),
    Setting("STRIPE_CONNECT_BASE", "https://connect.stripe.com", "the same for Connect's OAuth"),
    Setting("STRIPE_FILES_BASE", "https://files.stripe.com", "the same for uploads"),
    Setting("SMTP_URL", "smtp://127.0.0.1:8025", "smtp://user:password@host:587?starttls=1 or smtps://host"),
    Setting("MAIL_FROM", "payments@localhost.localdomain", "the sender's address"),
)


class BadSettings(Exception):
    """The product refuses to start with these settings; str() says what to change."""


def load(app: Flask, overrides: dict[str, Any] | None) -> None:
    """Put the settings and what follows from them into app.config, or refuse."""
    written = _written(Path(app.instance_path) / "paydesk.toml")
    for setting in SETTINGS:
        app.config[setting.name] = os.environ.get(setting.name) or written.get(setting.name) or setting.default
    app.config["WEB_THREADS"] = WEB_THREADS
    app.config.update(overrides or {})
    _check(app.config)
    _derive(app)


def _written(file: Path) -> dict[str, str]:
    try:
        found = tomllib.loads(file.read_text()) if file.exists() else {}
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{file.name} cannot be read: {error}") from error
    return {name: str(value) for name, value in found.items()}


def _check(config: dict[str, Any]) -> None:
    if len(config["SECRET_KEY"]) < SHORTEST_SECRET:
        sample = secrets.token_urlsafe(SHORTEST_SECRET)
        raise BadSettings(f"Set SECRET_KEY to at least {SHORTEST_SECRET} random characters, such as {sample}")
    try:
        for key in config["ENCRYPTION_KEY"].split(","):
            Fernet(key)
    except ValueError as error:
        sample = Fernet.generate_key().decode()
        raise BadSettings(f"Set ENCRYPTION_KEY to a Fernet key, such as {sample}") from error
    if not re.fullmatch("[0-9]", config["TRUSTED_PROXIES"]):
        raise BadSettings("Set TRUSTED_PROXIES to the number of proxies in front, such as 1; 0 when there are none.")
    if config["STRIPE_SECRET_KEY"].startswith(("sk_live_", "rk_live_")):
        _check_live(config)


def _check_live(config: dict[str, Any]) -> None:
    if not config["STRIPE_WEBHOOK_SECRETS"]:
        raise BadSettings("A live Stripe key needs STRIPE_WEBHOOK_SECRETS: without it no payment comes home.")
    if not config["PUBLIC_URL"].startswith("https://"):
        raise BadSettings("A live Stripe key needs a PUBLIC_URL that begins with https://.")
    if config["STRIPE_PUBLISHABLE_KEY"].startswith("pk_test_"):
        raise BadSettings("STRIPE_SECRET_KEY is live and STRIPE_PUBLISHABLE_KEY is test: use keys of one mode.")


def with_driver(url: str) -> str:
    """SQLAlchemy's address of this database: a bare postgresql:// would mean a driver that is not installed."""
    if url.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    return url


def _derive(app: Flask) -> None:
    config = app.config
    config["PUBLIC_URL"] = config["PUBLIC_URL"].rstrip("/")
    config["TRUSTED_PROXIES"] = int(config["TRUSTED_PROXIES"])
    config["STRIPE_WEBHOOK_SECRETS"] = [s.strip() for s in config["STRIPE_WEBHOOK_SECRETS"].split(",") if s.strip()]
    url = with_driver(config["DATABASE_URL"] or f"sqlite:///{app.instance_path}/paydesk.db")
    config["SQLALCHEMY_ENGINES"] = {"default": {"url": url, "pool_pre_ping": not url.startswith("sqlite")}}
    config["ALEMBIC"] = {"script_location": str(Path(app.root_path) / "migrations")}
    secure = config["PUBLIC_URL"].startswith("https://")
    config.update(
        SESSION_COOKIE_NAME="__Host-paydesk" if secure else "paydesk",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PREFERRED_URL_SCHEME="https" if secure else "http",
        MAX_CONTENT_LENGTH=1024 * 1024,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE="en",
    )
