"""Who is asking: sign-in by cookie, the area of each route, language and time zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, flash, g, redirect, request, session, url_for
from flask.sansio.app import App as SansioApp
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import bindparam, select
from werkzeug.wrappers import Response

from deskcore.clock import now
from deskcore.desks.services import refresh
from deskcore.errors import NotAllowed
from deskcore.extensions import db
from deskcore.hooks.models import SystemState
from deskcore.organisation.look import Look
from deskcore.origin import Origin, come_from
from deskcore.people.models import DeskGrant, Person, SeeAs, SignIn
from deskcore.people.seeing import Seen, end_seeing, seen_person
from deskcore.people.signing_in import SignedIn, end_session, secret_hash, touch_session
from deskcore.runtime import runtime
from deskcore.viewer import Area, Viewer
from deskcore.web.seeing import only_look, seeing_is_over

Access = Literal["public", "portal", "workspace", "admin", "audit"]

#: How exactly the table knows when a sign-in was last used.
_NOTED_EVERY = timedelta(hours=1)

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
    user, read_in = _user(), language()
    if user is not None:
        if user.seen is not None:
            end_seeing(user.token, "signed out")
        end_session(user.token)
    logout_user()
    session.clear()
    session["language"] = read_in


def _user() -> SignedInPerson | None:
    return cast(SignedInPerson, current_user) if current_user.is_authenticated else None


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
    user = _user()
    if user is None:
        return None
    return user.seen.person if user.seen is not None else user.person


def seen_as() -> Seen | None:
    """Return as whom an administrator sees pages at the moment, or nothing."""
    user = _user()
    return user.seen if user else None


def session_token() -> str:
    """Return the secret of this browser's sign-in, or ``""``."""
    user = _user()
    return user.token if user else ""


def works() -> bool:
    """Tell whether the signed-in person works on any desk."""
    return bool(desk_roles())


def desk_roles() -> Mapping[int, str]:
    """Return the signed-in person's role by desk id."""
    user = _user()
    if user is None:
        return {}
    return user.seen.desk_roles if user.seen is not None else user.desk_roles


def classify(blueprint: Blueprint, access: Access) -> None:
    """Say who may call a blueprint's routes; a route of no class keeps the application from starting.

    :param access: ``public``, or an area in which one must be signed in: ``portal`` for everybody, ``workspace``
        for those who work on a desk, ``admin`` for administrators, ``audit`` for administrators and auditors.
    """
    blueprint.before_request(partial(_require, access))
    blueprint.record(lambda state: _remember_class(state.app, state.name, access))


def classify_registered(app: Flask, name: str, access: Access) -> None:
    """Say who may call the routes of a blueprint that was registered, and that outlives the application.

    A plugin's blueprint belongs to its module: in tests one serves several applications, one after another.
    """
    app.before_request_funcs.setdefault(name, []).insert(0, partial(_require, access))
    _remember_class(app, name, access)


def _remember_class(app: SansioApp, name: str, access: Access) -> None:
    app.extensions.setdefault("deskcore_access", {})[name] = access


def check_routes_are_classified(app: Flask) -> None:
    """Refuse to start with a route that nobody classified.

    :raises RuntimeError: naming the endpoint.
    """
    classes = app.extensions.get("deskcore_access", {})
    for rule in app.url_map.iter_rules():
        # The outermost: what it asks of callers, it asks for the blueprints inside it.
        blueprint, inside, _name = rule.endpoint.partition(".")
        if rule.endpoint != "static" and not (inside and blueprint in classes):
            raise RuntimeError(
                f"the route {rule.rule} ({rule.endpoint}) says nothing about who may call it: classify() its blueprint"
            )


def _require(access: Access) -> Response | None:
    user = _user()
    if user is None and access == "public":
        return None
    if user is None:
        return _to_sign_in()
    area: Area = "workspace" if access == "workspace" else "portal"
    keep_up(g.get("epoch") or 0)
    db.session().info["viewer"] = Viewer(
        user.person.id, area, user.desk_roles, user.person.administrator, user.person.auditor
    )
    _note_use(user)
    if g.pop("seeing_is_over", False):
        seeing_is_over(user.token)
    if user.seen is not None:
        only_look(user.seen)
    elif not _may(user, access):
        raise NotAllowed(_("You don't have access to this page."))
    return None


def _may(user: SignedInPerson, access: Access) -> bool:
    if access == "workspace":
        return bool(user.desk_roles)
    if access in ("admin", "audit"):
        return user.person.administrator or (access == "audit" and user.person.auditor)
    return True


def _note_use(user: SignedInPerson) -> None:
    """Note that a sign-in is still used, once an hour and not at every page, because a page writes nothing else."""
    if "seen_at" in g and now() - g.seen_at > _NOTED_EVERY:
        touch_session(secret_hash(user.token))


def keep_up(epoch: int) -> None:
    """Swap the frozen snapshots when an administrator changed something since they were taken.

    :param epoch: what the request's first statement read.
    """
    if epoch != runtime().plugins.epoch:
        refresh()


def _to_sign_in() -> Response:
    if request.method not in ("GET", "HEAD"):
        flash(_("You were signed out. Sign in and we'll bring you back here."))
    target = request.full_path.rstrip("?") if request.method == "GET" else request.path
    return redirect(url_for("auth.login", next=target))


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
    look = runtime().look
    usual = look.language if look and look.language else runtime().config.default_language
    return next((tag for tag in wished if tag in ("en", "pl")), usual)


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
