"""What `flask doctor` and the page Webhooks say of what arrives from Stripe, and of what becomes of it."""

from collections.abc import Iterator
from datetime import timedelta

from babel.lists import format_list
from flask import current_app
from flask_babel import get_locale
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.claimable import STUCK
from models.clock import now
from models.dispute import Dispute
from models.language import gettext, ngettext, pgettext, pmarked
from models.payment import Payment
from models.reconciliation import WebhookCheck
from models.stripe_account import StripeAccount, active_account
from models.stripe_event import StripeEvent
from models.traffic import (
    LATELY,
    PARKED,
    RETRIED,
    count_of,
    first_arrival,
    last_arrival,
    last_of_mode,
    was_heard,
)
from tasks.findings import DISPUTES, Finding, endpoints_at_our_address, to_be_added, unasked, unchecked
from tasks.stripe_gateway.client import is_live

# The modes as keys name them.
MODES = (pmarked("mode", "test"), pmarked("mode", "live"))
# Stripe tells of a payment within seconds; what lasts longer is tried again.
ON_ITS_WAY = timedelta(hours=1)


def arrival_findings(session: Session) -> Iterator[Finding]:
    """What has arrived here, and what became of it."""
    yield _mode(session)
    account = active_account(session)
    if account is None:
        remedy = gettext("Sign in as an admin: Settings → Integrations → Stripe Connect → Connect Stripe.")
        yield Finding(gettext("connected account"), False, gettext("none"), remedy)
        why = gettext("not checked: it needs a connected account")
        yield from unchecked(why, "events", "signatures", "dispute events", "failing events")
        return
    remedy = gettext("Complete in Stripe's Dashboard what Stripe Settings lists.")
    able = gettext("%(account)s can charge", account=account.name)
    unable = gettext("%(account)s cannot charge yet", account=account.name)
    seen = able if account.charges_enabled else unable
    yield Finding(gettext("connected account"), account.charges_enabled, seen, remedy)
    yield _events(session)
    yield _signatures(session)
    yield _dispute_events(session)
    yield _failing(session)


def _mode(session: Session) -> Finding:
    """Test and live: of the keys, of the accounts, and of what arrives."""
    config = current_app.config
    keys = {config[name].split("_")[1] for name in ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY") if config[name]}
    step = gettext("mode")
    if len(keys) != 1:
        both = format_list([pgettext("mode", mode) for mode in sorted(keys)], locale=get_locale() or "en_US")
        remedy = gettext("Use a secret and a publishable key of one mode.")
        return Finding(step, False, both or gettext("no keys"), remedy)
    ours = pgettext("mode", keys.pop())
    remedy = gettext("Use keys, accounts and events of one mode.")
    query = select(StripeAccount.name).where(StripeAccount.state == "active", StripeAccount.livemode != is_live())
    if name := session.scalar(query):
        seen = gettext("the keys are %(mode)s, and %(account)s is connected in the other mode", mode=ours, account=name)
        return Finding(step, False, seen, remedy)
    crossed = last_of_mode(session, livemode=not is_live())
    if crossed is None or crossed < now() - LATELY:
        return Finding(step, True, ours)
    if is_live():
        # Stripe sends the test events of connected accounts to live endpoints too.
        seen = gettext("%(mode)s; test events are left alone, the last one arrived", mode=ours)
        return Finding(step, True, seen, at=crossed)
    return Finding(step, False, gettext("the keys are %(mode)s, and a live event arrived", mode=ours), remedy, crossed)


def _events(session: Session) -> Finding:
    step, last = gettext("events"), last_arrival(session)
    check = gettext(
        "Check STRIPE_WEBHOOK_SECRETS against the endpoint's signing secret, and at Stripe why deliveries fail."
    )
    if last is None:
        remedy = gettext("Pay an invoice; if there is none then: %(remedy)s", remedy=check)
        return Finding(step, False, gettext("none has arrived yet"), remedy)
    if not was_heard(session, StripeEvent.account > ""):
        remedy = gettext(
            "The endpoint must listen to events on connected accounts, and its signing secret must be set."
        )
        return Finding(step, False, gettext("none of a connected account has arrived yet"), remedy)
    untold = select(func.count()).where(Payment.paid_at > last, Payment.paid_at < now() - ON_ITS_WAY)
    missed = session.scalar(untold.where(Payment.account_id.is_not(None)))
    some = gettext("payments since the last one: %(count)s; it arrived", count=missed)
    return Finding(step, not missed, some if missed else gettext("the last one arrived"), check, last)


def _signatures(session: Session) -> Finding:
    """Anybody may knock at the door: a delivery that is turned away is bad news when none was accepted since."""
    refused = session.get_one(WebhookCheck, 1).refused_at
    if refused is None:
        return Finding(gettext("signatures"), True, gettext("no delivery was turned away"))
    last = last_arrival(session)
    accepted = last is not None and last > refused
    others = gettext("others were accepted since a delivery was turned away")
    seen = others if accepted else gettext("none was accepted since a delivery was turned away")
    remedy = gettext("Check STRIPE_WEBHOOK_SECRETS against the endpoint's signing secret.")
    return Finding(gettext("signatures"), accepted, seen, remedy, refused)


def _dispute_events(session: Session) -> Finding:
    """Of disputes that were opened while events arrived, some event must have told."""
    step = gettext("dispute events")
    have_arrived = was_heard(session, StripeEvent.type.between(DISPUTES, f"{DISPUTES}~"))
    _, mine = endpoints_at_our_address(session.get_one(WebhookCheck, 1))
    deaf = [kind for kind in unasked(mine) if kind.startswith(DISPUTES)] if mine else []
    if deaf:
        some = gettext("some have arrived, and the endpoint does not ask for all of them")
        none = gettext("none has arrived, and the endpoint does not ask for all of them")
        return Finding(step, False, some if have_arrived else none, to_be_added(deaf))
    if have_arrived:
        return Finding(step, True, gettext("they arrive"))
    since = first_arrival(session) or now()
    untold = select(func.count()).where(Dispute.created_at > since, Dispute.created_at < now() - ON_ITS_WAY)
    if not session.scalar(untold):
        return Finding(step, True, gettext("there was nothing to tell of yet"))
    remedy = gettext(
        "Add the events %(events)s to the endpoint; until then reconcile finds disputes.", events=f"{DISPUTES}*"
    )
    return Finding(step, False, gettext("there are disputes, and no event ever told of one"), remedy)


def _failing(session: Session) -> Finding:
    parked, retried = count_of(session, PARKED), count_of(session, RETRIED)
    late = count_of(session, RETRIED & (StripeEvent.received_at < now() - STUCK))
    words = (
        ngettext("%(num)s waiting for a person", "%(num)s waiting for a person", parked) if parked else "",
        ngettext("%(num)s being tried again", "%(num)s being tried again", retried) if retried else "",
        ngettext("%(num)s for more than ten minutes", "%(num)s for more than ten minutes", late) if late else "",
    )
    remedy = gettext("Settings → Webhooks shows their errors, with Retry; what is tried again needs nobody.")
    seen = ", ".join(filter(None, words)) or gettext("none")
    return Finding(gettext("failing events"), not (parked or late), seen, remedy)
