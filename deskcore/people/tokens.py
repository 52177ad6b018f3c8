"""API tokens: made once, shown once, stored as a hash."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from deskcore import audit
from deskcore.clock import now
from deskcore.errors import Refused
from deskcore.extensions import db
from deskcore.people.handed_out import void_tokens
from deskcore.people.locks import lock_person
from deskcore.people.models import ApiToken, DeskGrant, Person
from deskcore.people.services import about
from deskcore.people.signing_in import secret_hash
from deskcore.work import unit_of_work

#: What a token may be allowed, and in which words the API says so.
SCOPES = (
    "tickets:read", "tickets:write", "answers:reveal", "people:read", "desks:read", "plugins:read", "plugins:write",
)  # fmt: skip
#: What a token may do for which nothing was chosen: sensitive answers are shown only to one that was made for it.
USUAL_SCOPES = tuple(scope for scope in SCOPES if scope != "answers:reveal")


@dataclass(frozen=True)
class NewToken:
    """A token as it is shown once.

    :param token: the secret for the ``Authorization: Bearer`` header.
    """

    token: str = field(repr=False)
    area: str
    scopes: tuple[str, ...]
    expires_at: datetime | None


def make_token(
    person: Person, name: str = "", area: str = "", scopes: Iterable[str] = (), days: int | None = 365
) -> NewToken:
    """Make an API token for somebody.

    :param area: ``portal`` or ``workspace``; by default the workspace for those who work on a desk.
    :param scopes: by default everything the person may do, except having sensitive answers shown.
    :param days: how long it lives; ``None`` for ever.
    :raises Refused: when an area or a scope is unknown, or somebody without a desk asks for the workspace.
    """
    works = db.session.scalar(select(DeskGrant.desk_id).where(DeskGrant.person_id == person.id).limit(1)) is not None
    area = area or ("workspace" if works else "portal")
    chosen = tuple(scopes) or USUAL_SCOPES
    if area not in ("portal", "workspace") or (area == "workspace" and not works):
        raise Refused("The area of a token is portal, or workspace for somebody who works on a desk.")
    unknown = [scope for scope in chosen if scope not in SCOPES]
    if unknown:
        raise Refused(f"Unknown scope “{unknown[0]}”. Known scopes: {', '.join(SCOPES)}.")
    secret = "dc_" + secrets.token_urlsafe(32)
    expires_at = now() + timedelta(days=days) if days is not None else None
    with unit_of_work() as session:
        lock_person(session, person.id)
        row = ApiToken(token_hash=secret_hash(secret), person_id=person.id, name=name[:100], area=area)
        row.scopes, row.expires_at = list(chosen), expires_at
        session.add(row)
        session.flush()
        after = {"purpose": row.name, "area": area, "scopes": chosen, "expires_at": expires_at}
        audit.record(session, "token.made", about(person), after=after)
    return NewToken(secret, area, chosen, expires_at)


def revoke_tokens(person: Person) -> int:
    """Void every token of somebody; return how many there were."""
    with unit_of_work() as session:
        lock_person(session, person.id)
        names = void_tokens(session, person)
        for name in names:
            audit.record(session, "token.revoked", about(person), {"purpose": name})
    return len(names)
