"""Sign-in: attempts counted in a table, sessions in a table, secrets only as hashes."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from deskcore.clock import now
from deskcore.errors import Problem, Refused, TooMany
from deskcore.people.models import OneTimeLink, Person, SignIn, Throttle
from deskcore.people.services import find_person, hash_password, normalise_email, password_matches
from deskcore.runtime import runtime
from deskcore.work import unit_of_work


@dataclass(frozen=True)
class SignedIn:
    """A fresh sign-in.

    :param token: the secret for the browser's cookie; it is not stored and cannot be read again.
    """

    person: Person
    token: str


def secret_hash(secret: str) -> str:
    """Return the SHA-256 under which a random secret of at least 128 bits is stored and found."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def sign_in(email: str, password: str, address: str, browser: str = "") -> SignedIn:
    """Sign somebody in.

    Every attempt is counted before the password is looked at, so parallel guesses cannot outrun the count.

    :param address: the client's network address, which has a wider limit of its own.
    :raises TooMany: with the seconds to wait, after too many attempts.
    :raises Refused: with the same words whichever of the two is wrong, or the account is closed.
    """
    _count_attempt(email, address)
    person = find_person(email)
    right = password_matches(person.password_hash if person and person.active else None, password)
    if person is None or not right:
        raise Refused(_("E-mail or password is not right."))
    token = begin_session(person, browser)
    with unit_of_work() as session:
        session.execute(delete(Throttle).where(Throttle.key == _account_key(email)))
    return SignedIn(person, token)


def begin_session(person: Person, browser: str = "") -> str:
    """Store a new sign-in and return its secret."""
    token = secrets.token_urlsafe(32)
    hours = runtime().config.session_hours
    with unit_of_work() as session:
        session.execute(delete(SignIn).where(SignIn.person_id == person.id, SignIn.expires_at < now()))
        row = SignIn(token_hash=secret_hash(token), person_id=person.id, expires_at=now() + timedelta(hours=hours))
        row.browser = browser[:200]
        session.add(row)
    return token


def end_session(token: str) -> None:
    """End one sign-in."""
    with unit_of_work() as session:
        session.execute(delete(SignIn).where(SignIn.token_hash == secret_hash(token)))


def end_all_sessions(person: Person) -> None:
    """Sign somebody out everywhere."""
    with unit_of_work() as session:
        session.execute(delete(SignIn).where(SignIn.person_id == person.id))


def touch_session(token_hash: str) -> None:
    """Note that a sign-in is still used."""
    with unit_of_work() as session:
        session.execute(update(SignIn).where(SignIn.token_hash == token_hash).values(seen_at=now()))


def reset_link(email: str, address: str) -> str | None:
    """Make a one-time link for a new password.

    :returns: its secret, or nothing when nobody active has the address; tell the asker the same either way.
    :raises TooMany: after too many asks from one network address.
    """
    _count("reset:" + secret_hash(address)[:40], 20)
    person = find_person(email)
    if person is None or not person.active:
        return None
    return make_reset_link(person)


def make_reset_link(person: Person) -> str:
    """Make a one-time link for somebody and void the earlier ones; return its secret."""
    secret = secrets.token_urlsafe(32)
    expires_at = now() + timedelta(minutes=runtime().config.reset_link_minutes)
    with unit_of_work() as session:
        session.execute(delete(OneTimeLink).where(OneTimeLink.person_id == person.id))
        session.add(OneTimeLink(token_hash=secret_hash(secret), person_id=person.id, expires_at=expires_at))
    return secret


def use_reset_link(secret: str, password: str) -> Person:
    """Set a new password through a one-time link, and end every sign-in of the person.

    :raises Refused: when the link was used, is too old or unknown, or the password is too short.
    """
    hashed = hash_password(password)
    with unit_of_work() as session:
        wanted = select(OneTimeLink).where(OneTimeLink.token_hash == secret_hash(secret)).with_for_update()
        link = session.scalar(wanted)
        if link is None or link.used_at is not None or link.expires_at < now():
            raise Refused(_("This link no longer works. Ask for a new one."))
        link.used_at = now()
        person = session.get_one(Person, link.person_id)
        if not person.active:
            raise Refused(_("This link no longer works. Ask for a new one."))
        person.password_hash = hashed
        session.execute(delete(SignIn).where(SignIn.person_id == person.id))
    return person


def change_password(person: Person, old: str, new: str, keep_token: str) -> None:
    """Change one's own password; the present browser stays signed in, all others do not.

    :raises Refused: when the old password is wrong or the new one too short.
    """
    _count_attempt(person.email, "change")
    if not password_matches(person.password_hash, old):
        raise Refused(Problem(_("This is not your present password."), "old_password"))
    hashed = hash_password(new)
    with unit_of_work() as session:
        session.get_one(Person, person.id).password_hash = hashed
        others = SignIn.token_hash != secret_hash(keep_token)
        session.execute(delete(SignIn).where(SignIn.person_id == person.id, others))
        session.execute(delete(Throttle).where(Throttle.key == _account_key(person.email)))


def _account_key(email: str) -> str:
    try:
        spelling = normalise_email(email)
    except Refused:
        spelling = email[:1000]
    return "account:" + secret_hash(spelling)[:40]


def _count_attempt(email: str, address: str) -> None:
    limit = runtime().config.sign_in_attempts
    _count("address:" + secret_hash(address)[:40], limit * 10)
    _count(_account_key(email), limit)


def _count(key: str, limit: int) -> None:
    """Count one attempt under the write lock and refuse it beyond ``limit`` within the window."""
    wait = timedelta(seconds=runtime().config.sign_in_wait)
    with unit_of_work() as session:
        _ensure_row(session, key, now() + wait)
        row = session.scalars(select(Throttle).where(Throttle.key == key).with_for_update()).one()
        if row.window_ends_at <= now():
            row.count, row.window_ends_at = 0, now() + wait
        row.count += 1
        refused, ends = row.count > limit, row.window_ends_at
    if refused:
        raise _too_many(ends)


def _ensure_row(session: sa.orm.Session, key: str, ends: datetime) -> None:
    insert = _upsert(session)(Throttle).values(key=key, count=0, window_ends_at=ends)
    session.execute(insert.on_conflict_do_nothing(index_elements=["key"]))


def _upsert(session: sa.orm.Session) -> type:
    from sqlalchemy.dialects import postgresql, sqlite

    dialect = session.connection().dialect.name
    return postgresql.Insert if dialect == "postgresql" else sqlite.Insert


def _too_many(ends: datetime) -> TooMany:
    seconds = max(1, int((ends - now()).total_seconds()))
    minutes = -(-seconds // 60)
    return TooMany(_("Too many attempts. Try again in %(minutes)s min.", minutes=minutes), seconds)


def forget_old_sign_ins() -> None:
    """Delete what has expired: sign-ins, one-time links and counters."""
    with unit_of_work() as session:
        session.execute(delete(SignIn).where(SignIn.expires_at < now()))
        session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at < now()))
        session.execute(delete(Throttle).where(Throttle.window_ends_at < now()))
