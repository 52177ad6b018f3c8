"""Finding things: one by its tag, those of a person or a ticket, and lists, each page at the cost of its rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from deskcore.plugin import NotFound, Refused, now, session
from deskcore_it_assets import records
from deskcore_it_assets.models import Asset, Assignment, Location, Product, Word, open_now
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.spelling import asked_words, spelled
from deskcore_it_assets.states import GONE, STATES

#: Things on one page of a list; matches of a word that a search looks through; equipment of one person that is shown.
PAGE, LOOKED_AT, SHOWN = 50, 1000, 200
#: Things with which something is done in one go.
MOST_CHOSEN = 200
#: So long before its end a warranty counts as ending.
SOON = timedelta(days=30)
#: Ways to look at the list beside the states: what is in use at all, what is overdue, whose warranty ends.
VIEWS = ("here", "overdue", "warranty")


@dataclass(frozen=True)
class Filter:
    """Which things a page lists.

    :param view: one of :data:`VIEWS` or a state.
    :param words: that a thing is found by, all of them.
    :param after: tag behind which the page begins.
    """

    view: str = "here"
    words: str = ""
    desk: str = ""
    category: int = 0
    location: int = 0
    after: str = ""


@dataclass(frozen=True)
class Listed:
    """One line of a list: a thing, and who has it."""

    asset: Asset
    held: Assignment | None


def find(tag: str, by: Keeper) -> Asset:
    """Return a thing that somebody looks after, with everything that is known of it.

    :raises NotFound: when there is none, or another desk looks after it.
    """
    wanted = select(Asset).where(Asset.tag_key == spelled(tag), by.own()).options(*records.whole())
    found = session().scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(_("There is no %(tag)s, or another desk looks after it.", tag=tag))
    return found


def chosen(tags: Iterable[str], by: Keeper) -> list[Asset]:
    """Return things that somebody looks after, with everything that is known of them, in the order of the tags.

    :raises NotFound: when one of them is not there, or another desk looks after it.
    :raises Refused: when they are too many for one go.
    """
    keys = list(dict.fromkeys(spelled(tag) for tag in tags))
    if len(keys) > MOST_CHOSEN:
        raise Refused(_("Choose at most %(count)s items at once.", count=MOST_CHOSEN))
    wanted = select(Asset).where(Asset.tag_key.in_(keys), by.own()).options(*records.whole())
    found = {each.tag_key: each for each in session().scalars(wanted.execution_options(populate_existing=True))}
    for key in keys:
        if key not in found:
            raise NotFound(_("There is no %(tag)s, or another desk looks after it.", tag=key))
    return [found[key] for key in keys]


def listed(wanted: Filter, by: Keeper, *, whole: bool = False) -> list[Listed]:
    """Return one page of things by tag, with who has each, and one more if there is a next page.

    :param whole: with everything that is known of each.
    """
    held, place, inside = aliased(Assignment), aliased(Location), aliased(Asset)
    found = (
        select(Asset, held)
        .outerjoin(held, and_(held.asset_id == Asset.id, held.ended_at.is_(None)))
        .outerjoin(place, place.id == held.place_id)
        .outerjoin(inside, inside.id == held.inside_id)
        .options(
            joinedload(Asset.product).joinedload(Product.manufacturer),
            joinedload(Asset.location),
            contains_eager(held.place.of_type(place)),
            contains_eager(held.inside.of_type(inside)),
        )
        .where(*_narrowed(wanted, by))
        .order_by(Asset.tag_key)
        .limit(PAGE + 1)
    )
    found = found.options(*records.whole()) if whole else found
    return [Listed(asset, each) for asset, each in session().execute(found)]


def tags_of(wanted: Filter, by: Keeper, most: int) -> list[str]:
    """Return the tags of all that a filter finds.

    :raises Refused: when they are more than that.
    """
    found = select(Asset.tag).where(*_narrowed(replace(wanted, after=""), by)).order_by(Asset.tag_key).limit(most + 1)
    tags = list(session().scalars(found))
    if len(tags) > most:
        raise Refused(_("More than %(count)s items match: narrow the list first.", count=most))
    return tags


@dataclass(frozen=True)
class Standing:
    """How a thing stands in the books: where it is, and with whom."""

    id: int
    tag: str
    tag_key: str
    place: str
    holder: str


def standing(
    work: Session, wanted: Filter, desk: str, by: Keeper, most: int, *more: ColumnElement[bool]
) -> list[Standing]:
    """Return how the things of a desk that a filter finds stand in the books, in the order of their tags."""
    held, place, lies = aliased(Assignment), aliased(Location), aliased(Location)
    inside = aliased(Asset)
    columns = (Asset.id, Asset.tag, Asset.tag_key, place.name, lies.name, held.person_name, held.kind, inside.tag)
    found = (
        select(*columns)
        .outerjoin(held, and_(held.asset_id == Asset.id, held.ended_at.is_(None)))
        .outerjoin(place, place.id == held.place_id)
        .outerjoin(inside, inside.id == held.inside_id)
        .outerjoin(lies, lies.id == Asset.location_id)
        .where(*_narrowed(replace(wanted, desk=desk, after=""), by), *more)
        .order_by(Asset.tag_key)
        .limit(most)
    )
    return [_standing(*row) for row in work.execute(found)]


def _standing(
    number: int, tag: str, key: str, place: str | None, lies: str | None, person: str | None, kind: str | None,
    inside: str | None,
) -> Standing:  # fmt: skip
    # What somebody carries about is expected with that person, and nowhere in particular.
    where = place or ("" if kind in ("person", "asset") else lies) or ""
    return Standing(number, tag, key, where, person or inside or "")


def of_person(addresses: Iterable[str], by: Keeper | None = None) -> Sequence[Assignment]:
    """Return what somebody has now, the newest first, each with the thing and its model.

    :param addresses: that person's, the former ones too.
    :param by: whose desks' equipment it is narrowed to; left out, everybody's.
    """
    product = joinedload(Assignment.asset).joinedload(Asset.product)
    wanted = select(Assignment).where(Assignment.person.in_(sorted(set(addresses))), open_now())
    if by is not None and not by.everywhere:
        wanted = wanted.join(Asset, Asset.id == Assignment.asset_id).where(by.own())
    wanted = wanted.options(product.joinedload(Product.manufacturer), product.joinedload(Product.category))
    return session().scalars(wanted.order_by(Assignment.id.desc()).limit(SHOWN)).all()


def held_now(asset: Asset) -> Assignment | None:
    """Return who has a thing now, if anybody does."""
    options = joinedload(Assignment.place), joinedload(Assignment.inside)
    wanted = select(Assignment).where(Assignment.asset_id == asset.id, open_now()).options(*options)
    return session().scalar(wanted.execution_options(populate_existing=True))


def around(asset: Asset) -> tuple[Assignment | None, list[Asset]]:
    """Return who has a thing now, if anybody does, and what is inside it."""
    # The thing itself is among them, and is read anew: with everything that the page knew of it.
    whole = joinedload(Assignment.asset).options(*records.whole())  # type: ignore[arg-type]
    options = joinedload(Assignment.place), joinedload(Assignment.inside), whole
    about = (Assignment.asset_id == asset.id) | (Assignment.inside_id == asset.id)
    wanted = select(Assignment).where(about, open_now()).options(*options).limit(SHOWN)
    found = session().scalars(wanted).all()
    held = next((each for each in found if each.asset_id == asset.id), None)
    return held, sorted((each.asset for each in found if each is not held), key=lambda each: each.tag_key)


def _narrowed(wanted: Filter, by: Keeper) -> list[ColumnElement[bool]]:
    found = [by.own(), *_in_view(wanted.view)]
    if wanted.desk:
        found.append(Asset.desk == wanted.desk)
    if wanted.category:
        found.append(Asset.category_id == wanted.category)
    if wanted.location:
        found.append(Asset.location_id == wanted.location)
    if wanted.after:
        found.append(Asset.tag_key > spelled(wanted.after))
    return found + _found_by(asked_words(wanted.words))


def _in_view(view: str) -> list[ColumnElement[bool]]:
    today = now().date()
    if view in STATES:
        return [Asset.state == view]
    if view == "all":
        return []
    if view == "overdue":
        return [Asset.id.in_(select(Assignment.asset_id).where(Assignment.due_on < today, open_now()))]
    if view == "warranty":
        return [Asset.warranty_until.between(today, today + SOON), Asset.state.not_in(GONE)]
    return [Asset.state.not_in(GONE)]


def _found_by(words: Sequence[str]) -> list[ColumnElement[bool]]:
    """Return the conditions that a thing is found by all of these words, each of which may be the beginning of one.

    The rarest is looked up, and what it finds is held against the others: the cost follows that one alone.
    """
    if not words:
        return []
    rarest = min(words, key=_frequency)
    matching = select(Word.asset_id).where(_begins(rarest)).limit(LOOKED_AT)
    others = [exists().where(Word.asset_id == Asset.id, _begins(word)) for word in words if word != rarest]
    return [Asset.id.in_(matching), *others]


def _frequency(word: str) -> int:
    some = select(Word.asset_id).where(_begins(word)).limit(LOOKED_AT + 1).subquery()
    return session().scalar(select(func.count()).select_from(some)) or 0


def _begins(word: str) -> ColumnElement[bool]:
    # A range instead of LIKE: both databases answer it from the index, whatever their collation of LIKE.
    return and_(Word.word >= word, Word.word < word + "\U0010ffff")


def warranty_ends(asset: Asset) -> bool:
    """Tell whether the warranty of a thing ends soon."""
    today = now().date()
    return asset.warranty_until is not None and today <= asset.warranty_until <= today + SOON
