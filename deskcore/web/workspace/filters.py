"""The address of a list: what it asks for, as a query, as chips, and back to an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import g, url_for
from flask_babel import gettext as _

from deskcore.hooks.contributions import PRIORITIES, STATUS_CATEGORIES
from deskcore.people.services import find_person
from deskcore.tickets.queries import PAGE_SIZES, SORTS, TicketQuery
from deskcore.web.viewer import language
from deskcore.web.vocabulary import priority_look, status_look
from deskcore.web.workspace.area import my_desks

#: The queues an address may name.
QUEUES = ("mine", "unassigned", "due", "waiting", "open", "finished", "all")
#: Parameters that narrow a queue, in the order of their chips.
NARROWING = ("desk", "category", "priority", "tag", "requester", "q")
_MAX_WORDS = 200
_DEFAULTS = {"queue": "open", "limit": "25"}


def list_address() -> str:
    """Return the address of the lists without parameters, asked once a request."""
    if "list_address" not in g:
        g.list_address = url_for("workspace.queue")
    return str(g.list_address)


@dataclass(frozen=True)
class Chip:
    """A filter that is set, and the address of the list without it."""

    label: str
    remove_url: str


@dataclass(frozen=True)
class ListState:
    """What a list shows.

    :param given: the parameters that were understood, in their canonical form, without the place in the list.
    :param ignored: pairs of parameter and value that were not.
    """

    query: TicketQuery
    given: Mapping[str, str]
    ignored: tuple[tuple[str, str], ...]

    def url(self, **changes: str | int | None) -> str:
        """Return the address of this list with changes; ``None`` or ``""`` takes a parameter away."""
        wanted: dict[str, Any] = {**self.given, **changes}
        kept = {name: value for name, value in wanted.items() if value and _DEFAULTS.get(name) != str(value)}
        kept.setdefault("queue", wanted.get("queue") or "open")
        # Built by hand: a page has dozens of these addresses.
        return f"{list_address()}?{urlencode(kept)}"

    @property
    def narrowed(self) -> bool:
        """Whether anything narrows the queue."""
        return any(name in self.given for name in NARROWING)


def default_sort(queue: str) -> str:
    """Return the order in which a queue opens: nearest due time first where that is the point of the queue."""
    return "due" if queue == "due" else "-updated"


def read_list(args: Mapping[str, str]) -> ListState:
    """Read the address of a list; what it does not understand is reported and left out."""
    given: dict[str, str] = {}
    ignored: list[tuple[str, str]] = []
    desks = {desk.key: desk.id for desk in my_desks()}
    allowed: Mapping[str, Any] = {
        "queue": QUEUES,
        "desk": desks,
        "category": STATUS_CATEGORIES,
        "priority": PRIORITIES,
        "sort": [sign + name for name in SORTS for sign in ("", "-")],
        "limit": [str(size) for size in PAGE_SIZES],
    }
    for name, values in allowed.items():
        value = args.get(name, "")
        if value in values:
            given[name] = value
        elif value:
            ignored.append((name, value[:60]))
    for name in ("tag", "q"):
        words = " ".join(args.get(name, "").replace("\0", "").split())[:_MAX_WORDS]
        if words:
            given[name] = words.lower() if name == "tag" else words
    requester_id = _requester(args.get("requester", ""), given, ignored)
    query = _query(given, desks.get(given.get("desk", "")), requester_id)
    after, before = args.get("after", ""), args.get("before", "")
    return ListState(replace(query, after=after, before="" if after else before), given, tuple(ignored))


def _requester(email: str, given: dict[str, str], ignored: list[tuple[str, str]]) -> int | None:
    if not email:
        return None
    person = find_person(email)
    if person is None:
        ignored.append(("requester", email[:60]))
        return None
    given["requester"] = person.email
    return person.id


def _query(given: Mapping[str, str], desk_id: int | None, requester_id: int | None) -> TicketQuery:
    queue = given.get("queue", "open")
    return TicketQuery(
        queue=queue,
        desk_id=desk_id,
        category=given.get("category", ""),
        priority=PRIORITIES.index(given["priority"]) + 1 if "priority" in given else None,
        tag=given.get("tag", ""),
        requester_id=requester_id,
        text=given.get("q", ""),
        sort=given.get("sort") or default_sort(queue),
        limit=int(given.get("limit", "25")),
    )


def chips(state: ListState) -> list[Chip]:
    """Return the filters that are set, each with the address that takes it away."""
    narrowing = [name for name in NARROWING if name in state.given]
    return [Chip(_label(name, state.given[name]), state.url(**{name: None})) for name in narrowing]


def _label(name: str, value: str) -> str:
    if name == "desk":
        titles = {desk.key: desk.title.in_language(language()) for desk in my_desks()}
        return _("Desk: %(desk)s", desk=titles[value])
    if name == "category":
        return _("Status: %(status)s", status=status_look(value).word)
    if name == "priority":
        return _("Priority: %(priority)s", priority=priority_look(value).word)
    if name == "tag":
        return _("Tag: %(tag)s", tag=value)
    if name == "requester":
        return _("Requester: %(person)s", person=value)
    return _("Words: “%(words)s”", words=value)
