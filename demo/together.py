"""What staff do with many invoices at once."""

from collections.abc import Sequence

from demo.stage import Bill, Stage, outside
from models.invoice import new_operation
from tasks.bulk_runs import begin_bulk, work_bulk


@outside
def send(stage: Stage, bills: Sequence[Bill]) -> None:
    work_bulk(begin_bulk("send", [bill.id for bill in bills], stage.staff, new_operation()))
