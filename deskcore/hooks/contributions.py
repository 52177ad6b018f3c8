"""What a plugin contributes: frozen dataclasses returned by the ``register_*`` hooks.

Contributions are data. The core checks them for clashes, freezes them, and renders or calls them in
isolation, so that a failing one costs one line on a page and never the page. Here is what is about desks and their
tickets; what a plugin adds to pages and to the API is in :mod:`deskcore.hooks.page_parts`, what it adds to the
installation as a whole in :mod:`deskcore.hooks.installation_parts`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from deskcore.tickets.snapshots import ViewerView

Area = Literal["portal", "workspace", "reports", "admin"]
Door = Literal["broken", "need", "process"]

#: Status categories are fixed; a desk names its own statuses and maps each to one of these.
STATUS_CATEGORIES = ("new", "open", "waiting_requester", "waiting_approval", "on_hold", "resolved", "closed")
#: Priorities from least to most pressing; stored as 1 to 4.
PRIORITIES = ("low", "normal", "high", "urgent")


@dataclass(frozen=True)
class Text:
    """A text in both languages of the interface.

    :param en: English.
    :param pl: Polish.
    """

    en: str
    pl: str

    def in_language(self, language: str) -> str:
        """Return the text in ``language`` (``"en"`` or ``"pl"``); English for any other."""
        return self.pl if language == "pl" else self.en


@dataclass(frozen=True)
class Status:
    """A status of a desk, mapped to one of :data:`STATUS_CATEGORIES`.

    :param portal: what those who asked see; by default the words of the category.
    """

    key: str
    category: str
    title: Text
    portal: Text | None = None


@dataclass(frozen=True)
class Team:
    """A team of a desk.

    :param tier: support tier, 1 for first line (L1) up to 3.
    """

    key: str
    title: Text
    tier: int = 1


@dataclass(frozen=True)
class Desk:
    """A desk that a plugin adds.

    :param prefix: two to five capital letters before the ticket number, unique in the installation.
    :param confidential: numbers are drawn at random and no one outside the desk learns its volume.
    :param statuses: own statuses; empty means one status per category under the standard names.
    """

    key: str
    prefix: str
    title: Text
    icon: str = "desk"
    confidential: bool = False
    teams: tuple[Team, ...] = ()
    statuses: tuple[Status, ...] = ()
    order: int = 100


@dataclass(frozen=True)
class Option:
    """One choice of a select field."""

    value: str
    label: Text
    hint: Text | None = None


@dataclass(frozen=True)
class ShowIf:
    """Show a field only when another field holds one of ``values``."""

    field: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Field:
    """One field of a request form; compiled to marshmallow for form, API and import alike.

    :param type: a core field type (``text``, ``select``, …) or one that a plugin adds.
    :param fallback: the core type used while the plugin that owns ``type`` is off.
    :param sensitive: never written to the timeline in clear, masked where shown.
    :param columns: fields of one row, for ``lines`` only.
    """

    key: str
    type: str
    label: Text
    hint: Text | None = None
    required: bool = False
    sensitive: bool = False
    default: Any = None
    options: tuple[Option, ...] = ()
    show_if: ShowIf | None = None
    fallback: str = "text"
    columns: tuple[Field, ...] = ()
    missing: Text | None = None
    max_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True)
class FieldType:
    """A kind of answer that a plugin adds: a line of text in a form that the plugin knows, such as a number plate.

    Request types use it by its key, those of other plugins too; while the plugin is off, their fields are of the
    declared ``fallback``. A type of the core of the same name wins.

    :param clean: called with the line that was sent, which is not empty; returns it in the one form in which it is
        stored and shown. It raises ``Refused`` with a sentence that says how to correct it. It has 150 ms.
    :param example: an answer that is accepted.
    """

    key: str
    title: Text
    clean: Callable[[str], str]
    example: str


@dataclass(frozen=True)
class FollowUp:
    """What agents usually ask for, of their own or of another desk, because of a ticket.

    :param desk: key of the desk that is asked; nothing is offered where it takes no such requests.
    :param request_type: key of what it is asked for.
    :param show_if: offered only where an answer of the ticket is one of some values.
    :param answers: with which the other form opens, by its fields: values, in whose texts ``{field}`` stands for an
        answer of the ticket; a text that people read may be given as ``{en = …, pl = …}``. What has the same key and
        type there is taken along anyway; what is answered in confidence never is.
    """

    desk: str
    request_type: str
    show_if: ShowIf | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RequestType:
    """What a person can ask a desk for.

    :param door: the portal door it stands behind.
    :param subject: pattern for the ticket's subject; ``{field}`` stands for the first line of an answer.
    :param description: key of the field whose value becomes the ticket's description.
    :param typical_minutes: usual time to a solution, in working minutes (a working day has 480).
    :param popularity: weight among the popular services of the portal, 0 for none.
    :param sections: data owned by other plugins, by plugin name.
    :param follow_ups: what agents usually ask other desks for because of such a ticket.
    """

    key: str
    desk: str
    title: Text
    summary: Text
    door: Door = "need"
    icon: str = "file"
    fields: tuple[Field, ...] = ()
    subject: Text | None = None
    description: str = ""
    default_priority: str = "normal"
    team: str = ""
    typical_minutes: int | None = None
    popularity: int = 0
    group: Text | None = None
    audience: str = "everyone"
    keywords: tuple[str, ...] = ()
    order: int = 100
    sections: Mapping[str, Any] = field(default_factory=dict)
    follow_ups: tuple[FollowUp, ...] = ()


@dataclass(frozen=True)
class PanelRow:
    """One line of a panel: a term, its text, and where it leads.

    :param inserts: buttons beside it, each a label and the text that it puts into the reply to the ticket.
    """

    text: str
    term: str = ""
    url: str = ""
    icon: str = ""
    inserts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Section:
    """What a plugin reads in request types, under ``[sections.<plugin>]``.

    A type whose section has a mistake, or belongs to a plugin that is off, takes no requests, unless the section says
    ``required = false``.

    :param check: called with a request type that has the section, when the catalogue is read; returns a sentence for
        each mistake, with its remedy.
    :param holds: a ticket of such a type waits for approval from its first moment until the plugin lets it go.
    :param ahead: called with the type and whoever is about to fill its form; returns who will be asked, a row for each
        step in order: the step as its term, and as its text the people, or when it is asked.
    """

    check: Callable[[RequestType], Sequence[str]]
    holds: bool = False
    ahead: Callable[[RequestType, ViewerView], Sequence[PanelRow]] | None = None


@dataclass(frozen=True)
class Changes:
    """What a ``before_*`` hook wants changed in a ticket that is about to be opened or moved on.

    Only what is not ``None`` is changed; ``extra`` is stored under the plugin's own key.

    :param visibility: ``named`` for a new ticket that only those people of its desk see who are named.
    :param named: who: e-mail addresses, ``lead`` or ``agent`` for whoever has that role on the desk, or ``team:l1``
        for a team of it. Without anybody it is the leads of the desk; without any of them, the ticket is refused.
    :param never: who may never see it, whoever is named: e-mail addresses, or ``line:`` before one for that person
        with the managers above.
    :param manager: of whoever asks sees a new ticket in the portal too, unless shut out by ``never``.
    :param anonymous: for a new ticket: who sent it is stored nowhere, and nobody can be answered. It is refused where
        it does not come from the portal, or where a file would tell who made it.
    :param takes: names that a new ticket takes and no other one gets, such as the number of an invoice. When another
        ticket took one meanwhile, nothing is stored and the plugins are asked again; what is taken they learn from
        ``tickets.taken``.
    """

    priority: str | None = None
    team: str | None = None
    tags: tuple[str, ...] = ()
    visibility: Literal["named"] | None = None
    named: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    manager: bool = False
    anonymous: bool = False
    takes: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
