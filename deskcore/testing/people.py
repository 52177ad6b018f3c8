"""Somebody for every role, and desks for them: a small organisation in which a plugin is tested."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from deskcore.desks.administration import add_desk
from deskcore.desks.editing import create
from deskcore.desks.services import refresh
from deskcore.extensions import db
from deskcore.hooks.contributions import Desk, Field, RequestType, Text
from deskcore.people.models import DeskGrant, Person
from deskcore.people.services import create_person, department_named, find_person, grant, join_team, location_named
from deskcore.people.signing_in import begin_session
from deskcore.people.tokens import make_token
from deskcore.runtime import runtime
from deskcore.viewer import Area, Viewer
from deskcore.work import unit_of_work

#: Whoever is asked for by role: address and name.
PEOPLE: Mapping[str, tuple[str, str]] = MappingProxyType({
    "requester": ("rita@organisation.example", "Rita Requester"),
    "other_requester": ("oskar@organisation.example", "Oskar Otherwise"),
    "agent": ("agata@organisation.example", "Agata Agent"),
    "lead": ("leon@organisation.example", "Leon Lead"),
    "other_agent": ("ella@organisation.example", "Ella Elsewhere"),
    "admin": ("adam@organisation.example", "Adam Admin"),
    "auditor": ("aurelia@organisation.example", "Aurelia Auditor"),
})  # fmt: skip
ORGANISATION = "Organisation"
#: A department and a location.
PLACES = ("Sales", "Warsaw")
#: Prefixes of the desks that no plugin owns: a confidential one, and one for plugins without a desk.
ELSEWHERE, PLAIN = "ELSEW", "PLAIN"


def plugin_desks(plugin: str) -> list[Desk]:
    """Return the desks that a plugin declares, in its own order."""
    return [item.value for item in runtime().plugins.desks if item.plugin == plugin]


def populate(plugin: str) -> None:
    """Add people of every role, a department, a location, a confidential desk and, if need be, a plain one."""
    for role, (email, name) in PEOPLE.items():
        create_person(email, name, administrator=role == "admin", auditor=role == "auditor")
    with unit_of_work():
        department_named(PLACES[0])
        location_named(PLACES[1])
    elsewhere = _add_desk(ELSEWHERE, Text("Elsewhere", "Gdzie indziej"), confidential=True)
    _staff({"other_agent": "agent"}, elsewhere, "l1")
    desks = plugin_desks(plugin)
    desk = desks[0].key if desks else _add_desk(PLAIN, Text("Plain desk", "Zwykły dział"), confidential=False)
    teams = [team.key for team in desks[0].teams] if desks else ["l1"]
    _staff({"agent": "agent", "lead": "lead"}, desk, teams[0] if teams else "")
    refresh()


def _add_desk(prefix: str, title: Text, *, confidential: bool) -> str:
    """Make a desk with one request type, as an administrator does."""
    key = add_desk(prefix, {"en": title.en, "pl": title.pl}, confidential=confidential)
    concern = RequestType(
        "concern",
        key,
        Text("Raise a concern", "Zgłoś sprawę"),
        Text("Tell us what happened.", "Opisz, co się stało."),
        fields=(
            Field("about", "text", Text("What is it about?", "Czego dotyczy?"), required=True),
            Field("details", "longtext", Text("Details", "Szczegóły")),
            Field("secret", "text", Text("For the desk alone", "Tylko dla działu"), sensitive=True),
        ),
        subject=Text("{about}", "{about}"),
        description="details",
    )
    create(concern, PEOPLE["admin"][0])
    return key


def _staff(roles: Mapping[str, str], desk: str, team: str) -> None:
    for role, right in roles.items():
        person = _known(PEOPLE[role][0])
        grant(person, desk, right)
        if team:
            join_team(person, desk, team)


def address_of(role: str) -> str:
    """Return the address of whoever has a role; an address stands for itself.

    :raises AssertionError: for a word that is neither.
    """
    if role in PEOPLE:
        return PEOPLE[role][0]
    if "@" not in role:
        raise AssertionError(f"“{role}” is no role: use one of {', '.join(PEOPLE)}, or somebody's e-mail address.")
    return role


def person_of(role: str) -> Person:
    """Return whoever has a role; an address that nobody has yet becomes a new person without any rights."""
    address = address_of(role)
    person = find_person(address)
    return person or create_person(address, address.partition("@")[0].replace(".", " ").title())


def viewer_of(role: str, area: Area) -> Viewer:
    """Return whoever has a role as a viewer in an area."""
    person = person_of(role)
    grants = sa.select(DeskGrant.desk_id, DeskGrant.role).where(DeskGrant.person_id == person.id)
    roles = dict(db.session.execute(grants).all())
    return Viewer(person.id, area, roles, person.administrator, person.auditor)


def signed_in(app: Flask, role: str) -> FlaskClient:
    """Return a browser in which somebody is signed in.

    :param role: of :data:`PEOPLE`, or an e-mail address.
    """
    client = app.test_client()
    with app.app_context():
        token = begin_session(person_of(role))
    with client.session_transaction() as session:
        session["_user_id"] = token
    return client


def program(app: Flask, role: str) -> FlaskClient:
    """Return a client that sends an API token of somebody with every request."""
    client = app.test_client()
    with app.app_context():
        secret = make_token(person_of(role), "tests").token
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    return client


def _known(email: str) -> Person:
    person = find_person(email)
    assert person is not None
    return person
