"""People: who may sign in, and their sign-ins."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.activity import log
from models.base import BESIDE_REFERENCES, db
from models.clock import now
from models.contact import one_address
from models.language import gettext
from models.money import Money
from models.people import SignIn, User, hash_token, new_token, require, role_named, verify_password
from models.refusal import NotFound, Refused
from tasks import transaction

# Often enough for an idle limit of hours, seldom enough not to write at every click.
SEEN_EVERY = timedelta(minutes=5)


def add_user(
    email: str, role: str, password: str, name: str = "", *, one_time: bool = False, by: User | None = None
) -> int:
    """Let somebody sign in with this role and password.

    Refuses an unknown role, an address that is taken, and a short password.

    A one-time password opens nothing but the page on which to choose one's own. `by` is None at the command line.
    """
    if by:
        require(by, "people.manage")
    try:
        return _add(email, role, password, name, one_time, by)
    except IntegrityError as error:  # somebody else has added the same person at this moment
        raise Refused(_taken(one_address(email).lower())) from error


def _add(email: str, role: str, password: str, name: str, one_time: bool, by: User | None) -> int:
    with transaction() as session:
        known_role, address = role_named(session, role), one_address(email).lower()
        if _user_with(session, address):
            raise Refused(_taken(address))
        user = User(email=address, name=name, role=known_role, must_change_password=one_time)
        user.set_password(password)
        session.add(user)
        session.flush()
        log(session, by, "user.add", f"user:{user.id}", after={"email": address, "role": user.role.name})
        return user.id


def _taken(address: str) -> str:
    return gettext("%(address)s can already sign in.", address=address)


def sign_in(email: str, password: str, address: str) -> str:
    """The token of a new sign-in. Refuses a wrong password and an unknown name in the same words and time."""
    user = _user_with(db.session, email.strip().lower())
    if not verify_password(user, password) or user is None:
        raise Refused(gettext("That email and password do not belong together."))
    token = new_token()
    with transaction() as session:
        session.add(SignIn(token_hash=hash_token(token), user_id=user.id, address=address))
        log(session, user, "sign_in", f"user:{user.id}", address=address)
    return token


def change_password(user_id: int, old: str, new: str) -> None:
    """Choose one's own password; every other sign-in of the person ends. Refuses a wrong old and a short new one."""
    if not verify_password(db.session.get(User, user_id), old):
        raise Refused(gettext("That is not your present password."))
    with transaction() as session:
        user = session.get_one(User, user_id)
        if old == new:
            raise Refused(gettext("Choose a password that is not the present one."))
        user.set_password(new)
        user.must_change_password = False
        others = update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
        session.execute(others.where(SignIn.token_hash != hash_token(user.get_id())).values(ended_at=now()))
        log(session, user, "password.change", f"user:{user_id}")


def disable(user_id: int, by: User) -> None:
    """Let somebody no longer sign in and end all their sign-ins. Refuses oneself and the last admin."""
    require(by, "people.manage")
    with transaction() as session:
        last = _last_admin(session)
        user = _person(session, user_id)
        if user.id == by.id:
            raise Refused(gettext("You cannot disable yourself. Ask another admin."))
        if user.id == last:
            raise Refused(gettext("This is the last admin. Make somebody else an admin first."))
        if user.disabled_at is None:
            user.disabled_at = now()
            _end_sign_ins(session, user_id)
            log(session, by, "user.disable", f"user:{user_id}", {"active": True}, {"active": False})


def enable(user_id: int, by: User) -> None:
    """Let somebody who was disabled sign in again, with the password they had."""
    require(by, "people.manage")
    with transaction() as session:
        user = _person(session, user_id)
        if user.disabled_at is not None:
            user.disabled_at = None
            log(session, by, "user.enable", f"user:{user_id}", {"active": False}, {"active": True})


def renew_password(user_id: int, password: str, by: User) -> None:
    """Give somebody who forgot theirs a one-time password, and end all their sign-ins. Refuses oneself."""
    require(by, "people.manage")
    with transaction() as session:
        user = _person(session, user_id)
        if user.id == by.id:
            raise Refused(gettext("Change your own password yourself."))
        user.set_password(password)
        user.must_change_password = True
        _end_sign_ins(session, user_id)
        log(session, by, "password.renew", f"user:{user_id}")


def change_role(user_id: int, role: str, by: User) -> None:
    """Give somebody another role. Refuses to take the last admin's, and one's own."""
    require(by, "people.manage")
    with transaction() as session:
        last = _last_admin(session)
        user = _person(session, user_id)
        if user.id == by.id:
            raise Refused(gettext("You cannot change your own role. Ask another admin."))
        if user.id == last:
            raise Refused(gettext("This is the last admin. Make somebody else an admin first."))
        before, user.role = user.role.name, role_named(session, role)
        log(session, by, "user.role", f"user:{user_id}", {"role": before}, {"role": user.role.name})


def set_refund_limit(role: str, limit: Money | None, by: User) -> None:
    """Above this much of one invoice, refunds of people with this role wait for a second person; None: none does."""
    require(by, "people.manage")
    with transaction() as session:
        found = role_named(session, role)
        before = {"refund_limit": str(found.limit) if found.limit else None}
        found.set_limit(limit)
        after = {"refund_limit": str(limit) if limit else None}
        log(session, by, "role.refund_limit", f"role:{found.id}", before, after)


def sign_out(token: str) -> None:
    """End this sign-in; a copy of its cookie is worth nothing from now on."""
    with transaction() as session:
        found = session.scalars(select(SignIn).where(SignIn.token_hash == hash_token(token))).one_or_none()
        if found and found.ended_at is None:
            found.ended_at = now()
            log(session, found.user, "sign_out", f"user:{found.user_id}")


def signed_in(token: str) -> User | None:
    """Who this token belongs to, while its sign-in is valid."""
    query = select(SignIn).where(SignIn.token_hash == hash_token(token))
    found = db.session.scalars(query).one_or_none()
    if found is None or not found.is_valid:
        return None
    if now() - found.seen_at > SEEN_EVERY:
        _note_seen(found.id)
        found = db.session.get_one(SignIn, found.id)
    found.user.session_token = token
    return found.user


def _note_seen(sign_in_id: int) -> None:
    with transaction() as session:
        session.get_one(SignIn, sign_in_id).seen_at = now()


def _user_with(session: Session, address: str) -> User | None:
    return session.scalars(select(User).where(User.email == address)).one_or_none()


def _person(session: Session, user_id: int) -> User:
    user = session.get(User, user_id, with_for_update={"of": User, **BESIDE_REFERENCES})
    if user is None:
        raise NotFound(gettext("There is nobody like that."))
    return user


def _last_admin(session: Session) -> int | None:
    """The only admin there is. Admins come and go one after another: two cannot unseat each other at once."""
    role = role_named(session, "admin")
    session.refresh(role, with_for_update=BESIDE_REFERENCES)
    admins = select(User.id).where(User.role_id == role.id, User.disabled_at.is_(None)).limit(2)
    found = session.scalars(admins).all()
    return found[0] if len(found) == 1 else None


def _end_sign_ins(session: Session, user_id: int) -> None:
    standing = update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
    session.execute(standing.values(ended_at=now()))
