from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.balance import Fee, book, card_fee, debit_fee
from sandbox.cards import DECLINE_MESSAGES, Card
from sandbox.errors import Refused
from sandbox.events import change, emit
from sandbox.ids import letters, new_id
from sandbox.shapes import Json, shaped

if TYPE_CHECKING:
    from sandbox.world import World

DEBITS = ("us_bank_account", "sepa_debit")


def new_intent(world: World, account: str, amount: int, currency: str, types: list[str], data: Json) -> Json:
    id = new_id("pi")
    intent = shaped(
        "payment_intent",
        id=id,
        amount=amount,
        application=world.settings.client_id if world.is_connected_account(account) else None,
        automatic_payment_methods=None,
        canceled_at=None,
        # The default since 2024-04-10: https://docs.stripe.com/payments/payment-intents/asynchronous-capture
        capture_method="automatic_async",
        client_secret=f"{id}_secret_{letters(25)}",
        created=world.clock.now(),
        currency=currency,
        description=data.get("description"),
        last_payment_error=None,
        metadata=data.get("metadata") or {},
        next_action=None,
        payment_method_types=types,
        payment_method_configuration_details=None,
        processing=None,
        receipt_email=data.get("receipt_email"),
        setup_future_usage=data.get("setup_future_usage"),
        shipping=None,
        statement_descriptor=data.get("statement_descriptor"),
        statement_descriptor_suffix=data.get("statement_descriptor_suffix"),
        transfer_data=None,
        transfer_group=data.get("transfer_group"),
        managed_payments=None,
    )
    world.store.add(account, intent)
    emit(world, account, "payment_intent.created", intent)
    return intent


def charge_card(world: World, intent: Json, card: Card, email: str | None, name: str | None) -> bool:
    """One attempt. A decline leaves the intent open for the next one."""
    details = _card_details(card)
    charge = _new_charge(world, intent, details, email, name, _card=card.number)
    if card.decline:
        _fail(world, intent, charge, "card_declined", card.decline, DECLINE_MESSAGES[card.decline])
        return False
    _succeed(world, intent, charge, card_fee, "charge")
    return True


def start_debit(world: World, intent: Json, method: str, email: str | None, name: str | None) -> None:
    """A bank debit takes days: https://docs.stripe.com/payments/ach-direct-debit."""
    charge = _new_charge(world, intent, _debit_details(method), email, name)
    account = world.owner(intent["id"])
    charge["status"] = "pending"
    world.store.save(charge)
    emit(world, account, "charge.pending", charge)
    fields = {"status": "processing", "latest_charge": charge["id"], "payment_method": charge["payment_method"]}
    change(world, account, "payment_intent.processing", intent, **fields)


def settle_debit(world: World, intent: Json, outcome: str) -> None:
    if intent["status"] != "processing" or outcome not in ("succeeded", "failed"):
        raise Refused("Only a processing bank debit can be settled, as succeeded or failed.")
    charge = world.object(intent["latest_charge"], "charge")
    if outcome == "succeeded":
        _succeed(world, intent, charge, debit_fee, "payment")
        return
    # What the test account numbers of docs.stripe.com/testing for no money bring, as the tests of
    # github.com/gburgyan/aat-stripe have it from Stripe's own test mode: an ACH debit has the reason as the code of
    # its error (workflows/slots/ach-insufficient-funds.yaml), a SEPA debit on the charge alone
    # (plans/sepa/direct-debit.yaml, docs.stripe.com/payments/sepa-debit); the decline code of both says nothing.
    ach = charge["payment_method_details"]["type"] == "us_bank_account"
    code = "insufficient_funds" if ach else "payment_intent_payment_attempt_failed"
    words = "The customer's account has insufficient funds to cover this payment."
    _fail(world, intent, charge, code, "generic_decline", words, reason="insufficient_funds")


def ask_for_authentication(world: World, intent: Json) -> None:
    action = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
    account = world.owner(intent["id"])
    change(world, account, "payment_intent.requires_action", intent, status="requires_action", next_action=action)


def fail_authentication(world: World, intent: Json) -> None:
    """https://docs.stripe.com/error-codes#payment-intent-authentication-failure"""
    error = {
        "type": "invalid_request_error",
        "code": "payment_intent_authentication_failure",
        "message": "The provided PaymentMethod has failed authentication. You can provide payment_method_data "
        "or a new PaymentMethod to attempt to fulfill this PaymentIntent again.",
    }
    fields = {"status": "requires_payment_method", "next_action": None, "last_payment_error": error}
    change(world, world.owner(intent["id"]), "payment_intent.payment_failed", intent, **fields)


def cancel_intent(world: World, intent: Json) -> None:
    fields = {"status": "canceled", "canceled_at": world.clock.now(), "next_action": None}
    account = world.owner(intent["id"])
    change(world, account, "payment_intent.canceled", intent, cancellation_reason="expired", **fields)


def _new_charge(world: World, intent: Json, details: Json, email: str | None, name: str | None, **private: Any) -> Json:
    account = world.owner(intent["id"])
    charge = shaped(
        "charge",
        id=new_id("ch" if details["type"] == "card" else "py"),
        amount=intent["amount"],
        application=intent["application"],
        balance_transaction=None,
        calculated_statement_descriptor=world.account(account)["settings"]["payments"]["statement_descriptor"],
        created=world.clock.now(),
        currency=intent["currency"],
        description=intent["description"],
        metadata=dict(intent["metadata"]),
        paid=False,
        payment_intent=intent["id"],
        payment_method=new_id("pm"),
        payment_method_details=details,
        receipt_email=intent["receipt_email"],
        receipt_url=None,
        shipping=None,
        statement_descriptor=intent["statement_descriptor"],
        statement_descriptor_suffix=intent["statement_descriptor_suffix"],
        transfer_data=None,
        transfer_group=intent["transfer_group"],
        source=None,
        outcome=None,
        **private,
    )
    # Included only on request since 2022-11-15: https://docs.stripe.com/changelog#2022-11-15
    del charge["refunds"]
    charge["billing_details"] |= {"email": email, "name": name}
    return world.store.add(account, charge)


def _card_details(card: Card) -> Json:
    details = shaped("charge")["payment_method_details"]
    details["card"] |= {"last4": card.last4, "brand": card.brand, "network": card.brand}
    details["card"] |= {"installments": None, "wallet": None, "three_d_secure": None}
    if card.asks:
        details["card"]["three_d_secure"] = {
            "authentication_flow": "challenge",
            "result": "authenticated",
            "version": "2.2.0",
        }
    return dict(details)


def _debit_details(method: str) -> Json:
    details: Json = {"fingerprint": letters(16), "last4": "6789", "mandate": None}
    if method == "us_bank_account":
        details |= {
            "account_type": "checking",
            "bank_name": "STRIPE TEST BANK",
            "routing_number": "110000000",
        }
    else:
        details |= {"bank_code": "37040044", "branch_code": "", "country": "DE", "last4": "3000"}
    return {"type": method, method: details}


def _succeed(world: World, intent: Json, charge: Json, fee: Fee, kind: str) -> None:
    account = world.owner(intent["id"])
    charge |= {
        "status": "succeeded",
        "paid": True,
        "captured": True,
        "amount_captured": charge["amount"],
        "outcome": _outcome(charge, "approved_by_network", None),
        "receipt_url": f"{world.settings.base_url}/receipts/{charge['id']}",
    }
    world.store.save(charge)
    emit(world, account, "charge.succeeded", charge)
    fields: Json = {"status": "succeeded", "amount_received": charge["amount"]}
    fields |= {"next_action": None, "last_payment_error": None, "latest_charge": charge["id"]}
    fields["payment_method"] = charge["payment_method"]
    change(world, account, "payment_intent.succeeded", intent, **fields)
    _book(world, account, charge, fee, kind)


def _book(world: World, account: str, charge: Json, fee: Fee, kind: str) -> None:
    """With asynchronous capture the balance transaction comes after the charge, with `charge.updated`."""
    transaction = book(
        world,
        account,
        type=kind,
        category="charge",
        amount=charge["amount"],
        currency=charge["currency"],
        source=charge["id"],
        fee=fee,
        description=charge["description"],
    )
    change(world, account, "charge.updated", charge, balance_transaction=transaction["id"])


def _fail(
    world: World, intent: Json, charge: Json, code: str, decline_code: str, message: str, reason: str | None = None
) -> None:
    """`reason`: what stands on the charge where that is not the code of the error."""
    account = world.owner(intent["id"])
    charge |= {"status": "failed", "failure_code": reason or code, "failure_message": message}
    charge["outcome"] = _outcome(charge, "declined_by_network", decline_code)
    world.store.save(charge)
    emit(world, account, "charge.failed", charge)
    error = {"charge": charge["id"], "code": code, "decline_code": decline_code, "message": message}
    error["type"] = "card_error" if charge["payment_method_details"]["type"] == "card" else "invalid_request_error"
    fields: Json = {"status": "requires_payment_method", "last_payment_error": error}
    fields |= {"latest_charge": charge["id"], "payment_method": None, "next_action": None}
    change(world, account, "payment_intent.payment_failed", intent, **fields)


def _outcome(charge: Json, network: str, reason: str | None) -> Json:
    approved = network == "approved_by_network"
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None if approved else "05",
        "network_status": network,
        "reason": reason,
        "seller_message": "Payment complete." if approved else "The bank declined the payment.",
        "type": "authorized" if approved else "issuer_declined",
    }
