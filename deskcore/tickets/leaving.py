"""Closing the account of somebody: plugins say first what is still open, so that nobody leaves silently."""

from __future__ import annotations

from deskcore.errors import Refused
from deskcore.people.services import deactivate, get_person
from deskcore.runtime import runtime
from deskcore.tickets.directory import people


class StillOpen(Refused):
    """Something is still open with whoever leaves; it is closed all the same when somebody says so."""


def close_account(email: str, *, anyway: bool = False) -> None:
    """Take away somebody's access, once nothing is open with that person any more.

    :param anyway: close it although something is; the audit log says so.
    :raises NotFound: when nobody has the address.
    :raises StillOpen: naming what plugins say is open; nothing was changed.
    :raises Refused: when nobody would be an administrator any more.
    """
    person, view = get_person(email), people.get(email)
    # Asked outside the unit of work: no hook runs under the lock.
    open_with = runtime().callers.check("validate_person_close", person=view).problems if view is not None else ()
    if open_with and not anyway:
        raise StillOpen(open_with)
    deactivate(person, left_open=len(open_with))
