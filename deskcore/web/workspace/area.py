"""The workspace's blueprint, its side list, and who works in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from deskcore.desks.permissions import is_offered
from deskcore.runtime import runtime
from deskcore.tickets.lists import COUNT_CAP, count_tickets
from deskcore.tickets.queries import TicketQuery
from deskcore.tickets.query_language import NOT_SNOOZED, Wanted
from deskcore.tickets.services.emergency import waiting
from deskcore.tickets.snapshots import ViewerView
from deskcore.viewer import current_viewer
from deskcore.web.bar import BarEntries
from deskcore.web.commands import VIEWS
from deskcore.web.route_classes import classify
from deskcore.web.templating import page_url
from deskcore.web.viewer import current_person, desk_roles, language
from deskcore.web.workspace.filters import view_query
from deskcore.web.workspace.mine import my_desks, my_views

blueprint = Blueprint("workspace", __name__, url_prefix="/agent")
classify(blueprint, "workspace")

#: The queues that everybody has: icon, and the keys that lead there.
BUILT_IN: Mapping[str, tuple[str, str]] = {
    "mine": ("user", "g m"),
    "unassigned": ("inbox", "g u"),
    "due": ("hourglass", "g d"),
    "waiting": ("reply", "g w"),
    "open": ("list", "g a"),
    "snoozed": ("clock", "g s"),
}
#: What the counted queues leave out: what the agent has put off. One of them is just that.
_NARROWED: Mapping[str, tuple[str, tuple[Wanted, ...]]] = {
    **{name: (name, (NOT_SNOOZED,)) for name in ("mine", "unassigned", "due", "waiting")},
    "open": ("open", ()),
    "snoozed": ("open", (replace(NOT_SNOOZED, negated=False),)),
}


@dataclass(frozen=True)
class Item:
    """A labelled link of the side list, of tabs or of breadcrumbs.

    :param count: shown behind the label; ``None`` for no count.
    :param hot: the count asks for attention.
    :param shortcut: two keys that lead there, such as ``g m``.
    """

    label: str
    url: str = ""
    icon: str = ""
    current: bool = False
    count: str | None = None
    hot: bool = False
    shortcut: str = ""


_TITLES: Mapping[str, LazyString] = {
    "mine": _l("My tickets"),
    "unassigned": _l("Unassigned"),
    "due": _l("Due soon"),
    "waiting": _l("Waiting for requester"),
    "open": _l("All open"),
    "snoozed": _l("Put off"),
    "finished": _l("Finished"),
    "all": _l("All tickets"),
}


def queue_title(queue: str) -> str:
    """Return the name of a queue."""
    return str(_TITLES[queue])


def capped(count: int) -> str:
    """Return a count as people read it: exact up to a thousand, then ``1000+``."""
    return f"{COUNT_CAP}+" if count > COUNT_CAP else str(count)


def form_key() -> str:
    """Return a fresh idempotency key: one per rendered form."""
    return uuid4().hex


def viewer_view() -> ViewerView:
    """Return the signed-in agent as plugins see one."""
    person, roles = current_person(), desk_roles()
    desks = {desk.key: roles[desk.id] for desk in my_desks()}
    return ViewerView(person.email, person.name, "workspace", language(), desks, person.administrator)


def show(template: str, here: str = "", counted: Mapping[str, TicketQuery] | None = None, **context: Any) -> str:
    """Render a page of the workspace; all its counts come from one statement.

    :param here: the list that the page is about, for the mark in the side list: ``queue mine``, ``desk it``,
        ``view …``.
    :param counted: further lists to count; the page finds the numbers in ``counts``.
    """
    numbers = _count(counted or {})
    context["counts"] = {name: numbers[name] for name in counted or ()}
    context["capped"] = capped
    lists = {
        "queues": _queues(numbers, here),
        "desks_nav": _desks(numbers, here),
        "views": _views(numbers, here),
        "nav": _links(),
    }
    return render_template(template, **lists, **context)


def _count(more: Mapping[str, TicketQuery]) -> dict[str, int]:
    wanted = {f"queue {name}": TicketQuery(queue=queue, wanted=more) for name, (queue, more) in _NARROWED.items()}
    wanted |= {f"desk {desk.key}": TicketQuery(desk_id=desk.id) for desk in my_desks()}
    wanted |= {f"view {view.key}": query for view in my_views()[:VIEWS] if _is_quick(query := view_query(view))}
    return count_tickets({**wanted, **more}, current_person().id)


def _is_quick(query: TicketQuery) -> bool:
    """Tell whether a list can be counted on every page: words are looked for in every ticket."""
    return all(wanted.key not in ("text", "requester", "assignee") or _is_self(wanted) for wanted in query.wanted)


def _is_self(wanted: Wanted) -> bool:
    return wanted.key != "text" and all(value in ("me", "none") or "@" in value for value in wanted.values)


def _queues(numbers: Mapping[str, int], here: str) -> list[Item]:
    today = Item(_("My day"), url_for("workspace.home"), "home", current=here == "my day", shortcut="g h")
    return [today] + [
        Item(
            queue_title(name),
            url_for("workspace.queue", queue=name),
            icon,
            current=here == f"queue {name}",
            count=capped(numbers[f"queue {name}"]),
            hot=name == "due" and numbers["queue due"] > 0,
            shortcut=keys,
        )
        for name, (icon, keys) in BUILT_IN.items()
        if name != "snoozed" or numbers["queue snoozed"] or here == "queue snoozed"
    ]


def _desks(numbers: Mapping[str, int], here: str) -> list[Item]:
    return [
        Item(
            desk.title.in_language(language()),
            url_for("workspace.queue", queue="open", desk=desk.key),
            desk.icon,
            current=here == f"desk {desk.key}",
            count=capped(numbers[f"desk {desk.key}"]),
        )
        for desk in my_desks()
    ]


def _views(numbers: Mapping[str, int], here: str) -> list[Item]:
    """Return the saved views; the first nine have a key."""
    found = []
    for place, view in enumerate(my_views(), 1):
        count = numbers.get(f"view {view.key}")
        item = Item(
            view.name,
            url_for("workspace.queue", view=view.key),
            "bookmark",
            current=here == f"view {view.key}",
            count=None if count is None else capped(count),
            shortcut=f"v {place}" if place <= VIEWS else "",
        )
        found.append(item)
    if found:
        found.append(Item(_("All views"), url_for("workspace.views"), "list", current=here == "views"))
    return found


def _links() -> list[Item]:
    """Return the entries of plugins, and the way to the administration for those who may go there."""
    offered = (item.value for item in runtime().plugins.nav_items)
    entries = [entry for entry in offered if entry.area == "workspace" and not entry.in_bar]
    links = [
        Item(entry.label.in_language(language()), url, entry.icon, request.endpoint == entry.endpoint)
        for entry in entries
        if is_offered(entry.permission) and (url := page_url(entry.endpoint))
    ]
    here = (request.endpoint or "").startswith("reports.")
    links.append(Item(_("Reports"), url_for("reports.home"), "chart", here))
    links.append(Item(_("People"), url_for("workspace.people"), "users", request.endpoint == "workspace.people"))
    if "lead" in desk_roles().values():
        members = url_for("workspace.members")
        links.append(Item(_("Who works here"), members, "users", request.endpoint == "workspace.members"))
        board = url_for("workspace.board")
        links.append(Item(_("Who has what"), board, "columns", request.endpoint == "workspace.board"))
    links.append(_emergencies())
    person = current_person()
    if person.administrator and (url := page_url("admin.home")):
        links.append(Item(_("Administration"), url, "gear"))
    elif person.auditor and (url := page_url("audit.entries")):
        links.append(Item(_("Audit log"), url, "shield"))
    return links


def _emergencies() -> Item:
    """Return the way to emergency access; leads and administrators are told how much waits for them."""
    viewer = current_viewer()
    concerned = viewer.administrator or "lead" in viewer.desk_roles.values()
    count = waiting(viewer) if concerned else 0
    return Item(
        _("Emergency access"), url_for("portal.emergency"), "key", count=capped(count) if count else None, hot=count > 0
    )


class SideList:
    """The side list for pages of others in the workspace's frame, made only when a page shows it."""

    def __init__(self, make: Callable[[], Sequence[Item]]) -> None:
        self._make = make
        self._items: Sequence[Item] | None = None

    def __iter__(self) -> Iterator[Item]:
        if self._items is None:
            self._items = self._make()
        return iter(self._items)

    def __bool__(self) -> bool:
        return next(iter(self), None) is not None


@blueprint.app_context_processor
def _side_lists() -> dict[str, Any]:
    """Give pages of plugins the same side list; whoever passes lists of its own is left alone."""
    if not desk_roles():
        return {}
    counted: dict[str, int] = {}

    def numbers() -> Mapping[str, int]:
        if not counted:
            counted.update(_count({}))
        return counted

    return {
        "queues": SideList(lambda: _queues(numbers(), "")),
        "desks_nav": SideList(lambda: _desks(numbers(), "")),
        "views": SideList(lambda: _views(numbers(), "")),
    }


@blueprint.context_processor
def _titles() -> dict[str, Any]:
    bar = BarEntries("workspace", current_person()) if desk_roles() else ()
    return {"area_name": _("Workspace"), "home_url": url_for("workspace.home"), "bar": bar}


def workspace_context() -> dict[str, Any]:
    """Give pages of plugins in the workspace its menu."""
    return _titles() | {"nav": SideList(_links) if desk_roles() else ()}
