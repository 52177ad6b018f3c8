"""Cost centres and their owners, as an administrator keeps them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from deskcore.plugin import NotFound, Problem, Refused, people, session, unit_of_work
from deskcore_approvals.models import CostCentre

_CODE = re.compile(r"[A-Z0-9][A-Z0-9./_-]{0,59}")
_LONGEST_NAME = 200


def cost_centres() -> Sequence[CostCentre]:
    """Return all cost centres by code."""
    return session().scalars(select(CostCentre).order_by(CostCentre.code)).all()


def save(code: str, name: str, owner: str) -> None:
    """Add a cost centre, or change the one that has this code.

    :raises Refused: naming each field to correct: ``code``, ``name``, ``owner``.
    """
    plain, title, person = code.strip().upper(), " ".join(name.split()), people.get(owner.strip())
    problems = []
    if not _CODE.fullmatch(plain):
        problems.append(Problem(_("Write letters, digits, dots and dashes, such as CC-100."), "code"))
    if not title or len(title) > _LONGEST_NAME:
        problems.append(Problem(_("Write a name of at most %(count)s characters.", count=_LONGEST_NAME), "name"))
    if person is None:
        problems.append(Problem(_("Enter the address of a person who works here."), "owner"))
    if problems or person is None:
        raise Refused(problems)
    with unit_of_work() as work:
        row = work.get(CostCentre, plain) or CostCentre(code=plain)
        row.name, row.owner = title, person.email
        work.add(row)


def remove(code: str) -> None:
    """Remove a cost centre; approvals that run keep the people whom they ask.

    :raises NotFound: when there is none of this code.
    """
    with unit_of_work() as work:
        row = work.get(CostCentre, code)
        if row is None:
            raise NotFound(_("There is no such cost centre."))
        work.delete(row)
