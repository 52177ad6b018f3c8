"""Places within places, and who looks after which of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from deskcore.plugin import NotFound, Problem, Refused, people, session, unit_of_work
from deskcore_it_assets.care_models import Scope, Within
from deskcore_it_assets.models import MAX_NAME, Location
from deskcore_it_assets.spelling import spelled

#: A place may be within a place that is within a place, so many times.
DEEPEST = 10


@dataclass(frozen=True)
class Placed:
    """A place where it stands in the tree.

    :param depth: how many places it is within.
    :param keepers: addresses of those who look after it, and are limited to it.
    """

    place: Location
    depth: int
    parent_id: int | None
    keepers: tuple[str, ...]


def tree() -> list[Placed]:
    """Return all places, each below the one that it is within."""
    found = session().scalars(select(Location).order_by(Location.name, Location.id)).all()
    parents, keepers = _parents(session()), _keepers()
    below = defaultdict[int | None, list[Location]](list)
    for place in found:
        below[parents.get(place.id)].append(place)
    return list(_walk(below, keepers, None, 0))


def _walk(
    below: Mapping[int | None, Sequence[Location]],
    keepers: Mapping[int, tuple[str, ...]],
    above: int | None,
    depth: int,
) -> Iterable[Placed]:
    for place in below.get(above, ()):
        yield Placed(place, depth, above, keepers.get(place.id, ()))
        yield from _walk(below, keepers, place.id, depth + 1)


def _parents(work: Session) -> dict[int, int]:
    return {row.place_id: row.parent_id for row in work.execute(select(Within.place_id, Within.parent_id))}


def _keepers() -> dict[int, tuple[str, ...]]:
    found = defaultdict[int, list[str]](list)
    for row in session().execute(select(Scope.place_id, Scope.person).order_by(Scope.person)):
        found[row.place_id].append(row.person)
    return {place: tuple(emails) for place, emails in found.items()}


def limits_of(email: str) -> frozenset[int] | None:
    """Return the ids of the places to which somebody is limited, those within them too; nothing for all."""
    own = session().scalars(select(Scope.place_id).where(Scope.person == email)).all()
    return within(own) if own else None


def within(ids: Collection[int]) -> frozenset[int]:
    """Return the ids of places and of everything within them."""
    below = defaultdict[int, list[int]](list)
    for place, parent in _parents(session()).items():
        below[parent].append(place)
    found, waiting = set[int](), list(ids)
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += below.get(place, [])
    return frozenset(found)


def save(place_id: int, name: str, parent: str, emails: Sequence[str]) -> Location:
    """Add a place, or change its name, what it is within, and who is limited to it.

    :param place_id: 0 for a new one.
    :param parent: name of the place that it is within; empty for none.
    :param emails: of those who look after it, and after other such places only.
    :raises Refused: naming what to correct.
    """
    name, parent = " ".join(name.split()), " ".join(parent.split())
    if not name or len(name) > MAX_NAME:
        raise Refused(Problem(_("Write a name of at most %(count)s characters.", count=MAX_NAME), "name"))
    keepers = _known_people(emails)
    with unit_of_work() as work:
        place = _place(work, place_id, name)
        place.key, place.name = spelled(name), name
        work.flush()
        _put_within(work, place, parent)
        work.execute(delete(Scope).where(Scope.place_id == place.id))
        work.add_all(Scope(person=email, place_id=place.id) for email in keepers)
        people.record_change("it_assets", None, {"place": name, "within": parent, "people": len(keepers)})
    return place


def _place(work: Session, place_id: int, name: str) -> Location:
    found = work.get(Location, place_id) if place_id else Location(key=spelled(name), name=name)
    if found is None:
        raise NotFound(_("There is no such place."))
    same = work.scalar(select(Location.id).where(Location.key == spelled(name)))
    if same is not None and same != found.id:
        raise Refused(Problem(_("There is a place of this name already."), "name"))
    work.add(found)
    return found


def _put_within(work: Session, place: Location, parent: str) -> None:
    # One row stands for the whole tree: two who move places into each other wait for one another here.
    first = select(func.min(Location.id)).scalar_subquery()
    work.execute(select(Location.id).where(Location.id == first).with_for_update())
    work.execute(delete(Within).where(Within.place_id == place.id))
    if not parent:
        return
    above = work.scalar(select(Location).where(Location.key == spelled(parent)))
    if above is None:
        raise Refused(Problem(_("There is no place %(name)s.", name=parent), "parent"))
    parents, step, depth = _parents(work), above.id, 1
    while step != place.id and depth <= DEEPEST and step in parents:
        step, depth = parents[step], depth + 1
    if step == place.id:
        raise Refused(Problem(_("A place cannot be within itself, nor within what lies within it."), "parent"))
    if depth > DEEPEST:
        raise Refused(Problem(_("Places can be within each other at most %(count)s deep.", count=DEEPEST), "parent"))
    work.add(Within(place_id=place.id, parent_id=above.id))


def _known_people(emails: Sequence[str]) -> list[str]:
    found = []
    for email in emails:
        person = people.get(email)
        if person is None:
            raise Refused(Problem(_("Nobody here has the address %(email)s.", email=email), "people"))
        found.append(person.email)
    return sorted(set(found))
