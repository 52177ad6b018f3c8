"""The first page: search, what waits for me, three doors, popular services, my newest requests, popular answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import render_template, url_for
from flask_babel import gettext as _

from deskcore import search
from deskcore.desks.subjects import shorten
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.directory import people
from deskcore.tickets.lists import list_tickets
from deskcore.tickets.pages import Question, last_questions
from deskcore.tickets.queries import TicketQuery
from deskcore.web import slots
from deskcore.web.notices import notices
from deskcore.web.popular import popular
from deskcore.web.portal import offers
from deskcore.web.portal.area import blueprint
from deskcore.web.viewer import current_person, language

#: Rows of "Waiting for you" before a link to all of them.
WAITING = 5
POPULAR = 8
NEWEST = 3
#: Words below the search that others looked for.
OFTEN = 4
#: Characters of a question that are shown on the home page.
QUESTION = 160
_QUESTIONS = re.compile(r"[^.!?…\n]*[^\W\d_][^.!?…\n]*\?")


@dataclass(frozen=True)
class Waiting:
    """A request that goes on only when the reader answers."""

    title: str
    text: str
    url: str


@dataclass(frozen=True)
class Door:
    """One of the three ways in."""

    url: str
    icon: str
    title: str
    text: str
    tone: str = ""


@blueprint.get("/")
def home() -> str:
    """Show the home page."""
    person = current_person()
    waiting, more = _waiting(person)
    newest = list_tickets(TicketQuery(queue="all", requester_id=person.id, sort="-created", limit=NEWEST), person.id)
    answers = popular(search.audience())
    return render_template(
        "portal/home.html",
        greeting=_greeting(person),
        boards=notices("home"),
        waiting=waiting,
        more_waiting=more,
        added=slots.waiting(people.asking()) if runtime().plugins.waiting else (),
        doors=doors(),
        popular=offers.popular(POPULAR),
        service_count=len(offers.offered()),
        newest=newest.rows,
        answers=answers,
        often=list(dict.fromkeys(words for block in answers for words in block.words))[:OFTEN],
    )


def _greeting(person: Person) -> str:
    # Polish would have to inflect the name.
    first_name = person.name.split()[0] if person.name.split() else ""
    if language() == "pl" or not first_name:
        return _("How can we help?")
    return _("How can we help, %(name)s?", name=first_name)


def _waiting(person: Person) -> tuple[list[Waiting], bool]:
    query = TicketQuery(queue="waiting", requester_id=person.id, limit=WAITING)
    page = list_tickets(query, person.id)
    questions = last_questions([row.id for row in page.rows])
    rows = []
    for row in page.rows:
        url = url_for("portal.request", number=row.number, _anchor="answer")
        rows.append(Waiting(row.subject, _asked(questions.get(row.id)), url))
    return rows, bool(page.next)


def _asked(question: Question | None) -> str:
    if question is None:
        return _("We need your answer to go on.")
    asked = shorten(_what_is_asked(question.body), QUESTION)
    return _("%(name)s asks: %(question)s", name=question.author, question=asked)


def _what_is_asked(body: str) -> str:
    """Return the last question in a message, or all of it when nothing in it ends with a question mark."""
    asked = _QUESTIONS.findall(body)
    return str(asked[-1]) if asked else body


def doors() -> list[Door]:
    """Return the doors behind which something is offered."""
    texts = {
        "broken": (_("Something doesn't work"), _("Report a fault – we'll find the right team"), "bolt", "danger"),
        "need": (_("I need something"), _("Equipment, access, documents, software"), "box", ""),
        "process": (_("Start a process"), _("Someone joins, moves or leaves the company"), "flow", "new"),
    }
    there = {entry.type.door for entry in offers.offered()}
    return [
        Door(url_for("portal.door", door=door), icon, title, text, tone)
        for door, (title, text, icon, tone) in texts.items()
        if door in there
    ]
