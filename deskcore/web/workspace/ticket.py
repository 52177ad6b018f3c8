"""The agent's page of one ticket."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from deskcore.desks.catalogue import FINISHED_CATEGORIES, DeskEntry
from deskcore.errors import Problem
from deskcore.hooks.contributions import PRIORITIES, Status
from deskcore.runtime import runtime
from deskcore.tickets import pages
from deskcore.tickets.holding import may_release
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.tickets.models import Ticket
from deskcore.tickets.naming import shut_out_people
from deskcore.tickets.noting import note_read
from deskcore.tickets.queries import NO_DUE, TicketQuery, neighbours
from deskcore.tickets.services.emergency import lasting
from deskcore.tickets.similar import similar
from deskcore.tickets.workflow import category_again, priority_key
from deskcore.viewer import current_viewer
from deskcore.web import slots
from deskcore.web.uploads import status_of
from deskcore.web.viewer import current_person, language
from deskcore.web.workspace import panels
from deskcore.web.workspace.area import Item, blueprint, queue_title, show, viewer_view
from deskcore.web.workspace.colleagues import MENU, Agent, Colleagues, colleagues
from deskcore.web.workspace.composer import Typed, panes
from deskcore.web.workspace.due import due
from deskcore.web.workspace.filters import ListState, read_list
from deskcore.web.workspace.held import HeldLine, held_lines
from deskcore.web.workspace.insertion import inserted, offered
from deskcore.web.workspace.sentences import Words
from deskcore.web.workspace.thread import lines, mentioned, thread

#: A version and a line as a form carries them, and how many replies of the reader's and of others were to go out.
_SEEN = re.compile(r"([0-9]{1,9})-([0-9]{1,9})(?:-([0-9]))?(?:-([1-9]))?")
#: Categories that a ticket may have while it is held until it is approved.
_OF_HELD = ("waiting_approval", *FINISHED_CATEGORIES)


@dataclass(frozen=True)
class Seen:
    """What somebody saw of a ticket when a form was rendered: its version, and its newest line.

    It travels in the form's ``version`` field as ``7-12``, or as ``7-12-1`` from a page that says of a reply of its
    reader's that it is about to go out, and as ``7-12-0-1`` from one that says it of a colleague's.

    :param others: replies of colleagues; nothing when it is not known.
    """

    version: int | None = None
    seq: int | None = None
    held: int = 0
    others: int | None = None

    @classmethod
    def read(cls, text: str) -> Seen:
        """Return what a form carries; nothing is certain when it was edited."""
        found = _SEEN.fullmatch(text)
        return cls(int(found[1]), int(found[2]), int(found[3] or 0), int(found[4] or 0)) if found else cls()

    @classmethod
    def on_page(cls, number: str) -> Seen:
        """Return what the form of this request carries; replies that have gone out as its page said were seen."""
        seen = cls.read(request.form.get("version", ""))
        after = pages.version_after_own_replies(number, seen.seq, seen.held) if seen.held and seen.seq else None
        return replace(seen, version=after[0], seq=after[1]) if after else seen


@dataclass(frozen=True)
class Trouble:
    """Why the page is shown again instead of doing what was asked.

    :param problems: what there is to correct.
    :param since: what the writer had seen when somebody else changed the ticket.
    :param again: form values with which the same can be asked once more, and its address.
    """

    problems: Sequence[Problem] = ()
    since: Seen | None = None
    again: Mapping[str, str] = field(default_factory=dict)
    again_url: str = ""

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return 409 if self.since else status_of(self.problems) if self.problems else 200


@blueprint.get("/tickets/<number>")
def ticket(number: str) -> ResponseReturnValue:
    """Show a ticket; ``?mode=note`` opens the composer on the internal note.

    ``?macro=`` opens it with a saved reply in it, and ``?insert=`` with a text that a panel of a plugin offers.
    """
    if "macro" in request.args:
        return ticket_page(number, Typed(inserted=inserted(find_ticket(number), request.args["macro"])))
    if "insert" in request.args:
        return ticket_page(number, Typed(inserted=(offered(find_ticket(number), request.args["insert"]), "")))
    mode = "note" if request.args.get("mode") == "note" else "reply"
    return ticket_page(number, Typed(mode))


def came_from() -> ListState | None:
    """Return the list that a ticket was opened from, which its address carries; nothing when it names none."""
    if "came_from" not in g:
        g.came_from = read_list(request.args) if {"queue", "q", "view"} & set(request.args) else None
    found: ListState | None = g.came_from
    return found


def surroundings() -> dict[str, Any]:
    """Return what addresses say of the list that a ticket was opened from."""
    found = came_from()
    return found.carried if found else {}


def ticket_page(
    number: str, typed: Typed, trouble: Trouble | None = None, revealed: Mapping[str, Any] | None = None
) -> ResponseReturnValue:
    """Render a ticket's page, with what was typed and why it was not accepted.

    :param revealed: sensitive answers that its reader asked for, in clear.
    :raises NotFound: when the agent does not see the ticket.
    """
    trouble = trouble or Trouble()
    row = find_ticket(number)
    if row.number != number.upper():
        return redirect(url_for("workspace.ticket", number=row.number), 301)
    note_read(row)
    desk = runtime().catalogue.desk_by_id(row.desk_id)
    entries, read, going_out = pages.history_and_marks(row)
    members = pages.participants(row)
    people = colleagues(desk.id, mentioned(entries), panels.people_in_answers(row))
    words = Words(desk, people.by_id, row.requester.name)
    since, (before, after) = trouble.since, _neighbours(row)
    view, me, hidden = ticket_view(row), viewer_view(), current_person().hidden_panels or ()
    held = held_lines(row, desk, surroundings()) if going_out else []
    forms = panes(row, typed, trouble.problems, surroundings())
    context: dict[str, Any] = {
        "ticket": row,
        "desk_title": desk.title.in_language(language()),
        "status_word": desk.status(row.status).title.in_language(language()) if _has(desk, row.status) else "",
        "priority": priority_key(row.priority),
        "left": due(row.due_at, row.status_category),
        "finished": row.status_category in FINISHED_CATEGORIES,
        "seen": f"{row.version}-{row.last_seq}{_going_out(held)}",
        "held": held,
        "thread": thread(entries, words, read, current_person().id),
        "read": read,
        "history": lines(reversed(entries), words),
        "changes": lines(_since(entries, since), words),
        "typed": typed,
        "panes": forms,
        "trouble": trouble,
        "crumbs": _crumbs(row, desk),
        "context": surroundings(),
        "before": before,
        "after": after,
        "agents": [agent for agent in _possible(row, people, members) if agent.id != current_person().id],
        "named": [person for role, person in members if role == "member"],
        "may_be_named": _to_name(row, people, members),
        "shut_out": shut_out_people(row) if row.visibility == "named" else (),
        "emergency": _emergency(row, members),
        "many_agents": len(people.agents) > MENU,
        "statuses": _statuses(row, desk),
        "following": _following(row, desk, forms["reply"].status),
        "resolved": desk.status_of("resolved").key,
        "priorities": tuple(reversed(PRIORITIES)),
        "reopened": desk.status_of(category_again(row)).key,
        "may_release": may_release(row, current_viewer()),
        **_panel_context(row, desk, entries, members, people),
        "answers": _answers(row, entries, people, revealed or {}),
        "plugin_panels": slots.panels(view, me, request.args.get("panel", ""), hidden),
        "hidden_panels": slots.panels_there(hidden, view.desk),
        "plugin_actions": slots.actions(view),
    }
    counted = {
        "open": TicketQuery(queue="open", requester_id=row.requester_id),
        "finished": TicketQuery(queue="finished", requester_id=row.requester_id),
    }
    page = show("workspace/ticket.html", here=_here(row), counted=counted, **context)
    unsaved = typed.kept is not None and bool(typed.kept.conflict)
    return make_response(page, 409 if unsaved and trouble.status == 200 else trouble.status)


def _going_out(held: Sequence[HeldLine]) -> str:
    """Return what :class:`Seen` says of replies on their way; those that are stuck are not."""
    own = [bool(line.undo_url) for line in held if not line.stuck]
    mine, others = min(9, own.count(True)), min(9, own.count(False))
    return f"-{mine}-{others}" if others else f"-{mine}" if mine else ""


def _since(entries: Sequence[pages.Entry], seen: Seen | None) -> list[pages.Entry]:
    """Return what happened after somebody looked."""
    if seen is None:
        return []
    return [entry for entry in entries if seen.seq is None or entry.seq > seen.seq]


def _panel_context(
    row: Ticket, desk: DeskEntry, entries: Sequence[pages.Entry], members: Sequence[tuple[str, Any]], people: Colleagues
) -> dict[str, Any]:
    entry = runtime().catalogue.type_by_id(row.request_type_id)
    team = runtime().catalogue.team_by_id(row.team_id)
    links = pages.linked(row)
    return {
        "similar": similar(row, [link.number for link in links]),
        "service": entry.type.title.in_language(language()) if entry else "",
        "team": team.title.in_language(language()) if team else "",
        "followers": [person for role, person in members if role == "follower"],
        "links": panels.link_views(links),
        "link_kinds": panels.link_kinds(),
        "groups": panels.handover_groups(row, desk),
        "contact": panels.contact(row.requester),
    }


def _answers(
    row: Ticket, entries: Sequence[pages.Entry], people: Colleagues, revealed: Mapping[str, Any]
) -> list[panels.AnswerLine]:
    files = {file.token: file.name for entry in entries for file in entry.attachments}
    return panels.answer_lines(row, files, people.by_email, revealed)


def _possible(row: Ticket, people: Colleagues, members: Sequence[tuple[str, Any]]) -> Sequence[Agent]:
    """Return the agents who can have a ticket: on one for named people only these."""
    if row.visibility == "desk":
        return people.agents
    named = {person.id for role, person in members if role == "member"}
    return [agent for agent in people.agents if agent.id in named]


def _to_name(row: Ticket, people: Colleagues, members: Sequence[tuple[str, Any]]) -> Sequence[Agent]:
    """Return the agents of the desk who can still be named."""
    if row.visibility == "desk":
        return ()
    there = {agent.id for agent in _possible(row, people, members)} | {person.id for person in shut_out_people(row)}
    return [agent for agent in people.agents if agent.id not in there]


def _emergency(row: Ticket, members: Sequence[tuple[str, Any]]) -> Any:
    """Return the emergency access through which the reader sees a ticket, or nothing."""
    me = current_person().id
    return lasting(row) if any(role == "break_glass" and person.id == me for role, person in members) else None


def _has(desk: DeskEntry, status: str) -> bool:
    return any(each.key == status for each in desk.statuses)


def _statuses(row: Ticket, desk: DeskEntry) -> list[dict[str, Any]]:
    """Return the statuses a ticket can be set to from where it is."""
    possible = [each for each in desk.statuses if each.category != "new" or row.status_category == "new"]
    possible = [each for each in possible if not row.held_by or each.category in _OF_HELD]
    return [{**_status(each), "current": each.key == row.status} for each in possible]


def _status(status: Status) -> dict[str, Any]:
    return {"key": status.key, "label": status.title.in_language(language()), "category": status.category}


def _following(row: Ticket, desk: DeskEntry, chosen: str) -> list[dict[str, Any]]:
    """Return what the status can become with a reply; first of all what it is, or work begins."""
    becomes = desk.status_of("open") if row.status_category == "new" else None
    kept = becomes.title.in_language(language()) if becomes else _("Keep %(status)s", status=_word(desk, row))
    taken = {row.status, becomes.key if becomes else ""}
    others = [each for each in desk.statuses if each.category != "new" and each.key not in taken]
    others = [each for each in others if not row.held_by or each.category in _OF_HELD]
    keep = {"key": "", "label": kept, "category": "", "selected": not chosen}
    return [keep, *({**_status(each), "selected": each.key == chosen} for each in others)]


def _word(desk: DeskEntry, row: Ticket) -> str:
    return next((each.title.in_language(language()) for each in desk.worn if each.key == row.status), row.status)


def _here(row: Ticket) -> str:
    """Return the list that the side list marks: the one the agent came from, else where the ticket stands."""
    found = came_from()
    return found.place if found else f"queue {_home_queue(row)}"


def _neighbours(row: Ticket) -> tuple[str, str]:
    """Return the addresses of the tickets before and after this one in the list it was opened from."""
    found = came_from()
    if found is None:
        return "", ""
    values = {
        "updated": row.updated_at,
        "created": row.created_at,
        "priority": row.priority,
        "due": row.due_at or NO_DUE,
        "number": row.id,
    }
    value = values[found.query.sort.removeprefix("-")]
    numbers = neighbours(found.query, current_person().id, value, row.id)
    before, after = (
        url_for("workspace.ticket", number=number, **surroundings()) if number else "" for number in numbers
    )
    return before, after


def _home_queue(row: Ticket) -> str:
    if row.finished:
        return "finished"
    if row.assignee_id == current_person().id:
        return "mine"
    return "unassigned" if row.assignee_id is None else "open"


def _crumbs(row: Ticket, desk: DeskEntry) -> list[Item]:
    found = came_from()
    if found is None:
        queue = _home_queue(row)
        return [Item(queue_title(queue), url_for("workspace.queue", queue=queue)), Item(row.number)]
    if found.view is not None:
        title = found.view.name
    else:
        title = desk.title.in_language(language()) if found.desk == desk.key else queue_title(found.base)
    return [Item(title, found.url()), Item(row.number)]
