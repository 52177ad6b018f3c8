"""How the approval of a ticket stands: for panels, pages and other plugins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from deskcore.plugin import Text, TicketScoped, people, session
from deskcore_approvals.models import Decision, Round


@dataclass(frozen=True)
class Asked:
    """What one person is asked, or decided.

    :param state: ``pending``, ``approved``, ``rejected`` or ``void``.
    :param name: of whoever decided, or decides now; ``instead``: in whose place, or ``""``.
    """

    token: str
    step: Text
    email: str
    name: str
    state: str
    instead: str = ""
    at: datetime | None = None
    due_at: datetime | None = None
    comment: str = ""


def approval_of(number: str) -> list[Asked]:
    """Return everything that is asked or was decided about a ticket in its newest approval, as far as one sees it."""
    ticket = TicketScoped.id_of(number).scalar_subquery()
    newest = select(Round.id).where(Round.ticket_id == ticket).order_by(Round.id.desc()).limit(1).scalar_subquery()
    wanted = select(Decision, Round).join(Round, Round.id == Decision.round_id).where(Decision.round_id == newest)
    rows = session().execute(wanted.order_by(Decision.id)).all()
    mentioned = {email for one, _round in rows for email in (one.approver, one.decider, one.decided_by) if email}
    names = {email: person.name for email, person in people.named(mentioned).items()} if rows else {}
    return [_asked(one, round_.title(one.step), names) for one, round_ in rows]


def _asked(decision: Decision, step: Text, names: Mapping[str, str]) -> Asked:
    email = decision.decided_by or decision.decider
    instead = decision.approver if email != decision.approver else ""
    return Asked(
        token=decision.token,
        step=step,
        email=email,
        name=names.get(email, email),
        state=decision.state,
        instead=names.get(instead, instead),
        at=decision.decided_at,
        due_at=decision.due_at,
        comment=decision.comment,
    )
