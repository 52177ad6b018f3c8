"""One box that leads everywhere: tickets, people, saved views, tags, settings and commands.

The script asks for JSON while somebody types; without it the same box leads to a page of results.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.alphabet import folded
from deskcore.errors import NotFound
from deskcore.people.directory import people_by_name
from deskcore.people.services import find_person
from deskcore.tickets.jumping import Jump, tags_beginning, tickets_numbered, tickets_with_words
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.web import commands
from deskcore.web.admin.area import settings_pages
from deskcore.web.plugin_commands import palette_commands
from deskcore.web.viewer import current_person
from deskcore.web.workspace.area import BUILT_IN, blueprint, show, viewer_view
from deskcore.web.workspace.mine import my_desks, my_views
from deskcore.web.workspace.own_keys import my_keys

#: Characters of a query that are looked at.
LONGEST = 300
#: So many of each kind are offered.
MOST = 8
#: What belongs to the ticket comes before what leads elsewhere.
_NEAREST = ("ticket", "list", "everywhere")
_NUMBER = re.compile(r"[A-Za-z]{2,5}-[0-9A-Za-z]{1,12}")


@dataclass(frozen=True)
class Hit:
    """Something to go to or to do.

    :param name: of the command, for the script; ``value``: what a field takes when this is chosen.
    :param words: by which it is found too.
    """

    title: str
    icon: str
    url: str = ""
    detail: str = ""
    key: str = ""
    name: str = ""
    value: str = ""
    words: str = ""


@dataclass(frozen=True)
class Group:
    """What was found of one kind."""

    title: str
    items: Sequence[Hit] = field(default_factory=list)


@blueprint.get("/palette")
def palette() -> ResponseReturnValue:
    """Answer what the box finds, as JSON; before anything is typed the commands and what was open lately."""
    query = _query()
    answer: dict[str, Any] = {"groups": [asdict(group) for group in found(query)]}
    if not query:
        recent = [number.upper() for number in request.args.get("recent", "").split()[:MOST]]
        tickets = tickets_numbered(number for number in recent if _NUMBER.fullmatch(number))
        answer["groups"] = [asdict(Group(_("Open lately"), _tickets(tickets)))] if tickets else []
        answer["commands"] = [
            asdict(command) for command in (*_commands(), *_of_plugins(request.args.get("ticket", "")))
        ]
    return jsonify(answer)


@blueprint.get("/search")
def search() -> ResponseReturnValue:
    """Show what the box finds on a page; a number leads to its ticket at once, an address to its person."""
    query = _query()
    if _NUMBER.fullmatch(query) and (tickets := tickets_numbered([query.upper()])):
        return redirect(url_for("workspace.ticket", number=tickets[0].number))
    if "@" in query[1:] and (person := find_person(query)) is not None:
        return redirect(url_for("workspace.person", email=person.email))
    groups = found(query)
    if query.startswith(">"):
        every = [*(hit for hit in _commands() if hit.url), *_of_plugins()]
        groups = [Group(_("Commands"), _fitting(every, query[1:])), *groups]
    return show("workspace/search.html", query=query, groups=[group for group in groups if group.items])


def _query() -> str:
    return " ".join(request.args.get("q", "").replace("\0", "").split())[:LONGEST]


def found(query: str) -> list[Group]:
    """Return what fits a query, each kind in one statement at most.

    ``>`` before the words looks for commands only, ``@`` for people, ``#`` for tags.
    """
    words = query[1:].strip() if query[:1] in (">", "@", "#") else query
    kinds: Mapping[str, Sequence[Callable[[str], Group]]] = {
        ">": (_settings,),
        "@": (_people,),
        "#": (_tags,),
        "": (_found_tickets, _views, _people, _settings),
    }
    wanted = kinds.get(query[:1], kinds[""]) if query else ()
    groups = [search(words) for search in wanted]
    return [group for group in groups if group.items]


def _found_tickets(words: str) -> Group:
    tickets: Sequence[Jump] = ()
    if words.isascii() and words.isdigit():
        # Whoever reads a number on the phone leaves the desk's letters out.
        tickets = tickets_numbered(f"{desk.prefix}-{words}" for desk in my_desks())
    return Group(_("Tickets"), _tickets(tickets or tickets_with_words(words, current_person().id, MOST)))


def _tickets(tickets: Sequence[Jump]) -> list[Hit]:
    pattern = url_for("workspace.ticket", number="NUMBER")
    return [Hit(each.subject, "inbox", pattern.replace("NUMBER", each.number, 1), each.number) for each in tickets]


def _people(words: str) -> Group:
    if words.isdigit():
        return Group("")
    people = people_by_name(words, limit=MOST)
    hits = [
        Hit(each.name, "user", url_for("workspace.person", email=each.email), each.email, value=each.email)
        for each in people
    ]
    return Group(_("People"), hits)


def _views(words: str) -> Group:
    keys = commands.presses(commands.BY_NAME["views"], my_keys()["views"])
    labels = [commands.label(key) for key in keys]
    hits = [
        Hit(
            view.name,
            "bookmark",
            url_for("workspace.queue", view=view.key),
            key=labels[place] if place < len(labels) else "",
        )
        for place, view in enumerate(my_views())
    ]
    return Group(_("Saved views"), _fitting(hits, words))


def _tags(words: str) -> Group:
    tags = tags_beginning(words, MOST)
    return Group(_("Tags"), [Hit(tag, "tag", url_for("workspace.queue", queue="open", tag=tag)) for tag in tags])


def _settings(words: str) -> Group:
    pages = [Hit(page["label"], page["icon"], page["url"]) for page in settings_pages()]
    return Group(_("Settings"), _fitting(pages, words))


def _fitting(hits: Sequence[Hit], words: str) -> list[Hit]:
    """Return those whose title has every word, whatever its accents."""
    wanted = folded(words).split()
    return [hit for hit in hits if all(word in folded(f"{hit.title} {hit.words}") for word in wanted)][:MOST]


def _of_plugins(number: str = "") -> list[Hit]:
    """Return the commands of plugins.

    :param number: of the ticket on whose page the box is open; one that the agent does not see counts as none.
    """
    try:
        ticket = ticket_view(find_ticket(number)) if _NUMBER.fullmatch(number) else None
    except NotFound:
        ticket = None
    found = palette_commands(ticket, viewer_view())
    return [Hit(each.title, each.icon, each.url, words=each.words) for each in found]


def _commands() -> list[Hit]:
    """Return all commands, those of a ticket first.

    Those that are a place have its address; the others only the script can do.
    """
    places = {name: url_for("workspace.queue", queue=name) for name in BUILT_IN if name in commands.BY_NAME}
    places |= {
        "open_tickets": url_for("workspace.queue", queue="open"),
        "new": url_for("workspace.new"),
        "help": url_for("workspace.shortcuts"),
    }
    keys = my_keys()
    hits = [
        Hit(
            str(command.title),
            "bolt",
            places.get(command.name, ""),
            key=commands.label(keys[command.name], command),
            name=command.name,
        )
        for command in sorted(commands.COMMANDS, key=lambda command: _NEAREST.index(command.group))
        if command.name != "palette" and not command.numbered
    ]
    return [*hits, Hit(_("Search people"), "users", url_for("workspace.people"))]
