"""The address of a list: the text of its query, how it is sorted and shown, and back to an address.

The text is the one truth: chips, result and address are made of its terms. Addresses from before it, and the short
names of the built-in queues, are translated into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import g, url_for

from deskcore.hooks.contributions import PRIORITIES, STATUS_CATEGORIES
from deskcore.people.services import find_person
from deskcore.runtime import runtime
from deskcore.tickets import due
from deskcore.tickets.queries import PAGE_SIZES, SORTS, TicketQuery
from deskcore.tickets.query_language import Bad, Item, Known, Term, is_own, parse, understand, written
from deskcore.tickets.views import SavedView
from deskcore.web.viewer import time_zone
from deskcore.web.workspace.list_filters import own_filters
from deskcore.web.workspace.mine import my_desks, my_views

#: What still needs somebody.
UNSOLVED = Term("is", ("unsolved",))
#: What the reader has put off, and everything else.
SNOOZED = Term("is", ("snoozed",))
NOT_SNOOZED = replace(SNOOZED, negated=True)
#: The built-in queues, and what each asks for; among all open ones are those that were put off.
QUEUES: Mapping[str, tuple[Term, ...]] = {
    "mine": (UNSOLVED, Term("assignee", ("me",)), NOT_SNOOZED),
    "unassigned": (UNSOLVED, Term("assignee", ("none",)), NOT_SNOOZED),
    "due": (UNSOLVED, Term("due", ("soon",)), NOT_SNOOZED),
    "waiting": (Term("status", ("waiting_requester",)), NOT_SNOOZED),
    "open": (UNSOLVED,),
    "snoozed": (UNSOLVED, SNOOZED),
    "finished": (Term("is", ("solved",)),),
    "all": (),
}
#: Core columns that a list may have besides box and subject, in their order.
COLUMNS = ("priority", "requester", "status", "due", "assignee", "desk", "service", "created", "updated")
#: An address longer than this is not carried by every row of its list.
_MAX_CARRIED = 400
_MAX_COLUMNS = 16
#: Columns beside which, on a screen of 1366 pixels, there is still room for tags and the beginning of the description.
_MOST_ROOMY = 7
_LIMIT = 25


def list_address() -> str:
    """Return the address of the lists without parameters, asked once a request."""
    if "list_address" not in g:
        g.list_address = url_for("workspace.queue")
    return str(g.list_address)


@dataclass(frozen=True)
class ListState:
    """What a list shows.

    :param items: the terms of its text, and what of the text means nothing.
    :param strange: the values that name nothing, by the place of their term in ``items``.
    :param view: the saved view that was opened, if any; the text may have been changed since.
    :param columns: names of the columns that were chosen; none for the list's own choice.
    :param ignored: pairs of parameter and value that were not understood.
    """

    items: tuple[Item, ...]
    query: TicketQuery
    strange: Mapping[int, tuple[str, ...]]
    view: SavedView | None = None
    columns: tuple[str, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The text of the query, as it stands in the box, in the address and in a saved view."""
        return written(self.items)

    @property
    def queue(self) -> str:
        """The built-in queue that this is, or ``""``."""
        return next((name for name, terms in QUEUES.items() if terms == self.items), "")

    @property
    def base(self) -> str:
        """The built-in queue that this narrows: the one with the most terms among those of the text."""
        inside = (name for name, terms in QUEUES.items() if {*terms} - {NOT_SNOOZED} <= set(self.items))
        return max(inside, key=lambda name: len(QUEUES[name]))

    @property
    def desk(self) -> str:
        """Key of the desk whose open tickets these are, or ``""``."""
        if len(self.items) == 2 and self.items[0] == UNSOLVED and isinstance(self.items[1], Term):
            term = self.items[1]
            if term.key == "desk" and len(term.values) == 1 and not term.negated:
                return term.values[0]
        return ""

    @property
    def place(self) -> str:
        """Which entry of the side list this is: ``view …``, ``desk …`` or ``queue …``."""
        if self.view is not None:
            return f"view {self.view.key}"
        return f"desk {self.desk}" if self.desk else f"queue {self.base}"

    def narrows(self, place: int) -> bool:
        """Whether the term at this place among the items narrows the list."""
        item = self.items[place]
        known = not isinstance(item, Bad) and len(self.strange.get(place, ())) < len(item.values)
        return known or (isinstance(item, Term) and item.key == "desk")

    @property
    def narrowed(self) -> bool:
        """Whether it is anything but a built-in queue."""
        return not self.queue

    @property
    def changed(self) -> bool:
        """Whether the saved view that was opened is not shown as it was saved."""
        return self.view is not None and self.saved != self.view.shown

    @property
    def crowded(self) -> bool:
        """Whether so many columns were chosen that little room is left for the subject and what stands below it."""
        return len(self.columns) > _MOST_ROOMY

    @property
    def saved(self) -> tuple[str, str, tuple[str, ...], int]:
        """What a saved view keeps of this: text, order, columns and length of a page."""
        return self.text, self.query.sort, self.columns, self.query.limit

    def parameters(self) -> dict[str, Any]:
        """Return what the address of this list says, each part only where it differs from what would be so anyway."""
        text, sort, columns, limit = self.saved
        if self.view is not None:
            before = self.view.shown
            found: dict[str, Any] = {"view": self.view.key} | ({"q": text} if text != before[0] else {})
        else:
            before = ("", default_sort(self.items), (), _LIMIT)
            found = {"queue": self.queue} if self.queue else {"q": text}
        shown = {"sort": sort, "columns": ",".join(columns) or "-", "limit": limit}
        usual = {"sort": before[1], "columns": ",".join(before[2]) or "-", "limit": before[3]}
        return found | {name: value for name, value in shown.items() if value != usual[name]}

    def url(self, items: Iterable[Item] | None = None, **changes: Any) -> str:
        """Return the address of this list with other terms, another ``sort``, ``limit``, ``columns`` or place."""
        place = {name: changes.pop(name) for name in ("after", "before") if name in changes}
        sort, limit = changes.get("sort"), changes.get("limit")
        now = self if items is None else self._with_items(tuple(items))
        query = replace(now.query, **{k: v for k, v in (("sort", sort), ("limit", limit)) if v})
        wanted = replace(now, query=query, columns=changes.get("columns", now.columns))
        # Built by hand: a page has dozens of these addresses.
        return f"{list_address()}?{urlencode(wanted.parameters() | place, safe=':,')}"

    def _with_items(self, items: tuple[Item, ...]) -> ListState:
        """Return this list with other terms; an order that nobody chose is the other one's own."""
        usual = self.view is None and self.query.sort == default_sort(self.items)
        query = replace(self.query, sort=default_sort(items)) if usual else self.query
        return replace(self, items=items, query=query)

    def without(self, place: int) -> str:
        """Return the address of this list without one of its terms."""
        return self.url(item for at, item in enumerate(self.items) if at != place)

    def with_more(self, terms: Iterable[Item]) -> str:
        """Return the address of this list with further terms."""
        # Before a quotation without an end, which would swallow it.
        open_ended = [item for item in self.items if isinstance(item, Bad) and item.reason == "quote"]
        others = [item for item in self.items if item not in open_ended]
        return self.url((*others, *terms, *open_ended))

    @property
    def carried(self) -> dict[str, Any]:
        """What the address of a ticket says of the list that it was opened from."""
        found = {name: value for name, value in self.parameters().items() if name not in ("limit", "columns")}
        return found if len(str(found)) <= _MAX_CARRIED else {}


def default_sort(items: Sequence[Item]) -> str:
    """Return the order in which a list opens: nearest due time first where work waits and somebody keeps such times."""
    about_time = any(isinstance(item, Term) and item.key == "due" and not item.negated for item in items)
    return "due" if about_time or (UNSOLVED in items and due.are_kept()) else "-updated"


def known(items: Sequence[Item]) -> Known:
    """Return what the signed-in person can name; services and teams only where a term asks for them."""
    desks = my_desks()
    keys = {item.key for item in items if isinstance(item, Term)}
    services: dict[str, tuple[int, ...]] = {}
    mine = {desk.id for desk in desks}
    for entry in runtime().catalogue.types.values() if "service" in keys else ():
        if entry.desk.id in mine:
            titles = entry.type.title.en.lower(), entry.type.title.pl.lower()
            for name in dict.fromkeys((entry.slug, entry.type.key, *titles)):
                services[name] = (*services.get(name, ()), entry.id)
    teams: dict[str, tuple[int, ...]] = {}
    for team in (team for desk in desks for team in desk.teams):
        teams[team.key] = (*teams.get(team.key, ()), team.id)
    statuses = frozenset(status.key for desk in desks for status in desk.worn)
    own = {name: each.filter for name, each in own_filters().items()} if any(map(is_own, keys)) else {}
    return Known({desk.key: desk.id for desk in desks}, statuses, services, teams, own)


def view_query(view: SavedView) -> TicketQuery:
    """Return what a saved view asks for."""
    items = parse(view.query)
    return TicketQuery(queue="all", wanted=understand(items, known(items)).wanted, zone=time_zone().key)


def read_list(args: Mapping[str, str]) -> ListState:
    """Read the address of a list; what it does not understand is reported and left out."""
    ignored: list[tuple[str, str]] = []
    view = _view(args, ignored)
    if "q" in args and set(args).isdisjoint(("queue", "desk", "category", "priority", "tag", "requester")):
        items = parse(args["q"])
    else:
        items = parse(view.query) if view is not None else _translated(args, ignored)
    before = view.shown if view is not None else ("", default_sort(items), (), _LIMIT)
    sort = _one_of(args, "sort", [sign + name for name in SORTS for sign in ("", "-")], ignored) or before[1]
    limit = int(_one_of(args, "limit", [str(size) for size in PAGE_SIZES], ignored) or before[3])
    given = args["columns"].split(",")[:_MAX_COLUMNS] if "columns" in args else before[2]
    meaning = understand(items, known(items))
    after, place = args.get("after", ""), args.get("before", "")
    query = TicketQuery(queue="all", wanted=meaning.wanted, zone=time_zone().key, sort=sort, limit=limit)
    query = replace(query, after=after, before="" if after else place)
    columns = tuple(name[:60] for name in given if name.strip("-"))
    return ListState(items, query, meaning.strange, view, columns, tuple(ignored))


def _view(args: Mapping[str, str], ignored: list[tuple[str, str]]) -> SavedView | None:
    key = args.get("view", "")
    view = next((view for view in my_views() if view.key == key), None)
    if key and view is None:
        ignored.append(("view", key[:60]))
    return view


def _one_of(args: Mapping[str, str], name: str, values: Iterable[str], ignored: list[tuple[str, str]]) -> str:
    value = args.get(name, "")
    if not value or value in values:
        return value
    ignored.append((name, value[:60]))
    return ""


def _translated(args: Mapping[str, str], ignored: list[tuple[str, str]]) -> tuple[Item, ...]:
    """Return the terms of an address that names a queue, and of those from before there was a text."""
    queue = _one_of(args, "queue", QUEUES, ignored)
    items: list[Item] = list(QUEUES[queue or "open"])
    known_values: Mapping[str, tuple[str, Iterable[str]]] = {
        "desk": ("desk", {desk.key for desk in my_desks()}),
        "category": ("status", STATUS_CATEGORIES),
        "priority": ("priority", PRIORITIES),
    }
    for name, (key, values) in known_values.items():
        if value := _one_of(args, name, values, ignored):
            items.append(Term(key, (value,)))
    if tag := " ".join(args.get("tag", "").split())[:60]:
        items.extend(parse(str(Term("tag", (tag.lower(),)))))
    if email := args.get("requester", ""):
        person = find_person(email)
        items.extend(parse(str(Term("requester", (person.email,)))) if person else ())
        if person is None:
            ignored.append(("requester", email[:60]))
    return (*items, *parse(args.get("q", "")))


def bad_items(state: ListState) -> list[Bad]:
    """Return what of the text means nothing."""
    return [item for item in state.items if isinstance(item, Bad)]
