"""What leaves the house as a file is remembered; a long list is written by a worker, a portion at a time.

A worker that is killed leaves the rest to another. Stripe is never asked.
"""

import time
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, not_, select
from sqlalchemy.orm import Session

from models.activity import log
from models.base import BESIDE_REFERENCES, locked
from models.clock import now
from models.export import Export, ExportPart, in_portions
from models.language import gettext, reader_locale, speaking
from models.organization import the_organization
from models.people import User, can, require
from models.refusal import NotFound, Refused
from tasks import later, once_more, reading, transaction
from tasks.cells import heads, written
from tasks.claiming import Claim, ClaimLost, work_on
from tasks.sheets import SHEETS

# So long one export holds a worker before other work has its turn, in seconds.
TURN = 15.0
# So many portions are deleted in one step.
BATCH = 20


@once_more
def note_export(by: User, of: str, asked: dict[str, Any]) -> None:
    """Say in the audit log who takes these rows along and what was asked for. Refuses who may not export."""
    with transaction() as session:
        require(session.get(User, by.id), "exports")
        log(session, by, f"{of}.export", f"user:{by.id}", None, asked)


@once_more
def begin_export(of: str, ids: Sequence[int], asked: dict[str, Any], by: User, operation: str) -> int:
    """Ask for these rows of a list as a file, in this order; the id of the export. The same operation asks once.

    Refuses who may not export or not see this list, an operation that has asked for something else, and a second
    file of the list while the first one is under way.
    """
    portions = in_portions(ids)
    with transaction() as session:
        session.get_one(
            User, by.id, with_for_update={"of": User, **BESIDE_REFERENCES}
        )  # two presses, one after the other
        _require(session, by, of)
        about = {"zone": the_organization(session).zone.key, "locale": reader_locale()}
        export_id, is_new = Export.begun(session, operation, by, sheet=of, asked=asked, **about)
        export = session.get_one(Export, export_id)
        if not is_new:
            export.refuse_other(by, of, asked)
        else:
            export.refuse_second(session)
            export.take(session, portions)
            log(session, by, f"{of}.export", f"export:{export_id}", None, asked)
            later(write_export, export_id)
        return export_id


def write_export(export_id: int) -> None:
    """Go on with a file for some seconds, then give way to other work until its next turn."""
    work_on(Export, export_id, _work)


@once_more
def retry_export(export_id: int, by: User) -> None:
    """One that has stopped goes on where it stopped. Refuses it when who asked for it may no longer have it."""
    with transaction() as session:
        export = _of(session, export_id, by)
        if not export.parked_at:
            raise Refused(gettext("It has not stopped."))
        if export.why_no_retry:
            raise Refused(export.why_no_retry)
        export.wake()
        log(session, by, "export.retry", f"export:{export.id}")
        later(write_export, export.id)


@once_more
def fetch_export(export_id: int, by: User) -> Export:
    """The finished file is taken along now. Refuses who may no longer export or see the list."""
    with transaction() as session:
        export = _of(session, export_id, by)
        _require(session, by, export.sheet)
        if not export.finished_at:
            raise Refused(gettext("It is not written yet."))
        log(session, by, "export.fetch", f"export:{export.id}")
        return export


@once_more
def delete_export(export_id: int, by: User) -> None:
    """Forget it, also while it is being written: nobody sees it any more, and its rows go soon."""
    with transaction() as session:
        export = _of(session, export_id, by)
        export.go()
        log(session, by, "export.delete", f"export:{export.id}")
        later(drop_old_exports)


def drop_old_exports() -> None:
    """Forget what was deleted, and what was asked for more than seven days ago; scheduled every hour."""
    while _drop_some():
        pass


@once_more
def _drop_some() -> bool:
    """Some portions of the oldest, or at last itself; whether there was anything. Others write between two steps."""
    with transaction() as session:
        old = select(Export).where(not_(Export.kept())).order_by(Export.id).limit(1)
        export = session.scalars(old.with_for_update()).one_or_none()
        if export is None:
            return False
        export.go()  # whoever writes it still stops here
        some = select(ExportPart.id).where(ExportPart.export_id == export.id).limit(BATCH)
        if not session.scalars(delete(ExportPart).where(ExportPart.id.in_(some)).returning(ExportPart.id)).all():
            session.delete(export)
            log(session, None, "export.delete", f"export:{export.id}")
        return True


def _of(session: Session, export_id: int, by: User) -> Export:
    """Each person's own; those who manage people have everybody's."""
    export, person = locked(session, Export, export_id), session.get(User, by.id)
    require(person, "exports")
    if export.is_gone or (export.asked_by_id != by.id and not can(person, "people.manage")):
        raise NotFound(gettext("There is nothing like that here any more."))
    return export


def _require(session: Session, by: User, of: str) -> None:
    """The permissions that this person has by now."""
    person = session.get(User, by.id)
    for permission in ("exports", SHEETS[of].permission):
        require(person, permission)


def _work(claim: Claim) -> None:
    started = time.monotonic()
    while part := _next(claim):
        _record(claim, *part)
        if time.monotonic() - started > TURN:
            _give_way(claim)
            return
    _conclude(claim)


def _next(claim: Claim) -> tuple[int, str, int] | None:
    """The next portion, what stands in the file for it, and of how many rows: those deleted meanwhile are left out."""
    with reading() as session:
        export = session.get(Export, claim.row_id)
        if export is None:
            raise ClaimLost
        part = export.next_part(session)
        if part is None:
            return None
        if export.why_no_retry:
            raise Refused(export.why_no_retry)
        rows = SHEETS[export.sheet].rows(session, part.ids)
        with speaking(export.locale):
            return part.id, _text(export, part, rows), len(rows)


def _text(export: Export, part: ExportPart, rows: Sequence[Any]) -> str:
    columns, zone = SHEETS[export.sheet].columns, ZoneInfo(export.zone)
    lines = written(rows, columns, zone)
    return lines if part.place else heads(columns, zone) + lines


@once_more
def _record(claim: Claim, part_id: int, text: str, lines: int) -> None:
    with transaction() as session:
        _hold(session, claim).note(session.get_one(ExportPart, part_id), text, lines)


@once_more
def _give_way(claim: Claim) -> None:
    with transaction() as session:
        claim.again_at(session, now(), "")
        later(write_export, claim.row_id)


@once_more
def _conclude(claim: Claim) -> None:
    with transaction() as session:
        export = _hold(session, claim)
        export.finished_at = now()
        session.flush()
        claim.finish(session)
        log(session, None, "export.done", f"export:{export.id}", after={"rows": export.ready})


def _hold(session: Session, claim: Claim) -> Export:
    """In a transaction that saves something of it: it is still ours, for another 40 seconds."""
    claim.hold(session)
    return session.get_one(Export, claim.row_id)
