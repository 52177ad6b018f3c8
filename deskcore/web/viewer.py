"""Who is asking: sign-in by cookie, their desks, language and time zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import Flask, g, request, session
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import bindparam, select

from deskcore.clock import now
from deskcore.desks.services import refresh
from deskcore.errors import NotAllowed
from deskcore.extensions import db
from deskcore.hooks.models import SystemState
from deskcore.organisation.look import Look
from deskcore.origin import Origin, come_from
from deskcore.people.models import DeskGrant, Person, SeeAs, SignIn
from deskcore.people.seeing import Seen, end_seeing, seen_person
from deskcore.people.signing_in import SignedIn, end_session, secret_hash
from deskcore.runtime import runtime

login_manager = LoginManager()
#: The cookie carries the secret of a row that can be deleted; nothing about the browser needs guessing.
login_manager.session_protection = None


@dataclass
class SignedInPerson(UserMixin):  # type: ignore[misc]
    """A person in a browser, for Flask-Login."""

    person: Person
    token: str = field(repr=False)
    desk_roles: Mapping[int, str]
    #: As whom an administrator sees pages at the moment.
    seen: Seen | None = None

    def get_id(self) -> str:
        """Return what the cookie carries: the secret of the sign-in, never the person's id."""
        return self.token


#: Built once: an expression costs more to build than to run, and every request asks for this one.
_SIGNED_IN = (
    select(
        Person,
        SignIn.seen_at,
        SystemState.epoch,
        SeeAs.person_id.label("seen_id"),
        SeeAs.until.label("seen_until"),
        DeskGrant.desk_id,
        DeskGrant.role,
    )
    .join(SignIn, SignIn.person_id == Person.id)
    .outerjoin(SystemState, SystemState.id == 1)
    .outerjoin(SeeAs, SeeAs.token_hash == SignIn.token_hash)
    .outerjoin(DeskGrant, DeskGrant.person_id == Person.id)
    .where(
        SignIn.token_hash == bindparam("token_hash"),
        SignIn.expires_at > bindparam("at"),
        SignIn.seen_at > bindparam("idle_since"),
        Person.active,
    )
)


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _load(token: object) -> SignedInPerson | None:
    """Read sign-in, person, grants and epoch in one statement."""
    if not isinstance(token, str):
        return None
    at = now()
    idle_since = at - timedelta(hours=runtime().config.session_idle_hours)
    parameters = {"token_hash": secret_hash(token), "at": at, "idle_since": idle_since}
    rows = db.session.execute(_SIGNED_IN, parameters).all()
    if not rows:
        return None
    person, g.seen_at, g.epoch, seen_id, seen_until, *_grant = rows[0]
    desk_roles = {row.desk_id: row.role for row in rows if row.desk_id is not None}
    user = SignedInPerson(person, token, MappingProxyType(desk_roles))
    if seen_id is not None:
        lasts = person.administrator and seen_until > at
        user.seen = seen_person(seen_id, seen_until) if lasts else None
        g.seeing_is_over = user.seen is None
    return user


def begin(signed_in: SignedIn) -> None:
    """Sign a browser in under a fresh cookie; nothing of the one before survives, here or in the table."""
    former, kept = session.get("_user_id"), session.get("language")
    if isinstance(former, str):
        end_session(former)
    session.clear()
    if kept:
        session["language"] = kept
    session.permanent = True
    login_user(SignedInPerson(signed_in.person, signed_in.token, {}))


def end() -> None:
    """Sign a browser out, here and in the table; it goes on in the language it was read in."""
    user, read_in = signed_in_user(), language()
    if user is not None:
        if user.seen is not None:
            end_seeing(user.token, "signed out")
        end_session(user.token)
    logout_user()
    session.clear()
    session["language"] = read_in


def signed_in_user() -> SignedInPerson | None:
    """Return what the cookie stands for, or ``None`` when nobody is signed in."""
    # The person behind the proxy: to go through it for everything that a page asks costs more than the answers.
    user = current_user._get_current_object()
    return cast(SignedInPerson, user) if user.is_authenticated else None


def current_person() -> Person:
    """Return the signed-in person, or the one as whom pages are seen; department, location, manager are not loaded.

    :raises NotAllowed: when nobody is signed in.
    """
    person = signed_in_person()
    if person is None:
        raise NotAllowed(_("Sign in first."))
    return person


def forget_reader() -> None:
    """Go on as if nobody were signed in, without asking the database who is: it may be the one that is away."""
    if "language" not in g:
        g.language = _remembered_language()
    g._login_user = login_manager.anonymous_user()


def signed_in_person() -> Person | None:
    """Return the signed-in person, or the one as whom pages are seen, or nothing."""
    user = signed_in_user()
    if user is None:
        return None
    return user.seen.person if user.seen is not None else user.person


def seen_as() -> Seen | None:
    """Return as whom an administrator sees pages at the moment, or nothing."""
    user = signed_in_user()
    return user.seen if user else None


def session_token() -> str:
    """Return the secret of this browser's sign-in, or ``""``."""
    user = signed_in_user()
    return user.token if user else ""


def works() -> bool:
    """Tell whether the signed-in person works on any desk."""
    return bool(desk_roles())


def desk_roles() -> Mapping[int, str]:
    """Return the signed-in person's role by desk id."""
    user = signed_in_user()
    if user is None:
        return {}
    return user.seen.desk_roles if user.seen is not None else user.desk_roles


def keep_up(epoch: int) -> None:
    """Swap the frozen snapshots when an administrator changed something since they were taken.

    :param epoch: what the request's first statement read.
    """
    if epoch != runtime().plugins.epoch:
        refresh()


def safe_next(target: str | None, fallback: str) -> str:
    """Return ``target`` when it is an address on this site, else ``fallback``."""
    inside = target is not None and target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if inside and target and not any(ord(char) < 33 for char in target) else fallback


def language() -> str:
    """Return ``en`` or ``pl``: the person's own choice, the browser's cookie, its wish, the installation's default."""
    if "language" not in g:
        g.language = _chosen_language()
    return str(g.language)


def _chosen_language() -> str:
    person = signed_in_person()
    return person.language if person and person.language in ("en", "pl") else _remembered_language()


def _remembered_language() -> str:
    chosen = session.get("language", "")
    return chosen if chosen in ("en", "pl") else wished_language()


def wished_language() -> str:
    """Return the first of the browser's wishes that there is, else the installation's default.

    In its own order: ``best_match()`` would take an exact ``en`` before a ``pl-PL`` that is wished more.
    """
    wished = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return next((tag for tag in wished if tag in ("en", "pl")), runtime().language)


def time_zone() -> ZoneInfo:
    """Return the zone in which the signed-in person reads times."""
    person = signed_in_person()
    return ZoneInfo(person.time_zone) if person and person.time_zone else runtime().config.zone


def init_app(app: Flask) -> None:
    """Initialise Flask-Login, say where each request comes from, and give templates the reader."""
    app.before_request(lambda: come_from(Origin("network", address=request.remote_addr or "")))
    app.teardown_request(lambda error: come_from(Origin()))
    login_manager.init_app(app)
    app.context_processor(_context)


@dataclass(frozen=True)
class Reader:
    """The signed-in person as templates know them."""

    name: str
    email: str
    works: bool
    administrator: bool
    auditor: bool

    @property
    def first_name(self) -> str:
        """The first word of the name."""
        return self.name.split()[0] if self.name.split() else self.name


def _context() -> dict[str, Any]:
    config = runtime().config
    person = signed_in_person()
    reader = Reader(person.name, person.email, works(), person.administrator, person.auditor) if person else None
    look = runtime().look or Look()
    organisation = look.organisation or config.organisation
    return {
        "organisation": organisation,
        "product_name": organisation,
        "help_contact": look.contact or config.help_contact,
        "look": look,
        "seen_as": seen_as(),
        "viewer": reader,
        "viewer_person": person,
        "theme": person.theme if person else "",
        "density": person.density if person else "",
        "shortcuts": "" if person is None or person.shortcuts else "off",
        "nav": (),
    }


@dataclass(frozen=True)
class Link:
    """A labelled address."""

    label: str
    url: str
