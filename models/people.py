"""Users, roles and the one policy: who may do what."""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_login import UserMixin
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Select, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key
from models.clock import now
from models.language import gettext, lazy_gettext, pmarked
from models.money import Money
from models.refusal import NotAllowed, Refused
from models.written import typed_columns

PERMISSIONS = {
    "invoices.view": lazy_gettext("See invoices"),
    "contacts.view": lazy_gettext("See contacts and opportunities"),
    "payments.view": lazy_gettext("See payments and refunds"),
    "disputes.view": lazy_gettext("See disputes"),
    "analytics.view": lazy_gettext("See analytics"),
    "integrations.view": lazy_gettext("See Stripe Settings"),
    "invoices.edit": lazy_gettext("Write invoices"),
    "invoices.send": lazy_gettext("Send invoices"),
    "invoices.void": lazy_gettext("Void invoices"),
    "contacts.edit": lazy_gettext("Change contacts and opportunities"),
    "refunds.issue": lazy_gettext("Issue refunds"),
    "exports": lazy_gettext("Export lists"),
    "payments.record": lazy_gettext("Record offline payments"),
    "refunds.approve": lazy_gettext("Approve refunds"),
    "disputes.respond": lazy_gettext("Answer disputes"),
    "webhooks.view": lazy_gettext("See webhooks"),
    "integrations.connect": lazy_gettext("Connect and disconnect Stripe"),
    "integrations.configure": lazy_gettext("Configure integrations"),
    "people.manage": lazy_gettext("Manage people"),
    "settings.edit": lazy_gettext("Change settings"),
}

_VIEWER = [p for p in PERMISSIONS if p.endswith(".view") and p != "webhooks.view"]
_STAFF = [
    *_VIEWER,
    "invoices.edit",
    "invoices.send",
    "invoices.void",
    "contacts.edit",
    "refunds.issue",
    "exports",
]
_FINANCE = [*_STAFF, "payments.record", "refunds.approve", "disputes.respond", "webhooks.view"]
# Their names are translated where they are shown.
ROLES = {
    pmarked("role", "Viewer"): _VIEWER,
    pmarked("role", "Staff"): _STAFF,
    pmarked("role", "Finance"): _FINANCE,
    pmarked("role", "Admin"): list(PERMISSIONS),
}

# When news of one's invoices come by email.
NEWS_BY_MAIL = ("at_once", "daily", "never")
SHORTEST_PASSWORD = 12
IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)

# RFC 9106's second recommended option, argon2-cffi's default; tests put cheaper parameters here.
hasher = PasswordHasher()


class Role(Base):
    __tablename__ = "role"

    name: Mapped[str] = mapped_column(String(60), unique=True)
    permissions: Mapped[list[str]]
    # In minor units; above it a refund waits for a second person. None: no limit.
    refund_limit: Mapped[int | None] = mapped_column(BigInteger)
    refund_limit_currency: Mapped[str | None] = mapped_column(String(3))

    @property
    def limit(self) -> Money | None:
        """Up to how much of one invoice somebody may refund alone; None: without a limit."""
        if self.refund_limit is None or self.refund_limit_currency is None:
            return None
        return Money(self.refund_limit, self.refund_limit_currency)

    @property
    def can_refund(self) -> bool:
        return "refunds.issue" in self.permissions

    def set_limit(self, limit: Money | None) -> None:
        self.refund_limit, self.refund_limit_currency = (limit.amount, limit.currency) if limit else (None, None)

    def __str__(self) -> str:
        return self.name


class User(UserMixin, Base):  # type: ignore[misc]
    __tablename__ = "user_account"
    __table_args__ = (CheckConstraint("news_by_mail IN ('at_once', 'daily', 'never')", name="news_by_mail"),)

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    role_id: Mapped[int] = mapped_column(Key, ForeignKey("role.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    disabled_at: Mapped[datetime | None]
    # Somebody else has seen the password: it opens nothing but the page on which to choose one's own.
    must_change_password: Mapped[bool] = mapped_column(default=False)
    # Widgets of the dashboard that this person has switched off.
    hidden_widgets: Mapped[list[str]] = mapped_column(default=list)
    # When notices come by email too.
    news_by_mail: Mapped[str] = mapped_column(String(8), default="at_once")

    role: Mapped[Role] = relationship(lazy="joined", innerjoin=True)

    _one_line = typed_columns("name")

    # Which sign-in this request came with; Flask-Login puts it into the cookie.
    session_token = ""

    @property
    def is_active(self) -> bool:
        return self.disabled_at is None

    def get_id(self) -> str:
        """Flask-Login keeps this in the cookie: the sign-in's token, so that a sign-in can be revoked."""
        return str(self.session_token)

    def __eq__(self, other: object) -> bool:
        """Flask-Login compares sign-ins, and rows that came with no request have none: all would be the same person."""
        return isinstance(other, User) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def set_password(self, password: str) -> None:
        if len(password) < SHORTEST_PASSWORD:
            raise Refused(gettext("A password needs at least %(least)s characters.", least=SHORTEST_PASSWORD))
        self.password_hash = hasher.hash(password)

    def __str__(self) -> str:
        return self.name or self.email


class SignIn(Base):
    """One sign-in of one browser, kept on the server so that it can be ended from here."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(Key, ForeignKey("user_account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(64), default="")

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)

    @property
    def is_valid(self) -> bool:
        """Neither ended, nor idle for 12 hours, nor older than 7 days, nor of a disabled person."""
        at = now()
        fresh = at - self.seen_at < IDLE and at - self.created_at < ABSOLUTE
        return self.ended_at is None and fresh and self.user.is_active


def hash_token(token: str) -> str:
    """What we keep of a random token: tokens have 32 random bytes, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    return secrets.token_urlsafe(32)


def verify_password(user: User | None, password: str) -> bool:
    """False for a wrong password, an unknown person, a disabled one; it takes the same time for each."""
    try:
        right = hasher.verify(user.password_hash if user else _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return right and user is not None and user.is_active


@cache
def _nobody() -> str:
    """A hash that nobody's password has, so that an unknown name costs as much as a known one."""
    return hasher.hash(secrets.token_urlsafe(32))


def can(user: User | None, permission: str) -> bool:
    """The one policy, closed by default: nobody, a disabled person and an unknown permission get False."""
    if user is None or not getattr(user, "is_active", False) or permission not in PERMISSIONS:
        return False
    return permission in user.role.permissions


def require(user: User | None, permission: str) -> None:
    if not can(user, permission):
        raise NotAllowed(
            gettext(
                "You may not do this: it needs the permission “%(permission)s”. Ask an admin.", permission=permission
            )
        )


def role_named(session: Session, name: str) -> Role:
    role = session.scalars(select(Role).where(Role.name == name.strip().capitalize())).one_or_none()
    if role is None:
        raise Refused(gettext("There is no role “%(name)s”. Roles are %(roles)s.", name=name, roles=", ".join(ROLES)))
    return role


def who_may(session: Session, permission: str) -> Select[User]:
    """Those who may do it and can sign in, by name."""
    roles = [role.id for role in session.scalars(select(Role)) if permission in role.permissions]
    able = select(User).where(User.disabled_at.is_(None), User.role_id.in_(roles))
    return able.order_by(User.name, User.id)


def holders(session: Session, permission: str) -> list[User]:
    return list(session.scalars(who_may(session, permission)))
