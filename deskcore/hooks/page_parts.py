"""What a plugin adds to pages and to the API; like all contributions frozen dataclasses, and data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from deskcore.hooks.contributions import Area, Option, PanelRow, Text
from deskcore.hooks.work_parts import StoredValue

if TYPE_CHECKING:
    from flask import Blueprint
    from marshmallow import Schema

    from deskcore.tickets.snapshots import PersonView, TicketView, ViewerView


@dataclass(frozen=True)
class NavItem:
    """A menu entry.

    :param endpoint: Flask endpoint of the page.
    :param permission: shown only to those who hold it; empty for everyone in the area.
    :param in_bar: in the portal and the workspace it stands as an icon in the bar at the top, and not in the menu.
    :param in_foot: in the portal it stands at the foot of every page, and not in the menu.
    :param count: called with the reader; returns a number that stands with an entry in the bar, none when it is zero.
        It has 150 ms and one statement.
    """

    area: Area
    label: Text
    endpoint: str
    icon: str = "file"
    permission: str = ""
    order: int = 100
    in_bar: bool = False
    count: Callable[[ViewerView], int] | None = None
    in_foot: bool = False


@dataclass(frozen=True)
class TicketPanel:
    """A side panel of the agent's ticket page.

    :param rows: called with the ticket and the viewer as frozen views; returns the lines to show,
        or nothing to hide the panel. It has 150 ms and two statements.
    :param desks: keys of the desks beside whose tickets it stands; empty for all.
    """

    key: str
    title: Text
    rows: Callable[[TicketView, ViewerView], Sequence[PanelRow]]
    open: bool = True
    order: int = 100
    desks: tuple[str, ...] = ()


@dataclass(frozen=True)
class PersonPanel:
    """A side panel of the page that agents have about a person.

    :param rows: called with the person and the viewer as frozen views; returns the lines to show,
        or nothing to hide the panel. It has 150 ms and two statements.
    """

    key: str
    title: Text
    rows: Callable[[PersonView, ViewerView], Sequence[PanelRow]]
    order: int = 100


@dataclass(frozen=True)
class RequestPanel:
    """A block on the page of a request in the portal, for those who take part in it.

    :param rows: called with the ticket and the reader as frozen views; returns the lines to show, or nothing to hide
        the block. Lines that lead somewhere and have no term stand side by side as buttons. It has 150 ms and two
        statements.
    """

    key: str
    title: Text
    rows: Callable[[TicketView, ViewerView], Sequence[PanelRow]]
    order: int = 100


@dataclass(frozen=True)
class MessageLink:
    """A link in a message to one person: what it says, and the path that it leads to."""

    label: Text
    path: str


@dataclass(frozen=True)
class MessageLinks:
    """Links that go out with a message about something which the plugin announced, made for one receiver each.

    :param hook: the hook among the plugin's ``HOOKS`` that it is announced by.
    :param links: called as the plugin with the ticket's number and the receiver when a message is made; returns what
        that person can answer with one click. Opening such a link must change nothing: programs that look at mail open
        every one. It has 150 ms, and may only read.
    """

    hook: str
    links: Callable[[str, PersonView], Sequence[MessageLink]]


@dataclass(frozen=True)
class TicketPage:
    """A page of its own about a ticket, for agents, at ``/agent/tickets/<number>/<key>``.

    The core draws the menu, the heading and the way back, and the plugin's template what stands below.

    :param key: the end of the address: a word of lower-case letters and dashes.
    :param data: called with the ticket and the viewer as frozen views; returns what the template is given beside
        ``ticket``, or nothing where this ticket has no such page. It has two seconds, and may only read.
    :param template: a template of the plugin's own folder, without a shell, such as ``fleet/trips.html``.
    :param desks: keys of the desks whose tickets have the page; empty for all.
    """

    key: str
    title: Text
    template: str
    data: Callable[[TicketView, ViewerView], Mapping[str, Any] | None]
    order: int = 100
    desks: tuple[str, ...] = ()


@dataclass(frozen=True)
class TicketAction:
    """An entry in the ticket's ⋯ menu.

    :param run: called with the ticket after the agent pressed it; returns a sentence for the toast.
    :param applies: tells whether the action is offered for this ticket.
    :param page: in the place of ``run``, for what needs a form: endpoint of a page of the plugin that the entry leads
        to, which gets the number as ``ticket`` in its address.
    """

    key: str
    label: Text
    run: Callable[[TicketView, ViewerView], str] | None = None
    applies: Callable[[TicketView], bool] | None = None
    icon: str = "bolt"
    order: int = 100
    page: str = ""


@dataclass(frozen=True)
class WaitingRow:
    """Something that waits for the reader on the first page of the portal: what it is, and a button.

    :param button: a verb, such as “Review”.
    """

    title: str
    text: str
    url: str
    button: str
    icon: str = "bell"


@dataclass(frozen=True)
class WaitingList:
    """Rows of “Waiting for you” on the first page of the portal.

    :param rows: called with the reader; returns the rows to show, the most pressing first. It has 150 ms.
    """

    key: str
    rows: Callable[[ViewerView], Sequence[WaitingRow]]
    order: int = 100


@dataclass(frozen=True)
class NoticeRow:
    """Something that readers of a page should know before they go on, and what they can do about it.

    :param text: one or two sentences after the title; ``note``: a few words below them.
    :param tone: ``warn`` where something does not work as usual, ``danger`` where it does not work at all.
    :param url: where there is more to read.
    :param button: a verb; pressing it sends a POST to ``action``, an address of the plugin, and the plugin leads on.
    """

    title: str
    text: str = ""
    note: str = ""
    tone: Literal["info", "warn", "danger"] = "info"
    icon: str = ""
    url: str = ""
    button: str = ""
    action: str = ""


@dataclass(frozen=True)
class NoticeBoard:
    """What readers of one place should know: the most pressing first, two of them at once.

    :param place: ``home`` is the first page of the portal, ``form`` the form of a service, ``workspace`` the first page
        of the workspace.
    :param rows: called with the key of the request type as ``desk/key``, empty but on a form, and the reader; returns
        the rows to show. It has 150 ms and two statements.
    :param more: endpoint of the page that shows all of them.
    """

    key: str
    place: Literal["home", "form", "workspace"]
    rows: Callable[[str, ViewerView], Sequence[NoticeRow]]
    more: str = ""
    order: int = 100


@dataclass(frozen=True)
class ListColumn:
    """A column of the queue list.

    :param cells: called once per page with the ticket numbers shown; returns text by number.
    """

    key: str
    label: Text
    cells: Callable[[Sequence[str]], Mapping[str, str]]
    order: int = 100


@dataclass(frozen=True)
class ListFilter:
    """A filter of the agents' lists, written ``x.<plugin>.<key>:<value>``: by an answer, or by a table of the plugin.

    It says where the value lies and no more: the core looks there, among the tickets that the agent sees anyway.

    :param choices: what can be asked for; their values are lower-case.
    :param field: key of a select field that is not sensitive, in request types of the same plugin.
    :param request_types: keys of these request types.
    :param stored: where the value lies in a table instead.
    """

    key: str
    title: Text
    choices: tuple[Option, ...]
    field: str = ""
    request_types: tuple[str, ...] = ()
    order: int = 100
    stored: StoredValue | None = None


@dataclass(frozen=True)
class PluginBlueprint:
    """Pages of a plugin under ``/x/<plugin>/``.

    :param access: who may call its routes; unclassified routes are refused.
    :param claims: one short path at which pages of the portal, or public ones, stand instead, such as ``/parking``.
    :param one_click: its addresses are signed, and are the right themselves: a form may come from anywhere, as the one
        does that a mail program sends to end a list (RFC 8058). Only public pages, to which a sign-in means nothing.
    """

    blueprint: Blueprint
    access: Literal["public", "portal", "workspace", "admin"]
    claims: str = ""
    one_click: bool = False


@dataclass(frozen=True)
class ApiResource:
    """An operation of the API, under ``/api/v1/x/<plugin>``.

    Its token needs the scope ``plugins:read`` for a GET, and ``plugins:write`` for anything else. There is no POST:
    what a program makes has a name of the program's choice, so that sending it twice does nothing twice.

    :param key: the plugin's name, or that and an underscore and more; it names the operation.
    :param rule: the rest of the address, such as ``/vehicles/<plate>``.
    :param view: called with the parts of the address, and with ``query`` and ``body`` as far as there are schemas;
        returns what ``answer`` shows. The first sentence of its docstring is the operation's title.
    :param permission: a right that whoever calls must hold; empty for everybody with a token.
    :param example: an answer; ``sends``: a body.
    """

    key: str
    method: Literal["GET", "PUT", "PATCH", "DELETE"]
    rule: str
    view: Callable[..., Any]
    answer: type[Schema]
    query: type[Schema] | None = None
    body: type[Schema] | None = None
    permission: str = ""
    example: Any = None
    sends: Any = None
    order: int = 100
