"""The application: a list of rooms, each with its own init_app, and the names of the commands."""

import sys
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask_alembic import Alembic
from flask_babel import Babel

import admin_views
import public_views
import settings
import tasks
from admin_views import commands
from models import base, language
from public_views import assets, headers, languages, logs, proxies
from tasks import stripe_gateway
from templates import filters, icons

STATIC = Path(__file__).parent / "static"
# With this status of a worker gunicorn ends; any other makes it try again for ever.
CANNOT_START = 3
ROOMS = (logs, languages, base, tasks, stripe_gateway, filters, icons, headers, proxies, public_views, admin_views)


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """Build the product. `config` goes over the environment and instance/paydesk.toml; bad ones end the process."""
    app = Flask("app", instance_relative_config=True, static_url_path=assets.address(STATIC))
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = assets.FOR_GOOD
    try:
        settings.load(app, config)
    except settings.BadSettings as error:
        click.echo(f"Paydesk does not start: {error}", err=True)
        sys.exit(CANNOT_START)
    Babel(app, locale_selector=language.spoken)
    for room in ROOMS:
        room.init_app(app)
    # SQLite can take back changes of the schema too; Alembic does not expect it of its driver.
    app.config["ALEMBIC_CONTEXT"] = {"transactional_ddl": True}
    with app.app_context():
        Alembic(app, run_mkdir=False, metadatas=base.Base.metadata, engines=base.migration_engine())
    app.cli.add_command(commands.worker)
    app.cli.add_command(commands.clock)
    app.cli.add_command(commands.reconcile)
    app.cli.add_command(commands.audit)
    app.cli.add_command(commands.users)
    app.cli.add_command(commands.doctor)
    return app
