"""Commands for those who run the deployment."""

import json
import secrets
import sys
from datetime import UTC, datetime

import click
from flask.cli import with_appcontext

from models.refusal import Refused
from tasks import audit as audit_task
from tasks import people as people_task
from tasks import worker as worker_task
from tasks.doctor import examine
from tasks.reconcile import reconcile as compare


@click.command
@with_appcontext
def worker() -> None:
    """Run jobs until told to stop."""
    worker_task.work()


@click.command
@with_appcontext
def clock() -> None:
    """Ask for what is scheduled; several clocks share the work."""
    worker_task.tick_for_ever()


@click.command
@click.option("--since", type=click.DateTime(), help="Compare everything since then (UTC); 35 days by default.")
@with_appcontext
def reconcile(since: datetime | None) -> None:
    """Compare our books with Stripe's and repair what differs.

    Exit 1 when something differs, an account within reach could not be compared, or every account is disconnected.
    """
    report = compare(since.replace(tzinfo=UTC) if since else None)
    click.echo(str(report))
    sys.exit(0 if report.is_clean else 1)


@click.command
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@with_appcontext
def audit(as_json: bool) -> None:
    """Prove the books; exit 1 with the offending rows when an invariant is broken."""
    found = audit_task.examine()
    click.echo(json.dumps(found.as_data()) if as_json else str(found))
    sys.exit(1 if found.broken else 0)


@click.group
def users() -> None:
    """People who may sign in."""


@users.command
@click.argument("email")
@click.option("--role", required=True, help="admin, finance, staff or viewer")
@click.option("--name", default="")
@with_appcontext
def add(email: str, role: str, name: str) -> None:
    """Let somebody sign in; prints a one-time password."""
    password = secrets.token_urlsafe(12)
    try:
        people_task.add_user(email, role, password, name, one_time=True)
    except Refused as error:
        raise click.ClickException(str(error)) from error
    click.echo(password)


@click.command
@with_appcontext
def doctor() -> None:
    """Check each step between this machine and a payment that comes home, and say what to do."""
    findings = list(examine())
    for finding in findings:
        click.echo(str(finding))
    sys.exit(0 if all(finding.ok for finding in findings) else 1)
