"""Rights as a matrix: who is administrator or auditor, and who works on which desk as what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.desks.administration import changing_desks
from deskcore.desks.models import DeskRow, PluginDesk
from deskcore.errors import NotAllowed, NotFound, Problem, Refused
from deskcore.extensions import db
from deskcore.fingerprints import check_unchanged
from deskcore.people.locks import lock_person
from deskcore.people.models import DeskGrant, Person
from deskcore.people.services import find_person, get_person, grant, revoke, set_rights
from deskcore.runtime import runtime
from deskcore.viewer import current_viewer
from deskcore.work import unit_of_work

ROLES = ("", "agent", "lead")


def read_rights(person: Person) -> dict[str, Any]:
    """Return ``{"administrator", "auditor", "desks": {key: role}}`` of somebody."""
    row = db.session.get_one(Person, person.id, populate_existing=True)
    wanted = select(DeskRow.key, DeskGrant.role).join(DeskGrant, DeskGrant.desk_id == DeskRow.id)
    held = db.session.execute(wanted.where(DeskGrant.person_id == person.id))
    return {"administrator": row.administrator, "auditor": row.auditor, "desks": dict(held.all())}


def may_grant(desk: DeskRow) -> bool:
    """Tell whether the present viewer gives rights on a desk: its lead, and an administrator unless it is confidential.

    What is confidential stays so to administrators only while they cannot let themselves in.
    """
    viewer = current_viewer()
    leads = viewer.area == "system" or viewer.desk_roles.get(desk.id) == "lead"
    return leads or (viewer.administrator and not desk.confidential)


def change_rights(email: str, wanted: Mapping[str, Any], seen: str) -> None:
    """Store somebody's rights as a whole.

    :param wanted: like :func:`read_rights`; a desk that is missing stays as it is, ``""`` takes somebody off it.
    :param seen: fingerprint of the rights that the form showed.
    :raises NotAllowed: when a right on a confidential desk would change.
    :raises Refused: when nobody would be an administrator any more.
    :raises Conflict: when somebody changed them meanwhile.
    """
    with unit_of_work() as session:
        person = lock_person(session, get_person(email).id)
        held = read_rights(person)
        check_unchanged(held, seen, _("Somebody changed these rights meanwhile."))
        changed = {key: role for key, role in sorted(wanted["desks"].items()) if role != held["desks"].get(key, "")}
        desks = [(_desk(key), role) for key, role in changed.items()]
        # Whatever has to be locked is, before the log is, and in one order.
        for desk, role in desks:
            _check_role(person, desk, role)
        for desk, role in desks:
            _set_role(person, desk, role)
        rights = {key: bool(wanted[key]) for key in ("administrator", "auditor")}
        set_rights(person, **{key: value for key, value in rights.items() if value != held[key]})


def change_member(desk_key: str, email: str, role: str, seen: str) -> None:
    """Give somebody a role on a desk, or take the person off it.

    :param role: ``agent``, ``lead`` or ``""``.
    :param seen: the role that the form showed.
    :raises Conflict: when somebody changed it meanwhile.
    """
    with unit_of_work() as session:
        desk, found = _desk(desk_key), find_person(email)
        person = lock_person(session, found.id) if found else None
        if person is None or not person.active:
            raise Refused(Problem(_("We know nobody with this address who has access"), "email"))
        held = read_rights(person)["desks"].get(desk_key, "")
        check_unchanged(held, seen, _("Somebody changed this right meanwhile."))
        if held != role:
            _check_role(person, desk, role)
            _set_role(person, desk, role)


def members(desk: DeskRow) -> Sequence[tuple[Person, str]]:
    """Return who works on a desk and as what, leads first."""
    wanted = select(Person, DeskGrant.role).join(DeskGrant, DeskGrant.person_id == Person.id)
    rows = db.session.execute(wanted.where(DeskGrant.desk_id == desk.id).order_by(DeskGrant.role.desc(), Person.name))
    return [(person, role) for person, role in rows]


def plugins_on(desk: DeskRow) -> list[tuple[str, bool]]:
    """Return the plugins that work on every desk, and whether they were given this one, which is confidential."""
    given = set(db.session.scalars(select(PluginDesk.plugin).where(PluginDesk.desk_id == desk.id)))
    return [(name, name in given) for name in sorted(runtime().plugins.everywhere)]


def give_to_plugin(desk_key: str, plugin: str, *, given: bool) -> None:
    """Let a plugin that works on every desk work on a confidential one too, or no longer.

    :raises NotAllowed: for anybody but the desk's lead.
    :raises NotFound: when there is no such plugin, or the desk is not confidential.
    """
    with changing_desks() as session:
        desk = _desk(desk_key)
        if not desk.confidential or plugin not in runtime().plugins.everywhere:
            raise NotFound(_("There is no such plugin."))
        if not may_grant(desk):
            raise NotAllowed(_("Who works on a confidential desk is decided by its lead."))
        row = session.get(PluginDesk, (plugin, desk.id))
        if given and row is None:
            session.add(PluginDesk(plugin=plugin, desk_id=desk.id))
        elif row is not None and not given:
            session.delete(row)


def confidential_desks_of(person: Person) -> list[str]:
    """Return the keys of the confidential desks somebody works on and the present viewer does not lead.

    Whoever signs in as that person, or holds a token of theirs, reads what the viewer must not.
    """
    held = select(DeskRow).join(DeskGrant, DeskGrant.desk_id == DeskRow.id)
    rows = db.session.scalars(held.where(DeskGrant.person_id == person.id, DeskRow.confidential))
    return sorted(row.key for row in rows if not may_grant(row))


def _check_role(person: Person, desk: DeskRow, role: str) -> None:
    if role not in ROLES:
        raise Refused(_("Choose a role: agent or lead."))
    if not may_grant(desk):
        raise NotAllowed(_("Who works on a confidential desk is decided by its lead."))
    if desk.confidential and role != "lead":
        _keep_a_lead(person, desk)


def _set_role(person: Person, desk: DeskRow, role: str) -> None:
    if role:
        grant(person, desk.key, role)
    else:
        revoke(person, desk.key)


def _keep_a_lead(person: Person, desk: DeskRow) -> None:
    leads = select(DeskGrant.person_id).where(DeskGrant.desk_id == desk.id, DeskGrant.role == "lead")
    if db.session.scalars(leads.order_by(DeskGrant.person_id).with_for_update()).all() == [person.id]:
        raise Refused(_("A confidential desk keeps a lead: make somebody else one first."))


def _desk(key: str) -> DeskRow:
    found = db.session.scalar(select(DeskRow).where(DeskRow.key == key))
    if found is None:
        raise NotFound(_("There is no such desk."))
    return found
