"""Who has what: handing over, taking back, putting aside, and every other step from order to disposal.

Each of these is one transaction, and leaves one line in the history of each thing. A thing is with one holder at a
time; the database refuses a second one.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from deskcore.plugin import Conflict, NotFound, Problem, Refused, now, people, unit_of_work
from deskcore_it_assets import history, indexing, ties
from deskcore_it_assets.catalogue import named
from deskcore_it_assets.finding import MOST_CHOSEN
from deskcore_it_assets.models import MAX_NAME, Asset, Assignment, Location, Product, open_now
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.spelling import spelled
from deskcore_it_assets.states import FOR_HAND_OVER, FOR_RESERVING, STEPS

#: A thing may be in a thing that is in a thing, so many times.
DEEPEST = 10
#: Things that are handed over in one transaction.
MOST_AT_ONCE = MOST_CHOSEN


@dataclass(frozen=True)
class Holder:
    """To whom or what a thing is handed: ``person`` by address, ``location`` by name, ``asset`` by tag."""

    kind: str
    name: str


@dataclass(frozen=True)
class Terms:
    """What is agreed when a thing changes hands.

    :param due_on: when it is expected back, of a loan.
    :param condition: what it looks like.
    :param ticket: number of the ticket for which it is done.
    """

    due_on: date | None = None
    condition: str = ""
    note: str = ""
    ticket: str = ""

    def checked(self) -> Terms:
        """Return the terms as they can be stored.

        :raises Refused: naming what is too long, or a day that is over.
        """
        texts = {"condition": self.condition.strip(), "note": self.note.strip()}
        problems = [
            Problem(_("Use at most %(count)s characters.", count=MAX_NAME), key)
            for key, text in texts.items()
            if len(text) > MAX_NAME
        ]
        if self.due_on is not None and self.due_on < now().date():
            problems.append(Problem(_("The day on which it is expected back is over."), "due_on"))
        if problems:
            raise Refused(problems)
        return Terms(self.due_on, texts["condition"], texts["note"], self.ticket)


#: Nothing agreed.
PLAIN = Terms()


def hand_over(tags: Sequence[str], to: Holder, by: Keeper, terms: Terms = PLAIN, version: int = 0) -> list[Assignment]:
    """Hand things over; what somebody has already goes from there to the new holder.

    :param version: of the one thing that the page showed; 0 for whatever it is now.
    :returns: what now stands in the books, in the order of the tags.
    :raises NotFound: for a thing that is not there, or not this person's to look after.
    :raises Refused: when one of them cannot be handed over; then none is.
    :raises Conflict: when the one thing was changed meanwhile.
    """
    if not tags:
        raise Refused(Problem(_("Choose what to hand over."), "tags"))
    if len(tags) > MOST_AT_ONCE:
        raise Refused(Problem(_("Hand over at most %(count)s items at once.", count=MOST_AT_ONCE), "tags"))
    agreed = terms.checked()
    with unit_of_work() as work:
        assets = locked(work, tags, by, version)
        target = _target(work, to, assets)
        ticket_id = ties.ticket_id_of(work, agreed.ticket)
        made = [_give(work, asset, target, by, agreed, ticket_id) for asset in assets]
        ties.tie(work, assets, ticket_id)
        work.flush()
        indexing.reindex(work, assets)
    return made


def take_back(
    tag: str, by: Keeper, terms: Terms = PLAIN, *, location: str = "", to: str = "stock", version: int = 0
) -> Asset:
    """Take a thing back from whoever has it.

    :param location: where it is put, if not where it was before.
    :param to: ``stock``, or ``service`` for what has to be repaired first.
    :raises Refused: when nobody has it.
    """
    if to not in ("stock", "service"):
        raise Refused(Problem(_("Choose where it goes."), "to"))
    agreed = terms.checked()
    with unit_of_work() as work:
        asset = locked(work, [tag], by, version)[0]
        ended = _end(work, asset, agreed.condition)
        if ended is None:
            raise Refused(_("Nobody has %(tag)s: it cannot be taken back.", tag=asset.tag))
        before, asset.state = asset.state, to
        place = named(work, Location, named_place(location))
        if place is not None:
            asset.location_id = place.id
        ticket_id = ties.ticket_id_of(work, agreed.ticket)
        told = {"holder": ended.holder, "condition": agreed.condition, "note": agreed.note}
        history.note(work, asset, "taken_back", by, before, ticket_id=ticket_id, **told)
        ties.tie(work, [asset], ticket_id)
        work.flush()
        indexing.reindex(work, [asset])
    return asset


def reserve(tag: str, email: str, by: Keeper, note: str = "", version: int = 0) -> Asset:
    """Put a thing aside for somebody, or for nobody in particular.

    :param email: of that person, or ``""``.
    :raises Refused: when it does not lie in stock, or nobody has the address.
    """
    person = people.get(email) if email else None
    if email and person is None:
        raise Refused(Problem(_("Nobody here has the address %(email)s.", email=email), "person"))
    with unit_of_work() as work:
        asset = locked(work, [tag], by, version)[0]
        if asset.state not in FOR_RESERVING:
            raise Refused(_("%(tag)s does not lie in stock: it cannot be reserved.", tag=asset.tag))
        before, asset.state = asset.state, "reserved"
        asset.reserved_for = person.email if person else ""
        history.note(work, asset, "reserved", by, before, holder=person.name if person else "", note=note.strip())
    return asset


def step(tag: str, name: str, by: Keeper, note: str = "", version: int = 0) -> Asset:
    """Take one of the steps of :data:`~deskcore_it_assets.states.STEPS`.

    :raises Refused: when it does not lead on from where the thing stands.
    """
    origins, target = STEPS.get(name, ((), ""))
    if len(note) > MAX_NAME:
        raise Refused(Problem(_("Use at most %(count)s characters.", count=MAX_NAME), "note"))
    with unit_of_work() as work:
        asset = locked(work, [tag], by, version)[0]
        if asset.state not in origins:
            raise Refused(_("This cannot be done with %(tag)s as it stands now.", tag=asset.tag))
        ended = _end(work, asset, "")
        before, asset.state, asset.reserved_for = asset.state, target, ""
        history.note(work, asset, name, by, before, holder=ended.holder if ended else "", note=note.strip())
        work.flush()
        indexing.reindex(work, [asset])
    return asset


def locked(work: Session, tags: Sequence[str], by: Keeper, version: int = 0) -> list[Asset]:
    """Return things that nobody else changes until the end of the transaction, in the order of the tags."""
    keys = list(dict.fromkeys(spelled(tag) for tag in tags))
    wanted = select(Asset).where(Asset.tag_key.in_(keys), by.own()).order_by(Asset.id).with_for_update()
    found = {asset.tag_key: asset for asset in work.scalars(wanted.execution_options(populate_existing=True))}
    for tag in tags:
        if spelled(tag) not in found:
            raise NotFound(_("There is no %(tag)s, or another desk looks after it.", tag=tag))
    assets = [found[key] for key in keys]
    if version and assets[0].version != version:
        raise Conflict(_("Somebody changed %(tag)s meanwhile. Look at it again.", tag=assets[0].tag))
    return assets


def _target(work: Session, to: Holder, assets: Sequence[Asset]) -> Assignment:
    """Return an assignment that names the holder and nothing else.

    :raises Refused: when there is no such holder, or a thing would be inside itself.
    """
    name = to.name.strip()
    if to.kind == "person":
        person = people.get(name)
        if person is None:
            raise Refused(Problem(_("Nobody here has the address %(email)s.", email=name), "person"))
        return Assignment(kind="person", person=person.email, person_name=person.name)
    if to.kind == "location":
        place = named(work, Location, named_place(name))
        if place is None:
            raise Refused(Problem(_("Name the place."), "location"))
        return Assignment(kind="location", place_id=place.id, place=place)
    if to.kind == "asset":
        inside = _inside(work, name, assets)
        return Assignment(kind="asset", inside_id=inside.id, inside=inside)
    raise Refused(Problem(_("Choose a person, a place or another item."), "kind"))


def named_place(name: str) -> str:
    """Return the name of a place as it is kept.

    :raises Refused: when it is too long.
    """
    plain = " ".join(name.split())
    if len(plain) > MAX_NAME:
        raise Refused(Problem(_("Use at most %(count)s characters.", count=MAX_NAME), "location"))
    return plain


def _inside(work: Session, tag: str, assets: Sequence[Asset]) -> Asset:
    """Return the thing into which others go, when none of them holds it already."""
    # One row stands for all chains: two people who build one from both ends wait for each other here.
    work.execute(select(Asset.id).where(Asset.id == select(func.min(Asset.id)).scalar_subquery()).with_for_update())
    inside = work.scalar(select(Asset).where(Asset.tag_key == spelled(tag)))
    if inside is None:
        raise Refused(Problem(_("There is no %(tag)s.", tag=tag), "asset"))
    if inside.state in ("lost", "retired", "disposed"):
        raise Refused(Problem(_("%(tag)s is no longer in use: nothing can be put into it.", tag=inside.tag), "asset"))
    going, depth = {asset.id for asset in assets}, 0
    above: int | None = inside.id
    while above is not None:
        if above in going:
            raise Refused(Problem(_("An item cannot be inside itself, nor inside what it holds."), "asset"))
        depth += 1
        if depth > DEEPEST:
            raise Refused(Problem(_("Items can be inside each other at most %(count)s deep.", count=DEEPEST), "asset"))
        above = work.scalar(select(Assignment.inside_id).where(Assignment.asset_id == above, open_now()))
    return inside


def _give(
    work: Session, asset: Asset, target: Assignment, by: Keeper, terms: Terms, ticket_id: int | None
) -> Assignment:
    if asset.state != "assigned" and asset.state not in FOR_HAND_OVER:
        raise Refused(_("%(tag)s is not in stock: it cannot be handed over.", tag=asset.tag))
    if asset.reserved_for and asset.reserved_for != target.person:
        raise Refused(
            _("%(tag)s is reserved for %(email)s. Release it first.", tag=asset.tag, email=asset.reserved_for)
        )
    ended = _end(work, asset, terms.condition)
    before, asset.state, asset.reserved_for = asset.state, "assigned", ""
    made = Assignment(
        token=secrets.token_urlsafe(16),
        asset_id=asset.id,
        kind=target.kind,
        person=target.person or "",
        person_name=target.person_name or "",
        place_id=target.place_id,
        inside_id=target.inside_id,
        began_at=now(),
        due_on=terms.due_on,
        condition_out=terms.condition,
        answer="waiting" if target.kind == "person" and _asks(work, asset) else "",
    )
    work.add(made)
    told = {"holder": target.holder, "condition": terms.condition, "note": terms.note}
    if ended is not None:
        told["from"] = ended.holder
    kind = "transferred" if ended is not None else "handed_over"
    history.note(work, asset, kind, by, before, ticket_id=ticket_id, **told)
    return made


def _asks(work: Session, asset: Asset) -> bool:
    """Tell whether the person who gets a thing is asked to say that it arrived."""
    if asset.product_id is None:
        return False
    product = work.get(Product, asset.product_id, options=[joinedload(Product.category)], populate_existing=True)
    return product is not None and product.category is not None and product.category.accepted


def _end(work: Session, asset: Asset, condition: str) -> Assignment | None:
    """End what stands in the books for a thing, if anything does."""
    options = joinedload(Assignment.place), joinedload(Assignment.inside)
    wanted = select(Assignment).where(Assignment.asset_id == asset.id, open_now()).options(*options)
    found = work.scalar(wanted.execution_options(populate_existing=True))
    if found is not None:
        found.ended_at, found.condition_in = now(), condition
        if found.answer == "waiting":
            found.answer = ""
        work.flush()
    return found
