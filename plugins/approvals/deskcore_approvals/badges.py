"""How many people are asked about a ticket at the moment, for its page and for lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import ngettext
from sqlalchemy import func, select

from deskcore.plugin import session, tickets
from deskcore_approvals.models import Decision, Round


def asked(numbers: Sequence[str]) -> Mapping[str, tickets.Badge]:
    """Return a badge for each of these tickets about which somebody still has to decide."""
    known = tickets.ids_of(numbers)
    wanted = select(Decision.ticket_id, func.count(Decision.decider.distinct()))
    wanted = wanted.join(Round, Round.id == Decision.round_id).where(Round.state == "running")
    wanted = wanted.where(Decision.state == "pending", Decision.ticket_id.in_(known.values()))
    counts = {row[0]: row[1] for row in session().execute(wanted.group_by(Decision.ticket_id))}
    return {number: _badge(counts[ticket]) for number, ticket in known.items() if ticket in counts}


def _badge(count: int) -> tickets.Badge:
    return tickets.Badge(ngettext("%(num)s person is asked", "%(num)s people are asked", count), "hold", "stamp")
