"""The catalogue: desks, teams and request types as they are offered now, frozen for one epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from deskcore.desks.hours import Hours
from deskcore.desks.sections import closed_because
from deskcore.errors import NotFound
from deskcore.hooks.contributions import RequestType, Status, Text

#: The standard name of each status category for agents, used where a desk has no statuses of its own.
STANDARD_STATUSES: tuple[Status, ...] = (
    Status("new", "new", Text("New", "Nowe")),
    Status("open", "open", Text("In progress", "W\u00a0toku")),
    Status("waiting_requester", "waiting_requester", Text("Waiting for requester", "Czeka na zgłaszającego")),
    Status("waiting_approval", "waiting_approval", Text("Waiting for approval", "Czeka na akceptację")),
    Status("on_hold", "on_hold", Text("On hold", "Wstrzymane")),
    Status("resolved", "resolved", Text("Resolved", "Rozwiązane")),
    Status("closed", "closed", Text("Closed", "Zamknięte")),
)
#: Categories in which a ticket still needs somebody.
OPEN_CATEGORIES = ("new", "open", "waiting_requester", "waiting_approval", "on_hold")
FINISHED_CATEGORIES = ("resolved", "closed")


@dataclass(frozen=True)
class TeamEntry:
    """A team of a desk with its id in the database."""

    id: int
    key: str
    title: Text
    tier: int


@dataclass(frozen=True)
class DeskEntry:
    """A desk with its id in the database; ``enabled`` is false while its plugin is off.

    :param statuses: that a ticket can be given.
    :param leaving: that are being removed, as long as tickets have them; nobody can choose them any more.
    :param former: that were removed together with what they were called; timelines still name them.
    :param managers_see: managers see what their people ask; ``managers_send``: they may ask in their name.
    :param hours: when it works.
    """

    id: int
    key: str
    prefix: str
    title: Text
    icon: str
    confidential: bool
    enabled: bool
    plugin: str
    statuses: tuple[Status, ...]
    teams: tuple[TeamEntry, ...]
    position: int = 100
    leaving: tuple[Status, ...] = ()
    former: tuple[Status, ...] = ()
    managers_see: bool = False
    managers_send: bool = False
    hours: Hours = field(default_factory=Hours, hash=False)

    @property
    def worn(self) -> tuple[Status, ...]:
        """The statuses that its tickets may have now, those that nobody can choose any more included."""
        return self.statuses + self.leaving

    def status(self, key: str) -> Status:
        """Return a status of this desk.

        :raises NotFound: when the desk has no status ``key``.
        """
        for status in self.statuses:
            if status.key == key:
                return status
        raise NotFound(f"The desk {self.key} has no status “{key}”.")

    def status_of(self, category: str) -> Status:
        """Return the desk's first status in ``category``; every desk has one in each."""
        return next(status for status in self.statuses if status.category == category)

    def team(self, key: str) -> TeamEntry | None:
        """Return the team ``key``, or nothing."""
        return next((team for team in self.teams if team.key == key), None)


@dataclass(frozen=True)
class RequestTypeEntry:
    """A request type as it is offered: the declaration with the administrator's changes over it.

    :param plugin: that declares it; empty for one that was made in the browser.
    :param offered: false while its plugin is off or an administrator closed it.
    :param declaration: the type without the administrator's changes.
    :param revision: rises with every change; 0 as long as none was kept.
    """

    id: int
    form_version_id: int
    desk: DeskEntry
    type: RequestType
    plugin: str
    offered: bool = True
    declaration: RequestType | None = None
    revision: int = 0

    @property
    def shows_managers(self) -> bool:
        """Whether managers see what their people ask with it: never what is confidential or asks for secrets."""
        return self.desk.managers_see and not self._keeps_to_itself

    @property
    def takes_for_others(self) -> bool:
        """Whether managers may ask with it in the name of their people, which its form does not ask by itself."""
        asks_itself = any(field.type == "user" and field.default == "me" for field in self.type.fields)
        return self.desk.managers_send and not self._keeps_to_itself and not asks_itself

    @property
    def _keeps_to_itself(self) -> bool:
        fields = self.type.fields
        sensitive = any(field.sensitive or any(column.sensitive for column in field.columns) for field in fields)
        return self.desk.confidential or sensitive

    @property
    def slug(self) -> str:
        """Its name in portal addresses: ``<desk>-<key>`` with hyphens."""
        return slug_of(self.desk.key, self.type.key)


def slug_of(desk: str, key: str) -> str:
    """Return the name in portal addresses of the request type ``key`` of a desk; two keys may have the same."""
    return f"{desk}-{key}".replace("_", "-")


@dataclass(frozen=True)
class Catalogue:
    """Everything that can be asked for, looked up without touching the database."""

    epoch: int = 0
    desks: Mapping[str, DeskEntry] = field(default_factory=dict)
    types: Mapping[tuple[str, str], RequestTypeEntry] = field(default_factory=dict)

    @cached_property
    def confidential(self) -> frozenset[int]:
        """The ids of the confidential desks."""
        return frozenset(desk.id for desk in self.desks.values() if desk.confidential)

    def desk(self, key: str) -> DeskEntry:
        """Return a desk by its key.

        :raises NotFound: when there is none.
        """
        if key not in self.desks:
            raise NotFound(f"There is no desk “{key}”.")
        return self.desks[key]

    def desk_by_id(self, desk_id: int) -> DeskEntry:
        """Return a desk by its id in the database."""
        return next(desk for desk in self.desks.values() if desk.id == desk_id)

    def team_by_id(self, team_id: int | None) -> TeamEntry | None:
        """Return a team by its id in the database, or nothing."""
        return next((team for desk in self.desks.values() for team in desk.teams if team.id == team_id), None)

    def request_type(self, desk: str, key: str) -> RequestTypeEntry:
        """Return a request type of a desk.

        :raises NotFound: when there is none.
        """
        if (desk, key) not in self.types:
            raise NotFound(f"The desk “{desk}” has no request type “{key}”.")
        return self.types[desk, key]

    def type_by_id(self, request_type_id: int) -> RequestTypeEntry | None:
        """Return a request type by its id in the database, or nothing when its declaration is gone."""
        return next((entry for entry in self.types.values() if entry.id == request_type_id), None)

    def by_slug(self, slug: str) -> RequestTypeEntry:
        """Return an offered request type by its name in portal addresses.

        :raises NotFound: when there is none, or it is not offered now.
        """
        for entry in self.offered():
            if entry.slug == slug:
                return entry
        raise NotFound("There is no such service.")

    def offered(self) -> Iterable[RequestTypeEntry]:
        """Return the request types that can be asked for now, most popular first, then in their own order."""
        entries = (entry for entry in self.types.values() if not closed_because(entry))
        return sorted(entries, key=lambda e: (-e.type.popularity, e.desk.position, e.type.order, e.type.key))
