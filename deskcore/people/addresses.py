"""Another address for somebody, after a marriage or a merger: the same account, known by the former one too."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from deskcore import audit
from deskcore.clock import now
from deskcore.errors import NotAllowed, NotFound, Refused
from deskcore.extensions import db
from deskcore.fingerprints import check_unchanged
from deskcore.people.former import refuse_taken, taken
from deskcore.people.granting import confidential_desks_of
from deskcore.people.locks import lock_person
from deskcore.people.models import FormerAddress, OneTimeLink, Person, is_somebody
from deskcore.people.services import about, normalise_email
from deskcore.viewer import current_viewer
from deskcore.work import unit_of_work


def known_as(email: str) -> Person:
    """Return who has an address, or had it before.

    Whoever signs in or asks for a link is found by the present address alone, see
    :func:`~deskcore.people.services.find_person`.

    :raises NotFound: when it is nobody's.
    """
    try:
        address = normalise_email(email)
    except Refused:
        address = ""
    found = db.session.scalar(select(Person).where(Person.email == address, is_somebody()))
    if found is None:
        former = select(Person).join(FormerAddress, FormerAddress.person_id == Person.id)
        found = db.session.scalar(former.where(FormerAddress.address == address))
    if found is None:
        raise NotFound(_("Nobody here has the address %(email)s.", email=email))
    return found


def change_address(email: str, address: str, seen: str) -> Person:
    """Give somebody another address; sign-ins, tokens and everything else stay theirs.

    The former one is kept: files and lists that name it still mean this person, and nobody else gets it. Links for a
    new password end, because they were sent to the former one.

    :param email: the present address, or a former one.
    :param seen: fingerprint of the address that the form showed.
    :raises NotAllowed: when somebody works on a confidential desk, which whoever gets their links could read.
    :raises Refused: when it is no address, or is somebody else's or was.
    :raises Conflict: when somebody changed it meanwhile.
    """
    clean = normalise_email(address)
    try:
        with unit_of_work() as session:
            person = lock_person(session, known_as(email).id)
            check_unchanged(person.email, seen, _("Somebody changed this address meanwhile."))
            if person.email == clean:
                return person
            _refuse_confidential(person)
            refuse_taken(session, clean, person.id)
            before, person.email = person.email, clean
            session.execute(delete(FormerAddress).where(FormerAddress.address == clean))
            session.add(FormerAddress(address=before, person_id=person.id, until=now()))
            unused = delete(OneTimeLink).where(OneTimeLink.person_id == person.id, OneTimeLink.used_at.is_(None))
            ended = len(session.scalars(unused.returning(OneTimeLink.token_hash)).all())
            session.flush()
            after = {"email": clean} | ({"links_ended": ended} if ended else {})
            audit.record(session, "person.readdressed", about(person), {"email": before}, after)
    except IntegrityError as error:
        raise taken(clean) from error  # somebody was faster
    return person


def give_up_address(email: str, former: str) -> None:
    """Forget a former address of somebody: it may become somebody else's.

    :raises NotFound: when the person never had it.
    """
    with unit_of_work() as session:
        person = lock_person(session, known_as(email).id)
        mine = FormerAddress.person_id == person.id, FormerAddress.address == former
        if session.scalar(delete(FormerAddress).where(*mine).returning(FormerAddress.address)) is None:
            raise NotFound(_("There is no such address."))
        audit.record(session, "person.address_freed", about(person), {"email": former})


def why_it_stays(person: Person) -> str:
    """Return why the present viewer cannot change somebody's address, or ``""``."""
    if person.id != current_viewer().person_id and confidential_desks_of(person):
        return _("This person works on a confidential desk. Change the address on the server:")
    return ""


def _refuse_confidential(person: Person) -> None:
    if reason := why_it_stays(person):
        raise NotAllowed(reason)
