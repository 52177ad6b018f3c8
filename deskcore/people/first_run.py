"""The first administrator, made in the browser by whoever can read what the server printed."""

from __future__ import annotations

import hmac

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.errors import NotFound
from deskcore.extensions import Executor
from deskcore.hooks import state
from deskcore.people.models import Person
from deskcore.people.services import create_person, hash_password
from deskcore.work import unit_of_work


def setup_token(secret_key: str) -> str:
    """Return the secret of the address at which one sets up; it opens nothing once there is anybody."""
    return hmac.digest(secret_key.encode(), b"deskcore setup", "sha256").hex()[:40]


def is_setup_token(secret_key: str, token: str) -> bool:
    """Tell whether somebody has the secret."""
    return hmac.compare_digest(setup_token(secret_key), token.encode("ascii", "replace").decode())


def nobody_is_here(on: Executor) -> bool:
    """Tell whether there is no person at all, not even one without access."""
    return on.execute(select(Person.id).limit(1)).first() is None


def first_administrator(email: str, name: str, password: str) -> Person:
    """Make the first person, who is the administrator.

    :raises NotFound: when there is somebody meanwhile.
    :raises Refused: when the address is no address or the password too short.
    """
    hashed = hash_password(password)
    with unit_of_work() as session:
        state.raise_epoch(session)  # whoever else sets up at this moment waits here
        if not nobody_is_here(session):
            raise NotFound(_("It is set up already."))
        return create_person(email, name, None, password_hash=hashed, administrator=True)
