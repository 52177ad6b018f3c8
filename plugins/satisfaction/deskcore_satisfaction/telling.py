"""What the desk hears of a rating: a line on the timeline, and of a low one more than that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from deskcore.plugin import session, tickets, unit_of_work
from deskcore_satisfaction import words
from deskcore_satisfaction.models import Survey


def tell(payload: Mapping[str, Any]) -> None:
    """Say on the timeline how a request was rated, and announce a low rating; a job, once for each rating."""
    wanted = select(Survey).where(Survey.token == payload["token"])
    survey = session().scalar(wanted)
    ticket = tickets.views([survey.ticket_id]).get(survey.ticket_id) if survey is not None else None
    if ticket is None:
        return
    with unit_of_work() as work:
        row = work.scalars(wanted.with_for_update().execution_options(populate_existing=True)).one()
        if row.rating is None or row.told >= row.version:
            return
        if row.is_low:
            tickets.announce(ticket.number, "rating_low", words.low(row.rating), {"rating": row.rating}, icon="alert")
        else:
            tickets.say(ticket.number, words.rated(row.rating, before=row.told > 1), icon="star")
        row.told = row.version
        work.flush()
