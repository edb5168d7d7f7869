"""What staff do with many invoices at once."""

from collections.abc import Sequence

from demo.stage import Bill, Stage, outside
from models.invoice import new_operation
from tasks.bulk_runs import begin_bulk, work_bulk
from tasks.exports import begin_export, write_export


@outside
def send(stage: Stage, bills: Sequence[Bill]) -> None:
    work_bulk(begin_bulk("send", [bill.id for bill in bills], stage.staff, new_operation()))


@outside
def export(stage: Stage, bills: Sequence[Bill]) -> None:
    """As of a list that is long: the file is there to be fetched."""
    ids = sorted((bill.id for bill in bills), reverse=True)
    write_export(begin_export("invoice", ids, {}, stage.staff, new_operation()))
