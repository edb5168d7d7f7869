"""The product refuses to start with settings that would fail later, and says what to change."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from app import CANNOT_START, create_app
from settings import SETTINGS, BadSettings, Setting, load

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
KEY = Fernet.generate_key().decode()
GOOD = {"SECRET_KEY": "s" * 32, "ENCRYPTION_KEY": KEY}
LIVE = GOOD | {
    "STRIPE_SECRET_KEY": "sk_live_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_live_1",
    "STRIPE_WEBHOOK_SECRETS": "whsec_1",
    "PUBLIC_URL": "https://pay.example.com",
}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Nothing is set, and the instance folder is empty."""
    for setting in SETTINGS:
        monkeypatch.delenv(setting.name, raising=False)
    return Flask("settings", instance_path=str(tmp_path))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (GOOD | {"SECRET_KEY": ""}, "Set SECRET_KEY to at least 32"),
        (GOOD | {"SECRET_KEY": "s" * 31}, "Set SECRET_KEY to at least 32"),
        (GOOD | {"ENCRYPTION_KEY": ""}, "Set ENCRYPTION_KEY to a Fernet key"),
        (GOOD | {"ENCRYPTION_KEY": f"{KEY},short"}, "Set ENCRYPTION_KEY to a Fernet key"),
        (GOOD | {"TRUSTED_PROXIES": "-1"}, "Set TRUSTED_PROXIES to the number"),
        (GOOD | {"TRUSTED_PROXIES": "yes"}, "Set TRUSTED_PROXIES to the number"),
        (LIVE | {"STRIPE_WEBHOOK_SECRETS": ""}, "needs STRIPE_WEBHOOK_SECRETS"),
        (LIVE | {"PUBLIC_URL": "http://pay.example.com"}, "https://"),
        (LIVE | {"STRIPE_PUBLISHABLE_KEY": "pk_test_1"}, "keys of one mode"),
        (LIVE | {"STRIPE_SECRET_KEY": "rk_live_1", "STRIPE_WEBHOOK_SECRETS": ""}, "needs STRIPE_WEBHOOK_SECRETS"),
    ],
)
def test_a_bad_setting_stops_the_start(app: Flask, wrong: dict[str, str], sentence: str) -> None:
    with pytest.raises(BadSettings, match=sentence):
        load(app, wrong)


@pytest.mark.parametrize("good", [GOOD, LIVE, GOOD | {"ENCRYPTION_KEY": f"{KEY},{KEY}"}])
def test_good_settings_start(app: Flask, good: dict[str, str]) -> None:
    load(app, good)


@pytest.mark.parametrize(("url", "secure"), [("https://pay.example.com/", True), ("http://127.0.0.1:8000", False)])
def test_cookies_are_secure_exactly_when_the_public_address_is(app: Flask, url: str, secure: bool) -> None:
    load(app, GOOD | {"PUBLIC_URL": url})
    assert app.config["SESSION_COOKIE_SECURE"] is secure
    assert app.config["SESSION_COOKIE_NAME"].startswith("__Host-") is secure
    assert app.config["PUBLIC_URL"] == url.rstrip("/")


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "paydesk.toml").write_text('MAIL_FROM = "file@example.com"\nSMTP_URL = "smtp://file"\n')
    monkeypatch.setenv("MAIL_FROM", "environment@example.com")
    load(app, GOOD)
    assert (app.config["MAIL_FROM"], app.config["SMTP_URL"]) == ("environment@example.com", "smtp://file")
    assert app.config["STRIPE_API_BASE"] == "https://api.stripe.com"


def test_a_file_that_cannot_be_read_stops_the_start(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "paydesk.toml").write_text("MAIL_FROM = billing@example.com\n")
    with pytest.raises(BadSettings, match=r"paydesk\.toml cannot be read"):
        load(app, GOOD)


def test_several_webhook_secrets_are_told_apart(app: Flask) -> None:
    load(app, GOOD | {"STRIPE_WEBHOOK_SECRETS": " whsec_new , whsec_old,"})
    assert app.config["STRIPE_WEBHOOK_SECRETS"] == ["whsec_new", "whsec_old"]


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u@h/n", "postgresql+psycopg://u@h/n"),
        ("postgresql://u@h/n", "postgresql+psycopg://u@h/n"),
        ("postgresql+psycopg://u@h/n", "postgresql+psycopg://u@h/n"),
        ("sqlite:////srv/x.db", "sqlite:////srv/x.db"),
    ],
)
def test_addresses_of_databases_get_their_driver(app: Flask, given: str, used: str) -> None:
    load(app, GOOD | {"DATABASE_URL": given})
    assert app.config["SQLALCHEMY_ENGINES"]["default"]["url"] == used


def test_without_an_address_the_database_lies_in_the_instance_folder(app: Flask, tmp_path: Path) -> None:
    load(app, GOOD)
    assert app.config["SQLALCHEMY_ENGINES"]["default"]["url"] == f"sqlite:///{tmp_path}/paydesk.db"


def test_a_start_with_bad_settings_ends_with_one_sentence(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        create_app(GOOD | {"SECRET_KEY": ""})
    assert ended.value.code == CANNOT_START
    assert capsys.readouterr().err.startswith("Paydesk does not start: Set SECRET_KEY")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented_with_its_default(setting: Setting) -> None:
    row = next(line for line in README.splitlines() if line.startswith(f"| `{setting.name}` |"))
    assert f"| `{setting.default}` |" in row or not setting.default


def test_the_product_starts_where_nothing_else_was_imported_before() -> None:
    started = subprocess.run([sys.executable, "-c", "import app"], cwd=ROOT, capture_output=True, text=True)
    assert (started.returncode, started.stderr) == (0, "")
