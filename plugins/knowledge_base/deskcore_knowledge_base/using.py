"""Which articles help in which tickets: a reply that leads to one says so."""

from __future__ import annotations

import re

from sqlalchemy import select

from deskcore.plugin import EventView, NotFound, TicketScoped, session, tickets, unit_of_work
from deskcore_knowledge_base.models import MAX_SLUG, Article, Use

_LINK = re.compile(rf"/answers/a/([a-z0-9-]{{1,{MAX_SLUG}}})")


def note(event: EventView) -> None:
    """Note the articles that the replies of a ticket lead to, if it is on a desk that the plugin was given."""
    try:
        read = tickets.read(event.number, messages=True)
    except NotFound:
        return
    said = "\n".join(one.text for one in read.messages if one.from_agent)
    slugs = set(_LINK.findall(said))
    if not slugs:
        return
    with unit_of_work() as work:
        ticket = work.scalar(TicketScoped.id_of(event.number))
        found = set(session().scalars(select(Article.id).where(Article.slug.in_(slugs))))
        known = set(work.scalars(select(Use.article_id).where(Use.ticket_id == ticket)))
        work.add_all(Use(article_id=article, ticket_id=ticket) for article in sorted(found - known))
