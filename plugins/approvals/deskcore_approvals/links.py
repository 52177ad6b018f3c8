"""Signed links with which somebody comes to a decision in one step; a link alone decides nothing and opens nothing."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, url_for
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from deskcore.plugin import setting

_SALT = "deskcore approvals: a decision"
VERDICTS = ("approve", "reject")


@dataclass(frozen=True)
class Link:
    """What a link says.

    :param token: of the decision; ``email``: for whom it was made; ``verdict``: ``approve`` or ``reject``.
    """

    token: str
    email: str
    verdict: str


class BadLink(Exception):
    """A link cannot be used.

    :param expired: it is genuine, and too old.
    """

    def __init__(self, *, expired: bool) -> None:
        super().__init__("expired" if expired else "not genuine")
        self.expired = expired


def decision_link(token: str, email: str, verdict: str, *, external: bool = False) -> str:
    """Return the address at which somebody confirms a verdict, for a message to that person.

    :param token: of :class:`~deskcore_approvals.standing.Asked`.
    :param verdict: ``approve`` or ``reject``.
    :param external: with the name of the server, for messages.
    """
    signed = _serializer().dumps([token, email, verdict])
    return url_for("approvals.confirm", signed=signed, _external=external)


def read_link(signed: str) -> Link:
    """Return what a link says.

    :raises BadLink: for one that was changed, or is too old.
    """
    days = int(setting("approvals", "link_days"))
    try:
        token, email, verdict = _serializer().loads(signed, max_age=days * 86400)
    except SignatureExpired:
        raise BadLink(expired=True) from None
    except (BadSignature, ValueError, TypeError):
        raise BadLink(expired=False) from None
    if verdict not in VERDICTS:
        raise BadLink(expired=False)
    return Link(str(token), str(email), str(verdict))


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt=_SALT)
