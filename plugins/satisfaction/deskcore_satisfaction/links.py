"""Signed links with which somebody rates from a message without signing in; opening one changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select

from deskcore.plugin import PersonView, TicketScoped, now, people, session, tickets
from deskcore_satisfaction.models import Survey
from deskcore_satisfaction.rules import PLUGIN, Rules
from deskcore_satisfaction.words import WORDS

#: Where the pages for links stand.
PLACE = f"/x/{PLUGIN}/link"
_SALT = "deskcore satisfaction: a rating"


@dataclass(frozen=True)
class Link:
    """What a link says.

    :param token: of the question; ``email``: for whom it was made; ``rating``: which answer it proposes.
    """

    token: str
    email: str
    rating: int


class BadLink(Exception):
    """A link cannot be used.

    :param expired: it is genuine, and too old.
    """

    def __init__(self, *, expired: bool) -> None:
        super().__init__("expired" if expired else "not genuine")
        self.expired = expired


def rating_links(number: str, receiver: PersonView) -> list[tickets.MessageLink]:
    """Return the five answers as links for whoever is asked about a ticket; none for anybody else."""
    mine = Survey.requester.in_(people.addresses_of(receiver.email)), Survey.state == "asked"
    wanted = select(Survey.token).where(Survey.ticket_id.in_(TicketScoped.id_of(number)), *mine)
    token = session().scalar(wanted.order_by(Survey.id.desc()).limit(1))
    if token is None:
        return []
    return [tickets.MessageLink(WORDS[each], link_path(token, receiver.email, each)) for each in WORDS]


def link_path(token: str, email: str, rating: int) -> str:
    """Return the path of the page on which one person confirms a rating."""
    return f"{PLACE}/{_serializer().dumps([token, email, rating, int(now().timestamp())])}"


def read_link(signed: str) -> Link:
    """Return what a link says.

    :raises BadLink: for one that was changed, or is too old.
    """
    try:
        token, email, rating, made = _serializer().loads(signed)
    except (BadSignature, ValueError, TypeError):
        raise BadLink(expired=False) from None
    if rating not in WORDS:
        raise BadLink(expired=False)
    if made + Rules.now().answer.total_seconds() < now().timestamp():
        raise BadLink(expired=True)
    return Link(str(token), str(email), int(rating))


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=_SALT)
