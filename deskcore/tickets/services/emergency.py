"""Emergency access: somebody without a right to a ticket sees it for some hours, because a second person agreed.

Every step is an entry of the audit log, the lead of the desk is told, and it ends by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session, aliased

from deskcore import audit
from deskcore.clock import now
from deskcore.errors import NotAllowed, NotFound, Problem, Refused
from deskcore.events.jobs import queue_job
from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.runtime import runtime
from deskcore.tickets.emergency_models import Emergency
from deskcore.tickets.models import Ticket, TicketExclusion, TicketParticipant
from deskcore.tickets.services.rights import author
from deskcore.tickets.timeline import record
from deskcore.viewer import SYSTEM, Viewer, current_viewer
from deskcore.work import acting_as, unit_of_work

#: How long somebody can confirm what was asked.
_ASKED_FOR = timedelta(hours=24)
MAX_REASON = 1000
#: Ends what has had its time.
JOB = "core.emergency"


@dataclass(frozen=True)
class EmergencyView:
    """A request for emergency access as its people see it.

    :param running: whether its time is not up.
    :param may_decide: whether the reader can confirm or refuse it.
    :param may_end: whether the reader can end it.
    :param to_notice: whether the reader leads the desk, and has not said yet that he knows of it.
    """

    token: str
    number: str
    asker: str
    decider: str
    row: Emergency
    mine: bool
    running: bool
    may_decide: bool
    may_end: bool
    to_notice: bool


def may_ask(viewer: Viewer) -> bool:
    """Tell whether somebody can ask for emergency access: administrators, and those who work on some desk."""
    return viewer.administrator or bool(viewer.desk_roles)


def ask(number: str, reason: str) -> None:
    """Ask to see a ticket that one has no right to; whether there is such a ticket is not told.

    :raises Refused: when no reason is given, or too much is asked at once.
    """
    viewer, typed, said = _asker(), number.strip().upper()[:20].replace("\0", ""), reason.strip().replace("\0", "")
    problems = []
    if not typed:
        problems.append(Problem(_("Write the number of the ticket"), "number"))
    if len(said) < 10 or len(said) > MAX_REASON:
        problems.append(Problem(_("Say in 10 to %(most)s characters why you need it", most=MAX_REASON), "reason"))
    if problems:
        raise Refused(problems)
    with unit_of_work() as session:
        mine = Emergency.asker_id == author(viewer), Emergency.state == "asked", Emergency.until > now()
        if session.scalar(select(Emergency.id).where(*mine, Emergency.number == typed)) is not None:
            raise Refused(Problem(_("You have asked for this ticket already."), "number"))
        with acting_as(SYSTEM) as everything:
            ticket_id = everything.scalar(select(Ticket.id).where(Ticket.number == typed))
        row = Emergency(
            token=secrets.token_urlsafe(16), number=typed, ticket_id=ticket_id, asker_id=author(viewer), reason=said
        )
        row.until = now() + _ASKED_FOR
        session.add(row)
        audit.record(session, "break_glass.asked", _subject(row), after={"ticket": typed, "reason": said})


def decide(token: str, agreed: bool) -> None:
    """Confirm or refuse what somebody else asked for.

    :raises NotFound: when it is not the viewer's to decide.
    :raises Refused: when it is too late.
    """
    viewer = current_viewer()
    with unit_of_work() as session:
        row = _mine(session, token, _may_decide(viewer))
        if row.state != "asked" or row.until is None or row.until <= now():
            raise Refused(_("Somebody has decided already, or it is too late."))
        row.decider_id, row.decided_at = author(viewer), now()
        if agreed:
            _give(session, row, viewer)
        else:
            row.state = "refused"
            audit.record(session, "break_glass.refused", _subject(row), before=_told(session, row))


def end(token: str) -> None:
    """End emergency access before its time; whoever has it, confirmed it or leads the desk can.

    :raises NotFound: for everybody else.
    """
    viewer = current_viewer()
    with unit_of_work() as session:
        row = _mine(session, token, _may_end(viewer))
        if row.state == "given":
            finish(session, row, viewer, "break_glass.withdrawn")


def notice(token: str) -> None:
    """Say, as a lead of the desk, that one knows of it."""
    viewer = current_viewer()
    with unit_of_work() as session:
        row = _mine(session, token, _leads(viewer))
        row.noticed_at = row.noticed_at or now()


def end_expired() -> int:
    """End what has had its time, and return how many there were; the policy let go of it at that moment already."""
    with acting_as(SYSTEM), unit_of_work() as session:
        rows = session.scalars(select(Emergency).where(Emergency.state == "given", Emergency.until <= now())).all()
        for row in rows:
            finish(session, row, SYSTEM, "break_glass.expired")
        return len(rows)


def end_for(session: Session, ticket: Ticket, viewer: Viewer) -> None:
    """End every emergency access to a ticket that leaves its desk: nobody of the next one has agreed."""
    running = Emergency.ticket_id == ticket.id, Emergency.state == "given"
    for row in session.scalars(select(Emergency).where(*running)).all():
        finish(session, row, viewer, "break_glass.withdrawn")
        # Its line was added to the timeline in another session.
        session.scalar(select(Ticket).where(Ticket.id == ticket.id).execution_options(populate_existing=True))


def finish(session: Session, row: Emergency, viewer: Viewer, action: audit.Action) -> None:
    """End one; belongs inside the unit of work."""
    row.state = "ended"
    row.until = min(row.until or now(), now())
    with acting_as(SYSTEM) as everything:
        ticket = everything.get(Ticket, row.ticket_id) if row.ticket_id else None
        part = everything.get(TicketParticipant, (row.ticket_id, row.asker_id, "break_glass")) if ticket else None
        if ticket is not None and part is not None:
            everything.delete(part)
            record(everything, ticket, viewer, "break_glass_ended", "portal", {"person": row.asker_id})
    audit.record(session, action, _subject(row), before=_told(session, row))


def lasting(ticket: Ticket) -> Emergency | None:
    """Return the emergency access through which the viewer sees a ticket, or nothing."""
    mine = Emergency.ticket_id == ticket.id, Emergency.asker_id == current_viewer().person_id
    return db.session.scalar(select(Emergency).where(*mine, Emergency.state == "given", Emergency.until > now()))


def emergencies() -> list[EmergencyView]:
    """Return what the viewer asked for, may decide, or is told of as a lead, newest first."""
    viewer = current_viewer()
    asker, decider = aliased(Person), aliased(Person)
    roles = _may_decide(viewer), _may_end(viewer), _leads(viewer)
    wanted = select(Emergency, asker.name, decider.name, *(role.label(f"r{at}") for at, role in enumerate(roles)))
    wanted = wanted.join(asker, asker.id == Emergency.asker_id)
    wanted = wanted.outerjoin(decider, decider.id == Emergency.decider_id)
    mine = Emergency.asker_id == viewer.person_id
    wanted = wanted.where(or_(mine, *roles)).order_by(Emergency.id.desc()).limit(100)
    with acting_as(SYSTEM) as session:
        found = session.execute(wanted).all()
        return [_view(row, viewer) for row in found]


def waiting(viewer: Viewer) -> int:
    """Return how many a lead has not noticed yet, or somebody can decide now."""
    undecided = and_(_may_decide(viewer), Emergency.state == "asked", Emergency.until > now())
    unnoticed = and_(_leads(viewer), Emergency.state.in_(("given", "ended")), Emergency.noticed_at.is_(None))
    with acting_as(SYSTEM) as session:
        return len(session.scalars(select(Emergency.id).where(or_(undecided, unnoticed)).limit(99)).all())


def _view(found: Sequence[object], viewer: Viewer) -> EmergencyView:
    row, asker, decider, decides, ends, leads = found
    assert isinstance(row, Emergency)
    running = row.until is not None and row.until > now()
    return EmergencyView(
        token=row.token,
        number=row.number,
        asker=str(asker),
        decider=str(decider or ""),
        row=row,
        mine=row.asker_id == viewer.person_id,
        running=running,
        may_decide=bool(decides) and row.state == "asked" and running,
        may_end=bool(ends) and row.state == "given" and running,
        to_notice=bool(leads) and row.state in ("given", "ended") and row.noticed_at is None,
    )


def _asker() -> Viewer:
    viewer = current_viewer()
    if viewer.person_id is None or not may_ask(viewer):
        raise NotAllowed(_("You don't have access to this page."))
    return viewer


def _give(session: Session, row: Emergency, viewer: Viewer) -> None:
    row.state, row.until = "given", now() + timedelta(hours=runtime().config.break_glass_hours)
    with acting_as(SYSTEM) as everything:
        ticket = everything.get(Ticket, row.ticket_id) if row.ticket_id else None
        shut_out = ticket and everything.get(TicketExclusion, (ticket.id, row.asker_id))
        if ticket is not None and shut_out is None:
            key = {"ticket_id": ticket.id, "person_id": row.asker_id, "role": "break_glass"}
            part = everything.get(TicketParticipant, tuple(key.values())) or TicketParticipant(**key)
            part.since, part.until = now(), row.until
            everything.add(part)
            record(everything, ticket, viewer, "break_glass_given", "portal", {"person": row.asker_id})
    lasts = timedelta(hours=runtime().config.break_glass_hours)
    queue_job(JOB, slot=row.token, delay=lasts)
    told = _told(session, row) | {"reason": row.reason, "until": row.until}
    audit.record(session, "break_glass.given", _subject(row), after=told)


def _mine(session: Session, token: str, allowed: ColumnElement[bool]) -> Emergency:
    with acting_as(SYSTEM) as everything:
        wanted = select(Emergency.id).where(Emergency.token == token[:43].replace("\0", ""), allowed)
        found = everything.scalar(wanted)
    row = session.get(Emergency, found, with_for_update=True, populate_existing=True) if found else None
    if row is None:
        raise NotFound(_("There is no such page."))
    return row


def _may_decide(viewer: Viewer) -> ColumnElement[bool]:
    """Another administrator, or a lead of the desk who may see the ticket; never who asked."""
    somebody_else = Emergency.asker_id != viewer.person_id
    administers = _not_shut_out(viewer) if viewer.administrator else false()
    return and_(somebody_else, or_(administers, _leads(viewer)))


def _may_end(viewer: Viewer) -> ColumnElement[bool]:
    mine = or_(Emergency.asker_id == viewer.person_id, Emergency.decider_id == viewer.person_id)
    return or_(mine, _leads(viewer))


def _leads(viewer: Viewer) -> ColumnElement[bool]:
    desks = [desk_id for desk_id, role in viewer.desk_roles.items() if role == "lead"]
    if not desks or viewer.person_id is None:
        return false()
    of_my_desks = select(Ticket.id).where(Ticket.desk_id.in_(desks)).scalar_subquery()
    return and_(Emergency.ticket_id.in_(of_my_desks), _not_shut_out(viewer))


def _not_shut_out(viewer: Viewer) -> ColumnElement[bool]:
    mine = select(TicketExclusion.ticket_id).where(TicketExclusion.person_id == viewer.person_id).scalar_subquery()
    return or_(Emergency.ticket_id.is_(None), Emergency.ticket_id.not_in(mine))


def _subject(row: Emergency) -> audit.Subject:
    """Return the desk that the number belongs to, whether there is such a ticket or not."""
    prefix = row.number.partition("-")[0]
    return audit.Subject(
        "desk", next((desk.key for desk in runtime().catalogue.desks.values() if desk.prefix == prefix), "")
    )


def _told(session: Session, row: Emergency) -> dict[str, object]:
    email = session.scalar(select(Person.email).where(Person.id == row.asker_id))
    return {"person": email, "ticket": row.number}
