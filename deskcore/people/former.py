"""Addresses that people had before: whose they are, and that nobody else gets them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore.errors import Problem, Refused
from deskcore.people.models import STAND_INS, FormerAddress, Person


def present_addresses(session: Session, addresses: Iterable[str] | None = None) -> dict[str, str]:
    """Return the present address of everybody who had one of ``addresses`` before, by the former one.

    :param addresses: in the one spelling; all that anybody had, when left out.
    """
    wanted = select(FormerAddress.address, Person.email).join(Person, Person.id == FormerAddress.person_id)
    if addresses is not None:
        wanted = wanted.where(FormerAddress.address.in_(list(addresses)))
    return dict(session.execute(wanted).all())


def former_addresses(session: Session, person: Person) -> Sequence[FormerAddress]:
    """Return the addresses that somebody had before, the newest first."""
    wanted = select(FormerAddress).where(FormerAddress.person_id == person.id)
    return session.scalars(wanted.order_by(FormerAddress.until.desc(), FormerAddress.address)).all()


def refuse_taken(session: Session, address: str, owner_id: int | None = None) -> None:
    """Refuse an address that is somebody's, or was, or that nobody can have.

    :param owner_id: who may have it.
    :raises Refused: naming whose it is.
    """
    refuse_stand_in(address)
    if session.scalar(select(Person.id).where(Person.email == address, Person.id != (owner_id or 0))):
        raise taken(address)
    former = select(Person).join(FormerAddress, FormerAddress.person_id == Person.id)
    person = session.scalar(former.where(FormerAddress.address == address, Person.id != (owner_id or 0)))
    if person is not None:
        words = _(
            "%(email)s was the address of %(name)s, and files may still mean that person by it. Give it up on their "
            "page first.",
            email=address,
            name=person.name,
        )
        raise Refused(Problem(words, "email"))


def refuse_stand_in(address: str) -> None:
    """Refuse an address under which tickets without a name stand: whoever had it would be their sender.

    :raises Refused: when it is one of these.
    """
    if address in STAND_INS:
        words = _("Nobody can have the address %(email)s: it stands for people who are not named.", email=address)
        raise Refused(Problem(words, "email"))


def taken(address: str) -> Refused:
    """Return the refusal of an address that somebody has."""
    return Refused(Problem(_("Somebody already has the address %(email)s.", email=address), "email"))
