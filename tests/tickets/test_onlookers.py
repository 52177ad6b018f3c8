"""Who of others sees a ticket: the same as the access policy says of each of them."""

from __future__ import annotations

import sqlalchemy as sa

from deskcore.extensions import db
from deskcore.people.models import DeskGrant
from deskcore.tickets.latest import newest_in
from deskcore.tickets.models import Ticket, TicketParticipant
from deskcore.tickets.onlookers import onlookers
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work
from tests.tickets.conftest import World


def test_of_each_ticket_the_onlookers_are_those_to_whom_the_policy_shows_it(world: World) -> None:
    grants = {"marek": ("it",), "jan": ("it", "hr"), "kasia": ("hr",), "anna": ()}
    with acting_as(SYSTEM) as session, unit_of_work():
        for name, desks in grants.items():
            person = world.people[name]
            session.execute(sa.delete(DeskGrant).where(DeskGrant.person_id == person))
            session.add_all(DeskGrant(person_id=person, desk_id=world.desks[desk], role="agent") for desk in desks)
        emergency = {"ticket_id": world.tickets["named"], "person_id": world.people["jan"], "role": "break_glass"}
        session.add(TicketParticipant(**emergency))
    db.session.remove()
    seen = {name: world.seen(world.workspace(name, *desks), Ticket) for name, desks in grants.items()}
    everybody = set(world.people.values())
    with acting_as(SYSTEM) as session:
        numbers = dict(session.execute(sa.select(Ticket.id, Ticket.number)).all())
        for ticket, ticket_id in world.tickets.items():
            found = onlookers(newest_in(numbers[ticket_id]), everybody)
            assert set(found) == {world.people[name] for name in grants if ticket in seen[name]}, ticket
    # Each part of the policy matters here; of his own request on a confidential desk Jan sees none.
    assert {"named", "plain", "hr_of_kasia"} <= seen["jan"]
    assert "hr" not in seen["jan"]
    assert "hr_of_kasia" not in seen["kasia"]
