from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sandbox.errors import Refused
from sandbox.events import change, emit
from sandbox.ids import new_id
from sandbox.settings import PLATFORM
from sandbox.shapes import Json, shaped

if TYPE_CHECKING:
    from sandbox.world import World

STUDIO = "acct_1NorthwindStudio0"
EUROPE = "acct_1NorthwindEurope0"

_CAPABILITIES = {
    "US": ("card_payments", "transfers", "us_bank_account_ach_payments"),
    "DE": ("card_payments", "transfers", "sepa_debit_payments"),
}


def seed(world: World) -> None:
    world.store.add("", _account(world, PLATFORM, "Paydesk sandbox", "US", "usd", "platform@example.com"))
    world.store.add("", _account(world, STUDIO, "Northwind Studio", "US", "usd", "studio@example.com"))
    world.store.add("", _account(world, EUROPE, "Northwind Europe", "DE", "eur", "europe@example.com"))


def _account(world: World, id: str, name: str, country: str, currency: str, email: str) -> Json:
    body = shaped(
        "account",
        id=id,
        business_type="company",
        capabilities=dict.fromkeys(_CAPABILITIES[country], "active"),
        charges_enabled=True,
        country=country,
        created=world.clock.now(),
        default_currency=currency,
        details_submitted=True,
        email=email,
        payouts_enabled=True,
    )
    slug = name.split()[-1].lower()
    body["business_profile"] |= {"name": name, "support_email": email, "url": f"https://{slug}.example.com"}
    body["settings"]["dashboard"] |= {"display_name": name}
    body["settings"]["payments"] |= {"statement_descriptor": name.upper()[:22]}
    body["external_accounts"] |= {
        "url": f"/v1/accounts/{id}/external_accounts",
        "data": [_bank_account(id, name, country, currency)],
    }
    body["requirements"] = _requirements()
    return body


def _bank_account(account: str, name: str, country: str, currency: str) -> Json:
    return {
        "id": new_id("ba"),
        "object": "bank_account",
        "account": account,
        "account_holder_name": name,
        "account_holder_type": "company",
        "bank_name": "STRIPE TEST BANK",
        "country": country,
        "currency": currency,
        "default_for_currency": True,
        "last4": "6789",
        "metadata": {},
        "status": "new",
    }


def _requirements(**fields: Any) -> Json:
    lists = ("alternatives", "currently_due", "errors", "eventually_due", "past_due", "pending_verification")
    return {"current_deadline": None, "disabled_reason": None, **{name: [] for name in lists}, **fields}


def connect(world: World, account: str, scope: str = "read_write") -> None:
    """What the account's owner does with the Connect button, once the code was exchanged."""
    world.account(account)
    if world.scope_of(account) is None:
        world.store.add(account, {"id": f"authorization_{account}", "scope": scope}, kind="authorization")
    else:
        world.store.save({"id": f"authorization_{account}", "scope": scope})
    emit(world, account, "account.application.authorized", _application(world))


def deauthorize(world: World, account: str) -> None:
    if world.scope_of(account) is None:
        raise Refused(f"{account} is not connected.")
    emit(world, account, "account.application.deauthorized", _application(world))
    world.store.remove(f"authorization_{account}")


def _application(world: World) -> Json:
    return shaped("application", id=world.settings.client_id, name="Paydesk")


def set_requirements(
    world: World,
    account: str,
    currently_due: Sequence[str],
    past_due: Sequence[str] = (),
    current_deadline: int | None = None,
    disabled_reason: str | None = None,
) -> Json:
    requirements = _requirements(
        currently_due=list(currently_due),
        eventually_due=list(currently_due),
        past_due=list(past_due),
        current_deadline=current_deadline,
        disabled_reason=disabled_reason,
    )
    return change(world, account, "account.updated", world.account(account), requirements=requirements)


def set_capabilities(
    world: World, account: str, charges_enabled: bool | None = None, payouts_enabled: bool | None = None
) -> Json:
    body = world.account(account)
    charges = body["charges_enabled"] if charges_enabled is None else charges_enabled
    payouts = body["payouts_enabled"] if payouts_enabled is None else payouts_enabled
    capabilities = dict.fromkeys(body["capabilities"], "active" if charges else "inactive")
    return change(
        world,
        account,
        "account.updated",
        body,
        charges_enabled=charges,
        payouts_enabled=payouts,
        capabilities=capabilities,
    )
