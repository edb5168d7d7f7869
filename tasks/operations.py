"""Making one thing at Stripe, once: the frame in which checkouts and refunds are made."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from models.claimable import CLAIM, Operation
from models.clock import now
from tasks import once_more, transaction
from tasks.claiming import Claim
from tasks.outages import asking
from tasks.stripe_gateway.client import GatewayError

logger = logging.getLogger("paydesk.work")

Record = TypeVar("Record")
MAKING_SURE = "Making sure that nothing was made at Stripe before asking for it again"


@dataclass(frozen=True, slots=True)
class Call:
    """What the call needs, read before it. `payment_intent_id` is empty for what is no refund."""

    account: str
    key: str
    params: dict[str, Any]
    uuid: str
    is_repeat: bool
    must_look: bool
    written_at: datetime
    payment_intent_id: str = ""

    @property
    def may_be_replayed(self) -> bool:
        """Whether the key was used before: by this row, or by one that a restored backup has taken the place of."""
        return self.is_repeat or now() - self.written_at > CLAIM


@dataclass(frozen=True, slots=True)
class Making(Generic[Record]):
    """How one kind of thing is made.

    `prepare` reads the call, or None when nothing is to be made any more; `record` saves what was made;
    `give_up` saves, in the caller's transaction, that Stripe has said no.
    """

    table: type[Operation]
    prepare: Callable[[Session, Any], Call | None]
    create: Callable[[Call], Record]
    look_again: Callable[[Call, Record], Record]
    find: Callable[[Call], Record | None]
    record: Callable[[Call, Record, datetime], object]
    give_up: Callable[[Session, int, str], None]


def make(claim: Claim, how: Making[Record]) -> None:
    """Ask Stripe for it, or look whether it is there when a key would only repeat a failure."""
    call = _prepare(claim, how)
    if call is None:
        return
    began = now()
    try:
        with asking(call.account):
            record = how.find(call) if call.must_look else how.create(call)
    except GatewayError as error:
        if _ended(claim, how, call, error):
            return
        if call.must_look or not error.is_stored:
            raise
        logger.warning("%s %s: %s", how.table.__name__, claim.row_id, error)
        make(claim, how)  # now it looks, and the 30 seconds begin with the end of the call
        return
    if record is None:
        if _is_absent(claim, how, began):
            make(claim, how)
        return
    if call.may_be_replayed and not call.must_look:
        # Under a key that was used before, Stripe repeats its first answer, whatever became of the thing since.
        record = how.look_again(call, record)
    how.record(call, record, began)
    with transaction() as session:
        claim.finish(session)


def call_of(row: Operation, account: str, params: dict[str, Any], payment_intent_id: str = "") -> Call:
    return Call(
        account=account,
        key=row.idempotency_key,
        params=params,
        uuid=row.uuid,
        is_repeat=row.called_at is not None,
        must_look=row.must_look,
        written_at=row.created_at,
        payment_intent_id=payment_intent_id,
    )


def _prepare(claim: Claim, how: Making[Record]) -> Call | None:
    with transaction() as session:
        claim.hold(session)
        row = session.get_one(how.table, claim.row_id)
        call = how.prepare(session, row)
        if call is None:
            claim.finish(session)
        elif not call.must_look:
            row.called_at = row.called_at or now()
    return call


@once_more
def _ended(claim: Claim, how: Making[Record], call: Call, error: GatewayError) -> bool:
    """Whether Stripe's answer is a clear no, which is saved together with the end of the work.

    An outcome that we do not know stays open, also when Stripe lets us in no more.
    """
    is_no = error.permanent and not call.must_look and (error.is_answer or not call.is_repeat)
    with transaction() as session:
        if is_no:
            how.give_up(session, claim.row_id, str(error))
            claim.park(session, str(error))
        elif error.is_stored:
            claim.hold(session)
            session.get_one(how.table, claim.row_id).uncertain = True
    return is_no


def _is_absent(claim: Claim, how: Making[Record], began: datetime) -> bool:
    """Whether this empty list and an earlier one prove that nothing was made; else it is looked again in time."""
    with transaction() as session:
        claim.hold(session)
        row = session.get_one(how.table, claim.row_id)
        again = row.note_absence(began)
        if row.must_look:
            claim.again_at(session, again, MAKING_SURE)
        return not row.must_look
