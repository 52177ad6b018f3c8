"""What must be true of questions and ratings as they are stored."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import select

from deskcore.plugin import EventView, session, tickets
from deskcore_satisfaction.closings import FINISHED
from deskcore_satisfaction.models import Survey


def surveys_are_sound(ids: Collection[int]) -> Iterator[tuple[int, str]]:
    """Yield tickets with a question that contradicts itself, or the timeline."""
    found = session().scalars(select(Survey).where(Survey.ticket_id.in_(ids)).order_by(Survey.id)).all()
    events = tickets.timelines({survey.ticket_id for survey in found}) if found else {}
    views = tickets.views({survey.ticket_id for survey in found}) if found else {}
    for survey in found:
        if survey.ticket_id not in views:
            continue
        for said in _contradictions(survey):
            yield survey.ticket_id, said
        if not any(_finishes(event, survey.closing) for event in events[survey.ticket_id]):
            yield survey.ticket_id, f"It was asked about for line {survey.closing}, which did not finish it."
        if survey.reopened_at is None and views[survey.ticket_id].status_category not in FINISHED:
            yield survey.ticket_id, "It is asked about as finished, and is open."


def _contradictions(survey: Survey) -> Iterator[str]:
    if (survey.rating is None) != (survey.rated_at is None):
        yield "A rating has no moment, or a moment no rating."
    if survey.rating is not None and survey.state != "asked":
        yield f"It was rated, and its question is {survey.state}."
    if (survey.state == "asked") != (survey.asked_at is not None) and survey.state != "dropped":
        yield f"Its question is {survey.state}, which does not fit when it was asked."
    if survey.handled_at is not None and not survey.is_low:
        yield "Somebody dealt with a low rating that is none."
    if survey.agent and survey.agent == survey.requester:
        yield "Whoever asked for it would rate himself."


def _finishes(event: EventView, seq: int) -> bool:
    finished = event.kind in ("opened", "status_changed") and event.data.get("category") in FINISHED
    return finished and event.id.endswith(f"/{seq}")
