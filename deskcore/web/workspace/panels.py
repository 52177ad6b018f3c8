"""The side panels of a ticket that the core itself fills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from deskcore.desks.catalogue import DeskEntry
from deskcore.desks.fields import MASK, FieldContext, type_of
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.sealing import HIDDEN, is_sealed
from deskcore.tickets.models import Ticket
from deskcore.tickets.organisation import Organisation
from deskcore.tickets.pages import Linked
from deskcore.tickets.revealing import may_reveal
from deskcore.tickets.sensitive import masked, sealed_in
from deskcore.web.viewer import language, time_zone
from deskcore.web.workspace.form_versions import fields_of


@dataclass(frozen=True)
class AnswerLine:
    """An answer of the form.

    :param key: of its field.
    :param hidden: whether it is sensitive, and shown to its reader when asked for.
    :param revealed: whether it is sensitive, and shown because its reader asked for it.
    """

    key: str
    label: str
    text: str
    hidden: bool = False
    revealed: bool = False


@dataclass(frozen=True)
class LinkView:
    """A ticket that belongs to this one: how, and where it is.

    :param number: and ``url`` of one that the reader does not see are empty.
    """

    kind: str
    number: str
    subject: str
    category: str
    url: str


@dataclass(frozen=True)
class TeamChoice:
    """Where a ticket can be handed to; ``value`` is ``desk/team``."""

    value: str
    label: str
    current: bool


@dataclass(frozen=True)
class TeamGroup:
    """The teams of one desk."""

    desk: str
    label: str
    choices: Sequence[TeamChoice]


@dataclass(frozen=True)
class Contact:
    """A line of the requester's panel; ``url`` may be empty."""

    term: str
    text: str
    url: str = ""


def contact(person: Person) -> list[Contact]:
    """Return how to reach somebody, and where that person belongs; department and manager must have been loaded."""
    found = [Contact(_("E-mail"), person.email, f"mailto:{person.email}")]
    if person.phone:
        digits = "".join(char for char in person.phone if char in "+0123456789")
        found.append(Contact(_("Phone"), person.phone, f"tel:{digits}"))
    if person.department:
        found.append(Contact(_("Department"), person.department.name))
    if person.manager:
        found.append(Contact(_("Manager"), person.manager.name, _page_of(person.manager)))
    return found


def _page_of(person: Person) -> str:
    return url_for("workspace.person", email=person.email)


def people_in_answers(ticket: Ticket) -> set[str]:
    """Return the addresses of the people whom the answers name."""
    named = (ticket.answers.get(field.key) for field in fields_of(ticket) if field.type == "user")
    return {email for email in named if isinstance(email, str)}


def answer_lines(
    ticket: Ticket, files: Mapping[str, str], people: Mapping[str, str], revealed: Mapping[str, Any]
) -> list[AnswerLine]:
    """Return the answers of the form, a sensitive one masked.

    :param files: names of the ticket's files by token.
    :param people: names by address, of everybody in :func:`people_in_answers`.
    :param revealed: sensitive answers in clear, by field.
    """
    context = FieldContext(language=language(), time_zone=time_zone(), lookup=Organisation(files=dict(files)))
    fields = fields_of(ticket)
    answers = masked(ticket.answers, fields, HIDDEN) | dict(revealed)
    # What was not encrypted yet is masked, too, and cannot be asked for until it is.
    sealed = {place.partition("/")[0] for place, _value in sealed_in(ticket.answers)} if may_reveal(ticket) else set()
    found = []
    for field in fields:
        value = answers.get(field.key)
        if value is None or value == ticket.description:
            continue
        named = people.get(value) if field.type == "user" and isinstance(value, str) else None
        text = MASK if is_sealed(value) else named or type_of(field).display(field, value, context)
        shown = field.key in revealed
        label = field.label.in_language(language())
        found.append(AnswerLine(field.key, label, text, hidden=field.key in sealed and not shown, revealed=shown))
    return found


_LINKS: Mapping[str, LazyString] = {
    "parent": _l("Part of"),
    "of_parent": _l("Contains"),
    "duplicate": _l("Duplicate of"),
    "of_duplicate": _l("Has the duplicate"),
    "related": _l("Related to"),
    "of_related": _l("Related to"),
    "caused_by": _l("Caused by"),
    "of_caused_by": _l("Causes"),
}


def link_views(linked: Sequence[Linked]) -> list[LinkView]:
    """Return the linked tickets with the words for how they belong together."""
    urls = {it.number: url_for("workspace.ticket", number=it.number) for it in linked}
    return [LinkView(str(_LINKS[it.kind]), it.number, it.subject, it.status_category, urls[it.number]) for it in linked]


def link_kinds() -> list[tuple[str, str]]:
    """Return what another ticket can be to this one."""
    return [(kind, str(_LINKS[kind])) for kind in ("related", "duplicate", "parent", "caused_by")]


def handover_groups(ticket: Ticket, here: DeskEntry) -> list[TeamGroup]:
    """Return where a ticket can be handed to: the teams of its own desk first, then the other desks."""
    desks = sorted(runtime().catalogue.desks.values(), key=lambda desk: (desk.id != here.id, desk.position, desk.key))
    groups = []
    for desk in desks:
        if desk.id != here.id and not desk.enabled:
            continue
        choices = [
            TeamChoice(f"{desk.key}/{team.key}", team.title.in_language(language()), team.id == ticket.team_id)
            for team in desk.teams
        ]
        mine = desk.id == here.id
        whole = TeamChoice(f"{desk.key}/", _("No team") if mine else _("Any team"), mine and ticket.team_id is None)
        groups.append(TeamGroup(desk.key, desk.title.in_language(language()), [*choices, whole]))
    return groups
