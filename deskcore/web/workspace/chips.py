"""The terms of a list's query as chips, in the reader's words, and the terms that can be added."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from deskcore.hooks.contributions import PRIORITIES, STATUS_CATEGORIES
from deskcore.runtime import runtime
from deskcore.tickets.query_language import Bad, Item, Term, is_own
from deskcore.web.viewer import language
from deskcore.web.vocabulary import priority_look, status_look
from deskcore.web.workspace.filters import ListState
from deskcore.web.workspace.list_filters import own_filters
from deskcore.web.workspace.mine import my_desks


@dataclass(frozen=True)
class Chip:
    """A term of the query, and the address of the list without it.

    :param place: of the term among the items of the list.
    :param doubt: why it narrows nothing, or not as it was meant.
    """

    label: str
    remove_url: str
    place: int
    doubt: str = ""


@dataclass(frozen=True)
class Choice:
    """A filter that can be added: pairs of word and term."""

    label: str
    options: tuple[tuple[str, str], ...]


def chips(state: ListState) -> list[Chip]:
    """Return the terms of a list in their order, each with the address that takes it away."""
    return [
        Chip(label(item), state.without(place), place, _doubt(item, state.strange.get(place, ())))
        for place, item in enumerate(state.items)
        if isinstance(item, Term) or item.kept
    ]


def label(item: Item) -> str:
    """Return a term in the reader's words."""
    if isinstance(item, Bad):
        return item.raw
    if item.negated and item.key == "is" and item.values[0] in _CONTRARIES:
        return _CONTRARIES[item.values[0]]()
    words = _own(item) if is_own(item.key) else _LABELS[item.key](item)
    return _("not – %(filter)s", filter=words) if item.negated else words


def _doubt(item: Item, strange: tuple[str, ...]) -> str:
    if isinstance(item, Bad):
        return _REASONS[item.reason]()
    if not strange:
        return ""
    values = ", ".join(strange)
    if is_own(item.key) and item.key not in own_filters():
        return _("The filter of the plugin “%(plugin)s” is not here now.", plugin=item.key.split(".")[1])
    if item.key == "desk":
        return _("You work on no desk “%(name)s”.", name=values)
    return _("Nothing here is called “%(name)s”.", name=values)


_REASONS: Mapping[str, Callable[[], str]] = {
    "quote": lambda: _("A quotation mark is not closed."),
    "key": lambda: _("No filter has this name. Put it in quotation marks to search for the words."),
    "empty": lambda: _("Write a value behind the colon."),
    "value": lambda: _("This filter does not know the value."),
    "sign": lambda: _("This comparison is not possible."),
    "long": lambda: _("This is too long."),
    "many": lambda: _("The query is too long; what follows was left out."),
}


def left_out(state: ListState) -> list[tuple[str, str]]:
    """Return what of the query went beyond a limit and is no longer in its text, each with the reason."""
    return [(item.raw, _REASONS[item.reason]()) for item in state.items if isinstance(item, Bad) and not item.kept]


def _desk(term: Term) -> str:
    titles = {desk.key: desk.title.in_language(language()) for desk in my_desks()}
    return _("Desk: %(desk)s", desk=_listed(term, lambda value: titles.get(value, value)))


def _status(term: Term) -> str:
    own = {status.key: status.title.in_language(language()) for desk in my_desks() for status in desk.worn}

    def word(value: str) -> str:
        return str(status_look(value).word) if value in STATUS_CATEGORIES else own.get(value, value)

    return _("Status: %(status)s", status=_listed(term, word))


def _priority(term: Term) -> str:
    def word(value: str) -> str:
        return str(priority_look(value).word)

    return _("Priority: %(priority)s", priority=_signed(term, word))


def _assignee(term: Term) -> str:
    return _("Assignee: %(person)s", person=_listed(term, _person))


def _requester(term: Term) -> str:
    return _("Requester: %(person)s", person=_listed(term, _person))


def _person(value: str) -> str:
    return {"me": _("me"), "none": _("nobody")}.get(value, value)


def _service(term: Term) -> str:
    mine = {desk.id for desk in my_desks()}
    entries = [entry for entry in runtime().catalogue.types.values() if entry.desk.id in mine]
    titles = {entry.slug: entry.type.title.in_language(language()) for entry in entries}
    return _("Service: %(service)s", service=_listed(term, lambda value: titles.get(value, value)))


def _team(term: Term) -> str:
    titles = {team.key: team.title.in_language(language()) for desk in my_desks() for team in desk.teams}
    return _("Team: %(team)s", team=_listed(term, lambda value: _nothing(value) or titles.get(value, value)))


def _tag(term: Term) -> str:
    return _("Tag: %(tag)s", tag=_listed(term, lambda value: _nothing(value) or value))


def _own(term: Term) -> str:
    """Return a term of a plugin; while the plugin is off, in the words of the query."""
    own = own_filters().get(term.key)
    title, words = (own.title, own.words) if own else (term.key, {})
    return f"{title}: {_listed(term, lambda value: words.get(value, value))}"


def _nothing(value: str) -> str:
    return _("none") if value == "none" else ""


def _moment(term: Term) -> str:
    words = {
        "today": _("today"),
        "tomorrow": _("tomorrow"),
        "yesterday": _("yesterday"),
        "soon": _("soon"),
        "overdue": _("overdue"),
        "none": _("none"),
    }
    return _signed(term, lambda value: words.get(value, value))


def _listed(term: Term, word: Callable[[str], str]) -> str:
    return ", ".join(word(value) for value in term.values)


def _signed(term: Term, word: Callable[[str], str]) -> str:
    sign = {"<=": "≤", ">=": "≥"}.get(term.sign, term.sign)
    return f"{sign} {_listed(term, word)}".strip()


_LABELS: Mapping[str, Callable[[Term], str]] = {
    "desk": _desk,
    "status": _status,
    "priority": _priority,
    "assignee": _assignee,
    "requester": _requester,
    "service": _service,
    "team": _team,
    "tag": _tag,
    "due": lambda term: _("Due: %(when)s", when=_moment(term)),
    "updated": lambda term: _("Updated: %(when)s", when=_moment(term)),
    "created": lambda term: _("Created: %(when)s", when=_moment(term)),
    "solved": lambda term: _("Solved: %(when)s", when=_moment(term)),
    "is": lambda term: _STATES[term.values[0]](),
    "text": lambda term: _("Words: “%(words)s”", words=term.values[0]),
}


_STATES: Mapping[str, Callable[[], str]] = {
    "unsolved": lambda: _("Not solved"),
    "solved": lambda: _("Solved"),
    "snoozed": lambda: _("Put off"),
    "mentioned": lambda: _("A note mentions me"),
}
#: What stands for those that have a word for their contrary.
_CONTRARIES: Mapping[str, Callable[[], str]] = {"snoozed": lambda: _("Not put off")}


def choices(state: ListState) -> list[Choice]:
    """Return the filters that can be added, each with its choices.

    They are no addresses, which would repeat all that the list's own address says for each choice.
    """
    desks = [(desk.title.in_language(language()), desk.key) for desk in my_desks()]
    statuses = [(str(status_look(name).word), name) for name in STATUS_CATEGORIES]
    priorities = [(str(priority_look(name).word), name) for name in reversed(PRIORITIES)]
    found: list[tuple[str, str, list[tuple[str, str]]]] = [
        (_("Status"), "status", statuses),
        (_("Priority"), "priority", priorities),
        (_("Assignee"), "assignee", [(_("Me"), "me"), (_("Nobody"), "none")]),
        (_("Due"), "due", [(_("Overdue"), "overdue"), (_("Today"), "today"), (_("Soon"), "soon")]),
        (_("Desk"), "desk", desks if len(desks) > 1 else []),
        *_own_choices(),
    ]
    taken = {item.key for item in state.items if isinstance(item, Term)}
    return [
        Choice(title, tuple((word, str(Term(key, (value,)))) for word, value in options))
        for title, key, options in found
        if options and key not in taken
    ]


def _own_choices() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return the filters of plugins for the desks that the agent works on."""
    mine = {desk.id for desk in my_desks()}
    return [
        (own.title, key, [(word, value) for value, word in own.words.items()])
        for key, own in own_filters().items()
        if own.desks & mine
    ]
