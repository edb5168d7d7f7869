"""Claim, call, record: the frame in which every row of work is done."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from rq.timeouts import BaseTimeoutException
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.claimable import Claimable
from models.language import OURS, speaking
from models.refusal import OutsideError, Refused
from tasks import once_more, transaction

logger = logging.getLogger("paydesk.work")


class ClaimLost(Exception):
    """Somebody else works on the row now; what we were about to do is theirs."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one row for 40 seconds."""

    table: type[Claimable]
    row_id: int
    token: str

    def renew(self) -> None:
        """Just before a side effect: hold the row for another 40 seconds, or stop here."""
        with transaction() as session:
            self.hold(session)

    def hold(self, session: Session) -> None:
        """In a transaction that saves something on the way: the row is still ours, for another 40 seconds."""
        if not self.table.renew(session, self.row_id, self.token):
            raise ClaimLost

    def finish(self, session: Session) -> None:
        """In the transaction that records the outcome: nothing more is to be done."""
        if not self.table.finish(session, self.row_id, self.token):
            raise ClaimLost

    def park(self, session: Session, why: str) -> None:
        """In the transaction that records a clear no: nothing more is tried by itself."""
        if not self.table.park(session, self.row_id, self.token, why):
            raise ClaimLost

    def again_at(self, session: Session, at: datetime, why: str) -> None:
        self.table.retry_at(session, self.row_id, self.token, why, at)


def work_on(table: type[Claimable], row_id: int, work: Callable[[Claim], None]) -> None:
    """Do the row's work if it is due and free; what goes wrong is stored on the row."""
    for claim in claim_all(table, [row_id]).values():
        with storing(claim):
            work(claim)


@once_more
def claim_all(table: type[Claimable], row_ids: Iterable[int]) -> dict[int, Claim]:
    """Claims on those of the rows that are due and free, by the row's id."""
    with transaction() as session:
        # In one order everywhere, so that two workers do not wait for each other in a circle.
        tokens = {row_id: table.claim(session, row_id) for row_id in sorted(row_ids)}
    return {row_id: Claim(table, row_id, token) for row_id, token in tokens.items() if token}


@once_more
def renew_all(claims: dict[int, Claim]) -> dict[int, Claim]:
    """Hold the rows for another 40 seconds; those that somebody has taken over meanwhile are left out."""
    with transaction() as session:
        return {key: claim for key, claim in sorted(claims.items()) if claim.table.renew(session, key, claim.token)}


@contextmanager
def storing(claim: Claim) -> Iterator[None]:
    """What goes wrong inside is stored on the row.

    An outside world out of reach, or a locked database, is asked again for ever; so is work that was cut
    off because its job's time was up. Refusals, permanent errors and whatever nobody expected park the
    row: a message until a person presses Retry, the rest until everything is compared. It is stored in our
    language, whatever the request speaks in which the work is done.
    """
    with speaking(OURS):
        try:
            yield
        except ClaimLost:
            logger.info("%s %s was taken over", claim.table.__name__, claim.row_id)
        except Exception as error:  # it is stored on the row, where people see it
            _store(claim, error)
            if isinstance(error, BaseTimeoutException):
                raise


def _store(claim: Claim, error: Exception) -> None:
    expected = isinstance(error, (OutsideError, Refused))
    ours = isinstance(error, (OperationalError, BaseTimeoutException))
    passing = ours or (isinstance(error, OutsideError) and not error.permanent)
    what = str(error) if expected else f"{type(error).__name__}: {error}"
    logger.log(
        logging.WARNING if expected else logging.ERROR,
        "%s %s: %s",
        claim.table.__name__,
        claim.row_id,
        what,
        exc_info=None if expected else error,
    )
    keep = claim.table.retry_later if passing else claim.table.park
    with transaction() as session:
        keep(session, claim.row_id, claim.token, what[:2000])
