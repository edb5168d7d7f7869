"""What the list of invoices can be narrowed to beside a status."""

from typing import Any

from flask_admin.contrib.sqla.filters import BaseSQLAFilter
from sqlalchemy.orm import Query

from models.base import db
from models.clock import now
from models.invoice import Invoice
from models.organization import the_organization
from models.receivables import DUE, unviewed


class Overdue(BaseSQLAFilter):
    """Issued, past its due date, and something is still due."""

    def apply(self, query: Query[Invoice], value: str, alias: Any = None) -> Query[Invoice]:
        late = Invoice.due_date < the_organization(db.session).today()
        return query.filter(late, DUE > 0)

    def operation(self) -> str:
        return "is"


class Outstanding(BaseSQLAFilter):
    """Something is due, whether or not its day has come."""

    def apply(self, query: Query[Invoice], value: str, alias: Any = None) -> Query[Invoice]:
        return query.filter(DUE > 0)

    def operation(self) -> str:
        return "is"


class Unviewed(BaseSQLAFilter):
    """Sent days ago, and its customer has not opened it."""

    def apply(self, query: Query[Invoice], value: str, alias: Any = None) -> Query[Invoice]:
        return query.filter(unviewed(now()))

    def operation(self) -> str:
        return "is"
