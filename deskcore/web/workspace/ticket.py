"""The agent's page of one ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from deskcore.desks.catalogue import FINISHED_CATEGORIES, DeskEntry
from deskcore.errors import Problem
from deskcore.hooks.contributions import PRIORITIES
from deskcore.runtime import runtime
from deskcore.tickets import pages
from deskcore.tickets.children import elsewhere
from deskcore.tickets.holding import may_release
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.tickets.merged import destination
from deskcore.tickets.models import Ticket
from deskcore.tickets.naming import shut_out_people
from deskcore.tickets.noting import note_read
from deskcore.tickets.queries import TicketQuery
from deskcore.tickets.sealed_files import names_for_reader
from deskcore.tickets.services.emergency import lasting
from deskcore.tickets.similar import similar
from deskcore.tickets.workflow import category_again, priority_key
from deskcore.viewer import current_viewer
from deskcore.web import bulk_actions, slots
from deskcore.web.badges import badges
from deskcore.web.uploads import status_of
from deskcore.web.viewer import current_person, language
from deskcore.web.workspace import panels
from deskcore.web.workspace.absent import choice
from deskcore.web.workspace.area import blueprint, show, viewer_view
from deskcore.web.workspace.choices import assignable, following, nameable, statuses
from deskcore.web.workspace.colleagues import MENU, Colleagues, colleagues
from deskcore.web.workspace.composer import Typed, panes
from deskcore.web.workspace.due import due
from deskcore.web.workspace.follow_ups import elsewhere_views, open_parts, still_open
from deskcore.web.workspace.held import held_lines
from deskcore.web.workspace.insertion import inserted, offered
from deskcore.web.workspace.joined import came_with
from deskcore.web.workspace.seen import Seen, shown_now
from deskcore.web.workspace.sentences import Words
from deskcore.web.workspace.snoozing import moments
from deskcore.web.workspace.surroundings import before_and_after, crumbs, marked_list, surroundings
from deskcore.web.workspace.thread import lines, mentioned, thread


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
    read = _read(row)
    context: dict[str, Any] = {
        "ticket": row,
        "typed": typed,
        "trouble": trouble,
        "context": surroundings(),
        **_head(row, read.desk),
        **_conversation(read, typed, trouble),
        **_visibility(read),
        **_details(read, revealed or {}),
        **_of_plugins(row),
    }
    counted = {
        "open": TicketQuery(queue="open", requester_id=row.requester_id),
        "finished": TicketQuery(queue="finished", requester_id=row.requester_id),
    }
    page = show("workspace/ticket.html", here=marked_list(row), counted=counted, **context)
    unsaved = typed.kept is not None and bool(typed.kept.conflict)
    return make_response(page, 409 if unsaved and trouble.status == 200 else trouble.status)


@dataclass(frozen=True)
class _Read:
    """What several parts of the page are made of, each read once.

    :param members: who takes part, by role.
    """

    ticket: Ticket
    desk: DeskEntry
    history: pages.History
    members: Sequence[tuple[str, pages.Named]]
    people: Colleagues

    def those(self, role: str) -> list[pages.Named]:
        """Return who takes part in this role."""
        return [person for each, person in self.members if each == role]


def _read(row: Ticket) -> _Read:
    history = pages.history_and_marks(row)
    people = colleagues(row.desk_id, mentioned(history.entries), panels.people_in_answers(row))
    return _Read(row, runtime().catalogue.desk_by_id(row.desk_id), history, pages.participants(row), people)


def _head(row: Ticket, desk: DeskEntry) -> dict[str, Any]:
    """Return what stands above the conversation, and what can be done from there."""
    before, after = before_and_after(row)
    own = next((each for each in desk.statuses if each.key == row.status), None)
    return {
        "crumbs": crumbs(row, desk),
        "before": before,
        "after": after,
        "desk_title": desk.title.in_language(language()),
        "status_word": own.title.in_language(language()) if own else "",
        "statuses": statuses(row, desk),
        "resolved": desk.status_of("resolved").key,
        "merged": destination(row),
        "reopened": desk.status_of(category_again(row)).key,
        "finished": row.status_category in FINISHED_CATEGORIES,
        "priority": priority_key(row.priority),
        "priorities": tuple(reversed(PRIORITIES)),
        "left": due(row.due_at, row.status_category, row.due_state, row.due_soon_at),
        "groups": panels.handover_groups(row, desk),
        "may_release": may_release(row, current_viewer()),
    }


def _conversation(read: _Read, typed: Typed, trouble: Trouble) -> dict[str, Any]:
    """Return what was written and done, and the forms in which one writes."""
    row, desk, found = read.ticket, read.desk, read.history
    words = Words(desk, read.people.by_id, row.requester.name)
    held = held_lines(row, desk, surroundings()) if found.going_out else []
    came = came_with(row, found.entries) if found.joined else {}
    forms = panes(row, typed, trouble.problems, surroundings(), drafted=found.drafted)
    return {
        "seen": shown_now(row, held),
        "snoozed": found.snoozed,
        "moments": () if row.finished else moments(),
        "read": found.read,
        "held": held,
        "thread": thread(found.entries, words, found.read, current_person().id, came),
        "history": lines(reversed(found.entries), words),
        "changes": lines(trouble.since.since(found.entries), words) if trouble.since else (),
        "panes": forms,
        "following": following(row, desk, forms["reply"].status),
    }


def _visibility(read: _Read) -> dict[str, Any]:
    """Return who can have the ticket, and who sees it."""
    row, people, me = read.ticket, read.people, current_person().id
    in_emergency = any(person.id == me for person in read.those("break_glass"))
    possible, asked = assignable(row, people, read.members), request.args.get("away", "")
    return {
        "agents": [agent for agent in possible if agent.id != me],
        "away": choice(row, asked, possible) if asked else None,
        "many_agents": len(people.agents) > MENU,
        "named": read.those("member"),
        "may_be_named": nameable(row, people, read.members),
        "shut_out": shut_out_people(row) if row.visibility == "named" else (),
        "emergency": lasting(row) if in_emergency else None,
        "followers": read.those("follower"),
    }


def _details(read: _Read, revealed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the core's panels hold."""
    row, catalogue = read.ticket, runtime().catalogue
    service, team = catalogue.type_by_id(row.request_type_id), catalogue.team_by_id(row.team_id)
    links = pages.linked(row) if read.history.linked else []
    others = elsewhere(row, read.history.entries)
    attached = (file for entry in read.history.entries for file in entry.attachments)
    files = names_for_reader(row.sealed_as, attached, revealed)
    return {
        "service": service.type.title.in_language(language()) if service else "",
        "team": team.title.in_language(language()) if team else "",
        "similar": similar(row, [link.number for link in links]),
        "links": [*panels.link_views(links), *elsewhere_views(others)],
        "still_open": still_open(row, links, others),
        "open_parts": open_parts(links),
        "link_kinds": panels.link_kinds(),
        "contact": panels.contact(row.requester),
        "answers": panels.answer_lines(row, files, read.people.by_email, revealed),
    }


def _of_plugins(row: Ticket) -> dict[str, Any]:
    """Return what plugins add."""
    view, hidden = ticket_view(row), current_person().hidden_panels or ()
    return {
        "plugin_panels": slots.panels(view, viewer_view(), request.args.get("panel", ""), hidden),
        "hidden_panels": slots.panels_there(hidden, view.desk),
        "plugin_actions": slots.actions(view),
        "plugin_badges": badges([row.number]).get(row.number, ()),
        "bulk_actions": bulk_actions.offered(),
    }
