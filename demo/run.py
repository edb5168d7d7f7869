"""`make run`: prepare what is missing, start the Procfile, say where to look, and end cleanly."""

import os
import shlex
import sys
import time
from collections.abc import Callable

from demo import INSTANCE, Trouble, database, keys
from demo.plan import Plan
from demo.ports import answers, can_connect, require_free, valkey_answers
from demo.processes import Processes, Stopped
from demo.state import SETTING_UP, held_alone, wipe
from demo.summary import summary

PATIENCE = 60.0


class Run:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.processes = Processes(plan.environment())
        self.one_time_password = ""

    def go(self) -> None:
        servers, product = self.plan.commands()
        try:
            self.start_servers(servers)
            self.prepare_database()
            self.processes.start(product)
            self.wait_for("Paydesk", lambda: answers(f"{self.plan.web}/readyz"))
            self.processes.say(summary(self.plan, self.one_time_password))
            while True:
                self.processes.keep_alive()
        except Stopped:
            self.processes.say("\nStopping ...")
        finally:
            self.processes.stop()
            self.processes.say("Stopped.")

    def start_servers(self, commands: dict[str, str]) -> None:
        """Before the product, because seeding needs them, and a worker ends when it finds no Redis."""
        (INSTANCE / "valkey").mkdir(exist_ok=True)
        self.processes.start(commands)
        ports = self.plan.ports
        if self.plan.uses_valkey:
            self.wait_for("Valkey", lambda: valkey_answers(ports["VALKEY_PORT"]))
        if self.plan.uses_sandbox:
            self.wait_for("The sandbox", lambda: answers(self.plan.sandbox) and can_connect(ports["SMTP_PORT"]))

    def prepare_database(self) -> None:
        stored = database.stored_revisions(self.plan.database_url)
        if not stored:
            self.set_up()
        elif stored != database.wanted_revisions():
            self.migrate()

    def set_up(self) -> None:
        SETTING_UP.touch()
        self.migrate()
        if self.plan.wants_demo:
            keys.demo_sign_ins()
            self.processes.say("Filling the demo organization; this happens only once ...")
            self.processes.finish("demo", "exec python -m demo.seed")
        else:
            add = f"exec flask --app app users add {shlex.quote(self.plan.admin)} --role admin"
            self.one_time_password = self.processes.finish("users", add, quiet=True).splitlines()[-1]
        SETTING_UP.unlink()

    def migrate(self) -> None:
        self.processes.say("Preparing the database ...")
        self.processes.finish("migrate", "exec flask --app app db upgrade")

    def wait_for(self, what: str, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not is_ready():
            self.processes.pause()
            if time.monotonic() > deadline:
                raise Trouble(f"{what} does not get ready; the lines above may say why.")


def forget_unfinished(plan: Plan) -> None:
    if not SETTING_UP.exists():
        return
    if plan.has_own_database:
        raise Trouble(
            "The last start was interrupted while it filled the database at DATABASE_URL; "
            "empty that database, run `make demo-reset`, and start again."
        )
    print("The last start was interrupted while it filled the database; beginning anew.", flush=True)
    wipe()


def main() -> int:
    # What is made here holds customers' data and secrets.
    os.umask(0o077)
    try:
        with held_alone():
            plan = Plan()
            require_free(plan.ports, plan.needed_ports())
            forget_unfinished(plan)
            keys.keep_secrets(plan.settings)
            Run(plan).go()
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        # Before the first process was started; from then on Ctrl-C is a request to stop.
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
