"""How far an agent has read a ticket, so that its page opens where the reading ended."""

from __future__ import annotations

from deskcore.extensions import insert_into
from deskcore.tickets.agent_models import TicketRead
from deskcore.tickets.loading import find_ticket
from deskcore.tickets.services.rights import author, require_agent
from deskcore.work import unit_of_work


def mark_read(number: str, seq: int) -> None:
    """Note that the agent has read a ticket up to a line; an older mark never replaces a newer one.

    :param seq: of the newest line on the page; one that does not exist yet counts as the newest there is.
    :raises NotFound: when the agent does not see the ticket.
    """
    person_id = author(require_agent())
    ticket = find_ticket(number)
    seq = min(seq, ticket.last_seq)
    values = {"ticket_id": ticket.id, "person_id": person_id, "seq": seq}
    with unit_of_work() as session:
        row = insert_into(session, TicketRead).values(values)
        row = row.on_conflict_do_update(
            index_elements=["ticket_id", "person_id"], set_={"seq": seq}, where=TicketRead.seq < seq
        )
        session.execute(row)
