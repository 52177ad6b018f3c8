"""Sign-in: attempts counted in a table, sessions in a table, secrets only as hashes."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from deskcore import audit
from deskcore.clock import now
from deskcore.errors import Problem, Refused, TooMany
from deskcore.extensions import db, insert_into
from deskcore.people.locks import lock_person
from deskcore.people.models import OneTimeLink, Person, SignIn, Throttle
from deskcore.people.services import (
    about,
    find_person,
    hash_password,
    normalise_email,
    password_matches,
    replace_password,
)
from deskcore.runtime import runtime
from deskcore.work import delete_in_pieces, unit_of_work


@dataclass(frozen=True)
class SignedIn:
    """A fresh sign-in.

    :param token: the secret for the browser's cookie; it is not stored and cannot be read again.
    """

    person: Person
    token: str = field(repr=False)


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
    stored = person.password_hash if person and person.active else None
    right = password_matches(stored, password)
    if person is None or not right:
        raise _not_right()
    with unit_of_work() as session:
        # Somebody may have closed the account or changed the password while the hash was computed.
        unchanged = Person.id == person.id, Person.active, Person.password_hash == stored
        if session.scalar(select(Person.id).where(*unchanged).with_for_update()) is None:
            raise _not_right()
        token = begin_session(person, browser)
        _forgive(session, email, address)
        if person.administrator or person.auditor:
            audit.record(session, "sign_in.privileged", about(person), actor=_themselves(person))
    return SignedIn(person, token)


def _not_right() -> Refused:
    return Refused(_("E-mail or password is not right."))


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


def end_all_sessions(person: Person, keep: str = "") -> None:
    """Sign somebody out everywhere.

    :param keep: secret of a sign-in that goes on.
    """
    with unit_of_work() as session:
        others = SignIn.person_id == person.id, SignIn.token_hash != secret_hash(keep)
        session.execute(delete(SignIn).where(*others))


def sign_ins_of(person: Person) -> list[SignIn]:
    """Return somebody's sign-ins that still work, the one that was used last first."""
    idle_since = now() - timedelta(hours=runtime().config.session_idle_hours)
    alive = SignIn.person_id == person.id, SignIn.expires_at > now(), SignIn.seen_at > idle_since
    return list(db.session.scalars(select(SignIn).where(*alive).order_by(SignIn.seen_at.desc())))


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
        lock_person(session, person.id)
        session.execute(delete(OneTimeLink).where(OneTimeLink.person_id == person.id))
        session.add(OneTimeLink(token_hash=secret_hash(secret), person_id=person.id, expires_at=expires_at))
        audit.record(session, "reset_link.made", about(person), after={"expires_at": expires_at})
    return secret


def use_reset_link(secret: str, password: str) -> Person:
    """Set a new password through a one-time link, and end every sign-in of the person.

    :raises Refused: when the link was used, is too old or unknown, or the password is too short.
    """
    hashed = hash_password(password)
    with unit_of_work() as session:
        works = OneTimeLink.used_at.is_(None), OneTimeLink.expires_at >= now(), Person.active
        # The person first, as everywhere; by the link, so that the same statements run for whatever is wrong with it.
        owner = select(Person.id).join(OneTimeLink, OneTimeLink.person_id == Person.id)
        owner = owner.where(OneTimeLink.token_hash == secret_hash(secret))
        session.execute(owner.with_for_update(of=Person, key_share=True))
        wanted = select(OneTimeLink, Person).join(Person, Person.id == OneTimeLink.person_id)
        wanted = wanted.where(OneTimeLink.token_hash == secret_hash(secret), *works)
        wanted = wanted.with_for_update(of=OneTimeLink).execution_options(populate_existing=True)
        found = session.execute(wanted).one_or_none()
        if found is None:
            raise Refused(_("This link no longer works. Ask for a new one."))
        link, person = found
        link.used_at = now()
        replace_password(session, person, hashed)
        audit.record(session, "reset_link.used", about(person), actor=_themselves(person))
    return person


def change_password(person: Person, old: str, new: str, address: str, browser: str = "") -> SignedIn:
    """Change one's own password: every sign-in and every link for a new password ends, and a fresh sign-in begins.

    :param address: the client's network address, which has a wider limit of its own.
    :returns: the fresh sign-in, for the browser in which it was changed.
    :raises TooMany: with the seconds to wait, after too many attempts.
    :raises Refused: when the old password is wrong or the new one too short.
    """
    _count_attempt(person.email, address)
    if not password_matches(person.password_hash, old):
        raise Refused(Problem(_("This is not your present password."), "old_password"))
    hashed = hash_password(new)
    with unit_of_work() as session:
        replace_password(session, person, hashed)
        _forgive(session, person.email, address)
        audit.record(session, "password.set", about(person), actor=_themselves(person))
        token = begin_session(person, browser)
    return SignedIn(person, token)


def _themselves(person: Person) -> audit.Actor:
    return audit.Actor("person", person.id, person.email)


def _account_key(email: str) -> str:
    try:
        spelling = normalise_email(email)
    except Refused:
        spelling = email[:1000]
    return "account:" + secret_hash(spelling)[:40]


def _address_key(address: str) -> str:
    return "address:" + secret_hash(address)[:40]


def _count_attempt(email: str, address: str) -> None:
    limit = runtime().config.sign_in_attempts
    _count(_address_key(address), limit * 10)
    _count(_account_key(email), limit, email)


def _forgive(session: sa.orm.Session, email: str, address: str) -> None:
    """Count an attempt that was right for nothing: a whole office may sign in from one network address."""
    session.execute(delete(Throttle).where(Throttle.key == _account_key(email)))
    fewer = update(Throttle).where(Throttle.key == _address_key(address), Throttle.count > 0)
    session.execute(fewer.values(count=Throttle.count - 1), execution_options={"synchronize_session": False})


def _count(key: str, limit: int, email: str = "") -> None:
    """Count one attempt under the write lock and refuse it beyond ``limit`` within the window.

    :param email: whose account is guarded; empty for a network address.
    """
    wait = timedelta(seconds=runtime().config.sign_in_wait)
    with unit_of_work() as session:
        _ensure_row(session, key, now() + wait)
        row = session.scalars(select(Throttle).where(Throttle.key == key).with_for_update()).one()
        if row.window_ends_at <= now():
            row.count, row.window_ends_at = 0, now() + wait
        row.count += 1
        refused, ends = row.count > limit, row.window_ends_at
        if row.count == limit + 1:
            _record_lock(session, email, ends)
    if refused:
        raise _too_many(ends)


def _record_lock(session: sa.orm.Session, email: str, until: datetime) -> None:
    """Record once for each window that nobody is heard any more; a text that is no address may be a password."""
    person = find_person(email)
    kind = "account" if email else "address"
    subject = about(person) if person else audit.Subject("sign_in", kind)
    audit.record(session, "sign_in.locked", subject, after={"locked": kind, "until": until})


def _ensure_row(session: sa.orm.Session, key: str, ends: datetime) -> None:
    row = insert_into(session, Throttle).values(key=key, count=0, window_ends_at=ends)
    session.execute(row.on_conflict_do_nothing())


def _too_many(ends: datetime) -> TooMany:
    seconds = max(1, int((ends - now()).total_seconds()))
    minutes = -(-seconds // 60)
    return TooMany(_("Too many attempts. Try again in %(minutes)s min.", minutes=minutes), seconds)


def forget_old_sign_ins() -> None:
    """Delete what has expired: sign-ins, one-time links and counters."""
    delete_in_pieces(SignIn, SignIn.expires_at < now())
    delete_in_pieces(OneTimeLink, OneTimeLink.expires_at < now())
    delete_in_pieces(Throttle, Throttle.window_ends_at < now())
