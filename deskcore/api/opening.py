"""From the body of ``POST /tickets`` to what the service opens, with everything checked that a form checks."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext as _

from deskcore.api.authentication import caller
from deskcore.api.catalogue import desk_named, type_named
from deskcore.desks.catalogue import RequestTypeEntry
from deskcore.desks.fields import FieldContext
from deskcore.desks.schemas import validate
from deskcore.desks.subjects import subject_and_description
from deskcore.errors import Problem, Refused
from deskcore.people.models import Person
from deskcore.people.services import find_person
from deskcore.runtime import runtime
from deskcore.tickets.managers import check_may_send
from deskcore.tickets.opening import NewTicket
from deskcore.tickets.organisation import Organisation


def new_ticket(body: dict[str, Any], key: str) -> NewTicket:
    """Return the ticket that a caller asks for.

    :raises Refused: with everything there is to correct.
    """
    entry = type_named(desk_named(body["desk"]), body["request_type"])
    requester, problems = _requester(body, entry)
    if caller().area == "portal" and "priority" in body:
        problems.append(Problem(_("Only an agent sets a priority. Leave it out."), "priority"))
    organisation = Organisation(caller().person)
    answers, wrong = validate(entry.type.fields, _answers(body, entry), _context(organisation, requester))
    if problems or wrong:
        raise Refused([*problems, *wrong])
    assert requester is not None
    subject, description = subject_and_description(entry.type, answers, g.language, organisation, runtime().config.zone)
    return NewTicket(
        desk=entry.desk.key,
        request_type=entry.type.key,
        subject=body.get("subject", "") if body.get("subject", "").strip() else subject,
        description=body.get("description", "") if body.get("description", "").strip() else description,
        requester_id=requester.id,
        channel="api",
        answers=answers,
        priority=body.get("priority"),
        key=key,
    )


def _requester(body: dict[str, Any], entry: RequestTypeEntry) -> tuple[Person | None, list[Problem]]:
    me = caller().person
    email = body.get("requester")
    if email is None or email.strip().casefold() == me.email:
        return me, []
    person = find_person(email)
    if caller().area == "portal":
        try:
            check_may_send(entry, me, person)
        except Refused as refused:
            return me, list(refused.problems)
    elif person is None or not person.active:
        return None, [Problem(_("Nobody here has the address %(email)s.", email=email), "requester")]
    return person, []


def _answers(body: dict[str, Any], entry: RequestTypeEntry) -> dict[str, Any]:
    """Return the answers; a description outside of them also answers the field that would become it."""
    answers: dict[str, Any] = body["answers"]
    field = entry.type.description
    if field and "description" in body and field not in answers:
        return {**answers, field: body["description"]}
    return answers


def _context(organisation: Organisation, requester: Person | None) -> FieldContext:
    return FieldContext(
        language=g.language,
        time_zone=runtime().config.zone,
        lookup=organisation,
        person=requester.email if requester else "",
    )
