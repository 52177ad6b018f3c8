"""One thing done with many things: tried first, row by row, and then done with all of them or with none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from deskcore.plugin import Conflict, NotAllowed, NotFound, Problem, Refused, unit_of_work
from deskcore_it_assets import campaigns, custody, finding, whereabouts
from deskcore_it_assets.custody import Holder, Terms
from deskcore_it_assets.models import MAX_NAME, Asset
from deskcore_it_assets.rights import Keeper
from deskcore_it_assets.states import STEPS
from deskcore_it_assets.words import look_of

#: What can be done with many things, beside the steps of :data:`~deskcore_it_assets.states.STEPS`.
ACTIONS = ("hand_over", "take_back", "move", "count")


@dataclass(frozen=True)
class Order:
    """What is to be done.

    :param action: one of :data:`ACTIONS` or a step.
    :param person: to whom things are handed; ``location`` where they are handed or put.
    :param campaign: the token of the one in which they are counted.
    """

    action: str
    person: str = ""
    location: str = ""
    condition: str = ""
    note: str = ""
    due_on: date | None = None
    campaign: str = ""

    def check(self) -> None:
        """Refuse what could be done with nothing at all.

        :raises Refused: naming what to correct.
        """
        if self.action not in (*ACTIONS, *STEPS):
            raise Refused(Problem(_("Choose what to do."), "do"))
        if self.action == "hand_over" and bool(self.person.strip()) == bool(self.location.strip()):
            raise Refused(Problem(_("Name a person or a place."), "person"))
        if self.action == "move" and not self.location.strip():
            raise Refused(Problem(_("Name the place."), "location"))
        if len(self.note) > MAX_NAME:
            raise Refused(Problem(_("Use at most %(count)s characters.", count=MAX_NAME), "note"))


@dataclass(frozen=True)
class Row:
    """What becomes of one thing.

    :param problem: why nothing does; the others are then empty or as before.
    """

    tag: str
    title: str
    version: int
    before: str
    after: str = ""
    problem: str = ""


class _LookedAt(Exception):
    """It was tried, and nothing is to be stored."""


def tried(order: Order, tags: Sequence[str], by: Keeper) -> list[Row]:
    """Return what would become of things, which is exactly what :func:`done` does with those without a problem.

    :raises Refused: when it could be done with nothing.
    """
    order.check()
    rows: list[Row] = []
    try:
        with unit_of_work() as work:
            for before in _before(tags, by):
                try:
                    with work.begin_nested():
                        _do(order, [before.tag], by)
                        rows.append(_after(before, by))
                except (Refused, NotFound, NotAllowed, Conflict) as error:
                    rows.append(Row(before.tag, before.title, before.version, before.before, problem=_why(error)))
            raise _LookedAt
    except _LookedAt:
        return rows


def done(order: Order, versions: Mapping[str, int], by: Keeper) -> int:
    """Do with things what was tried, all in one transaction, and return how many there were.

    :param versions: by tag, as they were tried.
    :raises Conflict: when one of them was changed meanwhile; nothing is done then.
    :raises Refused: when one of them refuses after all; nothing is done then.
    """
    order.check()
    if not versions:
        raise Refused(Problem(_("Nothing is chosen."), "tags"))
    with unit_of_work():
        for before in _before(list(versions), by):
            if before.version != versions.get(before.tag):
                said = _("Somebody changed %(tag)s meanwhile. Nothing was done: look at it again.", tag=before.tag)
                raise Conflict(said)
        _do(order, list(versions), by)
    return len(versions)


def _before(tags: Sequence[str], by: Keeper) -> list[Row]:
    return [Row(each.tag, each.title, each.version, _stands(each)) for each in finding.chosen(tags, by)]


def _after(before: Row, by: Keeper) -> Row:
    [asset] = finding.chosen([before.tag], by)
    return Row(before.tag, before.title, before.version, before.before, _stands(asset))


def _stands(asset: Asset) -> str:
    """Return how a thing stands: its state, and with whom or where it is."""
    held = finding.held_now(asset) if asset.state == "assigned" else None
    where = held.holder if held is not None else asset.location.name if asset.location else ""
    return " · ".join(filter(None, (str(look_of(asset).word), where)))


def _do(order: Order, tags: list[str], by: Keeper) -> None:
    terms = Terms(order.due_on, order.condition, order.note)
    if order.action == "hand_over":
        to = Holder("person", order.person.strip()) if order.person.strip() else Holder("location", order.location)
        custody.hand_over(tags, to, by, terms)
    elif order.action == "take_back":
        for tag in tags:
            custody.take_back(tag, by, terms, location=order.location)
    elif order.action == "move":
        whereabouts.move(tags, order.location, by, order.note)
    elif order.action == "count":
        if not campaigns.add(order.campaign, tags, by):
            raise Refused(_("The campaign expects it already."))
    else:
        for tag in tags:
            custody.step(tag, order.action, by, order.note)


def _why(error: Refused | NotFound | NotAllowed | Conflict) -> str:
    return " ".join(each.message for each in error.problems) if isinstance(error, Refused) else error.message
