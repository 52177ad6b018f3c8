"""What tells whether somebody may take part in a ticket at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

#: Called with an address.
MaySee = Callable[[str], bool]


def stand_in(approver: str, requester: str, delegates: Mapping[str, str], may_see: MaySee) -> str:
    """Return who decides in the place of somebody, through any number of delegations.

    :param delegates: who stands in for whom now.
    :returns: the approver where nobody stands in; ``""`` where the way leads in a circle, to the requester, or to
        somebody who may not see the ticket.
    """
    person, seen = approver, {approver}
    while person in delegates:
        person = delegates[person]
        if person in seen or person == requester or not may_see(person):
            return ""
        seen.add(person)
    return person
