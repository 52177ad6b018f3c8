"""The people of the organisation as plugins see them: who there is, who leads whom, who works where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import joinedload

from deskcore import audit
from deskcore.errors import DeskcoreError, NotAllowed
from deskcore.extensions import db
from deskcore.hooks.contributions import Team, Text
from deskcore.people.addresses import known_as
from deskcore.people.models import Department, DeskGrant, FormerAddress, Location, Person, TeamMember
from deskcore.runtime import runtime
from deskcore.tickets.loading import person_view, ticket_view, with_people
from deskcore.tickets.models import Ticket
from deskcore.tickets.snapshots import PersonView, TicketView, ViewerView
from deskcore.viewer import Viewer

#: So many levels of managers are looked at.
_HIGHEST = 50


class People:
    """The people who have an account; those who left are not among them."""

    def asking(self) -> ViewerView:
        """Return whoever asks for the page.

        :raises NotAllowed: when no person does.
        """
        viewer: Viewer | None = db.session().info.get("viewer")
        person = db.session.get(Person, viewer.person_id) if viewer is not None and viewer.person_id else None
        if viewer is None or person is None:
            raise NotAllowed(_("Sign in first."))
        locale = get_locale()
        keys = {desk.id: desk.key for desk in runtime().catalogue.desks.values()}
        desks = {keys[desk]: role for desk, role in viewer.desk_roles.items() if desk in keys}
        language = locale.language if locale is not None else "en"
        return ViewerView(person.email, person.name, viewer.area, language, desks, viewer.administrator)

    def get(self, email: str) -> PersonView | None:
        """Return the person who has an address now, or had it before; nothing for nobody, and for one who left."""
        known = _known(email)
        return next(iter(self._views(Person.id == known.id)), None) if known is not None else None

    def addresses_of(self, email: str) -> list[str]:
        """Return every address that somebody has or had, the present one first; what is nobody's, alone."""
        mine = select(Person.email, FormerAddress.address).outerjoin(
            FormerAddress, FormerAddress.person_id == Person.id
        )
        found = db.session.execute(mine.where(Person.email == email).order_by(FormerAddress.until.desc())).all()
        if found:
            return [email, *(row.address for row in found if row.address)]
        known = _known(email)
        return self.addresses_of(known.email) if known is not None else [email]

    def named(self, emails: Iterable[str]) -> dict[str, PersonView]:
        """Return those of these people who have an account, by their present address, in one statement."""
        return {view.email: view for view in self._views(Person.email.in_(sorted(set(emails))))}

    def manager_of(self, email: str) -> PersonView | None:
        """Return the nearest manager above somebody who has an account; nothing for whoever has none."""
        person, seen = _known(email), set[int]()
        while person is not None and person.manager_id is not None and len(seen) < _HIGHEST:
            if person.manager_id in seen:
                return None
            seen.add(person.manager_id)
            person = db.session.get(Person, person.manager_id)
            if person is not None and person.active:
                return self.get(person.email)
        return None

    def desks(self) -> dict[str, Text]:
        """Return what the desks are called, by key, in their order."""
        found = sorted(runtime().catalogue.desks.values(), key=lambda desk: (desk.position, desk.key))
        return {desk.key: desk.title for desk in found}

    def is_confidential(self, desk: str) -> bool:
        """Tell whether a desk keeps even the number of its tickets to itself, as one does that is not there."""
        entry = runtime().catalogue.desks.get(desk)
        return entry is None or entry.confidential

    def teams(self, desk: str) -> tuple[Team, ...]:
        """Return the teams of a desk, the first tier first; none of a desk that is not there."""
        entry = runtime().catalogue.desks.get(desk)
        teams = sorted(entry.teams, key=lambda team: (team.tier, team.key)) if entry else ()
        return tuple(Team(team.key, team.title, team.tier) for team in teams)

    def services(self, desk: str) -> dict[str, Text]:
        """Return what can be asked of a desk: the titles of its request types, by key."""
        types = runtime().catalogue.types.values()
        return {entry.type.key: entry.type.title for entry in types if entry.desk.key == desk}

    def departments(self) -> list[str]:
        """Return the names of the departments, in order."""
        return list(db.session.scalars(select(Department.name).order_by(Department.name)))

    def locations(self) -> list[str]:
        """Return the names of the places where people work, in order."""
        return list(db.session.scalars(select(Location.name).order_by(Location.name)))

    @property
    def time_zone(self) -> str:
        """By whose clock people live who name none: that of the organisation."""
        return runtime().config.time_zone

    @property
    def organisation(self) -> str:
        """What the organisation calls itself."""
        look = runtime().look
        return (look.organisation if look else "") or runtime().config.organisation

    def web_address(self, path: str) -> str:
        """Return the whole address of a page, with the name of the server, for messages.

        :param path: it begins with a slash.
        """
        return runtime().config.base_url.rstrip("/") + path

    def record_change(self, plugin: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> None:
        """Write into the audit log that whoever asks changed something of a plugin; last in the unit of work.

        :param plugin: its name.
        :param before: of what changed only, by names that an auditor understands; nothing for what is new. ``after``
            likewise; nothing for what is gone.
        """
        audit.record(db.session(), "plugin.changed", audit.Subject("plugin", plugin), before, after)

    def on_desk(self, desk: str, role: str) -> list[PersonView]:
        """Return who has a role on a desk, ``agent`` or ``lead``, by name."""
        entry = runtime().catalogue.desks.get(desk)
        if entry is None:
            return []
        holds = select(DeskGrant.person_id).where(DeskGrant.desk_id == entry.id, DeskGrant.role == role)
        return self._views(Person.id.in_(holds))

    def in_team(self, desk: str, team: str) -> list[PersonView]:
        """Return who is in a team of a desk, by name."""
        entry = runtime().catalogue.desks.get(desk)
        found = entry.team(team) if entry else None
        if found is None:
            return []
        return self._views(Person.id.in_(select(TeamMember.person_id).where(TeamMember.team_id == found.id)))

    def requests_of(
        self, email: str, desk: str, request_type: str, since: datetime, until: datetime
    ) -> list[TicketView]:
        """Return what somebody asked for of one kind in a time, oldest first, as far as whoever asks sees it."""
        known, entry = _known(email), runtime().catalogue.types.get((desk, request_type))
        if known is None or entry is None:
            return []
        wanted = with_people(select(Ticket).where(Ticket.requester_id == known.id, Ticket.request_type_id == entry.id))
        wanted = wanted.where(Ticket.created_at.between(since, until)).order_by(Ticket.created_at, Ticket.id)
        return [ticket_view(ticket) for ticket in db.session.scalars(wanted)]

    def _views(self, condition: ColumnElement[bool]) -> list[PersonView]:
        return [person_view(person) for person in db.session.scalars(_WHOLE.where(condition))]


def _known(email: str) -> Person | None:
    try:
        return known_as(email)
    except DeskcoreError:
        return None


_WHOLE: Select[Person] = (
    select(Person)
    .where(Person.active)
    .options(joinedload(Person.department), joinedload(Person.location), joinedload(Person.manager))
    .order_by(Person.name, Person.email)
)
#: The only one.
people = People()
