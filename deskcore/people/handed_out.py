"""What lets its holder act as somebody without the password: API tokens, and links for a new one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from deskcore.clock import now
from deskcore.people.models import ApiToken, OneTimeLink, Person


def void_tokens(session: Session, person: Person) -> Sequence[str]:
    """Void every token of somebody; return what each was for."""
    mine = ApiToken.person_id == person.id, ApiToken.revoked_at.is_(None)
    return session.scalars(update(ApiToken).where(*mine).values(revoked_at=now()).returning(ApiToken.name)).all()


def void_handed_out(session: Session, person: Person) -> dict[str, int]:
    """Void the tokens and the links of somebody; return, by name, how many ended, for the log."""
    tokens = len(void_tokens(session, person))
    unused = OneTimeLink.person_id == person.id, OneTimeLink.used_at.is_(None)
    links = len(session.scalars(delete(OneTimeLink).where(*unused).returning(OneTimeLink.token_hash)).all())
    return {key: count for key, count in (("tokens_ended", tokens), ("links_ended", links)) if count}
