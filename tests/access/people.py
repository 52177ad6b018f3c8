"""People of the world: added, given tokens, signed in; and the files that they send."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from conftest import PASSWORD
from deskcore.people.models import Person
from deskcore.people.services import create_person, find_person
from deskcore.people.tokens import make_token
from deskcore.tickets.attachments import store_upload
from deskcore.tickets.conversation_models import Attachment
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

if TYPE_CHECKING:
    from tests.access.world import World


def add_person(name: str, **more: Any) -> Person:
    """Add somebody who signs in as everybody here does."""
    hashed = named("anna.kowalska").password_hash
    return create_person(f"{name}@meridian.example", name.title(), None, password_hash=hashed, **more)


def give_tokens(world: World, tokens: Mapping[str, tuple[str, str, tuple[str, ...]]]) -> None:
    """Make API tokens, by role: whose, in which area, with which scopes."""
    for role, (name, area, scopes) in tokens.items():
        world.secrets[role] = make_token(named(name), area=area, scopes=scopes).token


def named(name: str) -> Person:
    """Return somebody by the part of the address before the @."""
    person = find_person(f"{name}@meridian.example")
    assert person is not None
    return person


def sign_in(world: World, browsers: Mapping[str, str]) -> None:
    """Sign people in: by role, the part of the address before the @; nobody for an empty one."""
    for role, name in browsers.items():
        if name:
            client = world.app.test_client()
            answer = client.post("/login", data={"email": f"{name}@meridian.example", "password": PASSWORD})
            assert answer.status_code == 303, role
            cookie = client.get_cookie("deskcore")
            assert cookie is not None
            world.cookies[role] = cookie.value


def files_of(state_: str, number: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Return token and name of a file on a message and on a note of the ticket in a state."""
    with acting_as(SYSTEM) as session:
        wanted = sa.select(Attachment).join(Ticket, Ticket.id == Attachment.ticket_id).where(Ticket.number == number)
        files = session.scalars(wanted)
        return {(state_, "note" if file.note_id else "message"): (file.token, file.name) for file in files}


def upload(name: str) -> str:
    """Send a file, and return its token."""
    return store_upload(io.BytesIO(name.encode()), name)
