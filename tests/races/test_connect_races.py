"""Twenty tabs in which an admin connects: one state is used once, one account is active, in the end."""

from collections import Counter

import pytest
from builders import SIGN_IN, STUDIO, a_sent_invoice, come_home, connected, consent, crowd, person, the_world
from flask import Flask

from models.activity import AuditEntry
from models.base import db
from models.checkout import Checkout
from models.invoice import new_operation
from models.stripe_account import Payout, StripeAccount
from sandbox.accounts import EUROPE
from tasks import connect
from tasks.audit import audit
from tasks.checkouts import open_checkout
from tasks.payouts import look_at_payout

pytestmark = pytest.mark.both_databases


def states() -> Counter[str]:
    return Counter(account.state for account in db.session.query(StripeAccount))


def test_one_state_is_used_up_by_one_of_twenty(app: Flask) -> None:
    state, code = consent(connect.begin_connect(person("admin"), SIGN_IN))
    answers = crowd(lambda _: connect.finish_connect(person("admin"), SIGN_IN, state, code, ""))
    assert sum(isinstance(answer, int) for answer in answers) == 1
    assert {answer for answer in answers if isinstance(answer, str)} == {
        "This answer from Stripe was already used. Click Connect Stripe again."
    }
    assert states() == {"active": 1}


def test_twenty_tabs_that_connect_the_same_account_connect_it_once(app: Flask) -> None:
    given = [consent(connect.begin_connect(person("admin"), SIGN_IN)) for _ in range(20)]
    ids = crowd(lambda number: connect.finish_connect(person("admin"), SIGN_IN, *given[number], ""))
    assert (len(set(ids)), states()) == (1, {"active": 1})


def test_tabs_that_connect_two_accounts_at_once_leave_one_active(app: Flask) -> None:
    given = [consent(connect.begin_connect(person("admin"), SIGN_IN), (STUDIO, EUROPE)[n % 2]) for n in range(20)]
    ids = crowd(lambda number: connect.finish_connect(person("admin"), SIGN_IN, *given[number], ""))
    assert (len(set(ids)), states()) == (2, {"active": 1, "retired": 1})


def test_twenty_who_disconnect_do_it_once(app: Flask) -> None:
    invoice = a_sent_invoice()
    open_checkout(invoice.id, new_operation())
    crowd(lambda _: connect.disconnect(person("admin")))
    assert (states(), the_world().scope_of(STUDIO)) == ({"revoked": 1}, None)
    assert db.session.query(AuditEntry).filter_by(action="stripe.disconnect").count() == 1
    assert db.session.query(Checkout).one().state == "expired"


def test_twenty_looks_at_a_payout_record_it_once(app: Flask) -> None:
    connected()
    world = the_world()
    world.clock.advance(-3 * 86_400)
    world.foreign_charge(STUDIO, 4900, "usd")
    world.clock.set(None)
    payout = world.payout(STUDIO)[0]["id"]
    crowd(lambda _: look_at_payout(STUDIO, payout))
    come_home()
    assert (db.session.query(Payout).count(), audit()) == (1, [])
