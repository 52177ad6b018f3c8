"""Whatever is done with stock and licences in whatever order: never less than nothing, never more seats than were
bought, and the books are the sum of what was moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import ClassVar

import sqlalchemy as sa
from deskcore_it_assets import licences, stock, stocking
from deskcore_it_assets.kit_models import Entry
from deskcore_it_assets.licence_models import Licence, Seat
from deskcore_it_assets.licences import Holder
from deskcore_it_assets.rights import IMPORTER
from deskcore_it_assets.stock_models import Lent, Movement, Shelf
from deskcore_it_assets.stocking import Wanted
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from deskcore.plugin import Refused, session
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

_places = st.sampled_from(("Depot", "Cellar"))
_people = st.sampled_from(("anna.kowalska@meridian.example", "piotr.zielinski@meridian.example"))
_amounts = st.integers(min_value=1, max_value=3)


class Belongings(RuleBasedStateMachine):
    """One item in stock and one licence, and people who do with them what comes to their minds."""

    done: ClassVar[Counter[str]]
    example: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        type(self).example += 1
        name = f"Thing {self.example}"
        self.token = stock.save("", {"name": name, "desk": "it", "returnable": "yes"}, IMPORTER).token
        given = {"name": name, "desk": "it", "kind": "perpetual", "per": "all", "seats": "1", "reassigned": "yes"}
        self.licence = licences.save("", given, IMPORTER).token
        self.item_id = stock.find(self.token, IMPORTER).id

    def _does(self, what: str, act: Callable[[], object]) -> None:
        try:
            act()
        except Refused:
            self.done[f"{what} refused"] += 1
        else:
            self.done[what] += 1

    @rule(count=_amounts, place=_places)
    def buy(self, count: int, place: str) -> None:
        self._does("buy", lambda: stocking.put_in(self.token, Wanted(count, place), IMPORTER))

    @rule(count=_amounts, place=_places, person=_people)
    def take(self, count: int, place: str, person: str) -> None:
        if self.example % 2:  # in half of the runs, there is plenty
            stocking.put_in(self.token, Wanted(count, place), IMPORTER)
        self._does("take", lambda: stocking.take_out(self.token, Wanted(count, place, person), IMPORTER))

    @rule(place=_places)
    def give_one_back(self, place: str) -> None:
        for each in stock.lent_of(stock.find(self.token, IMPORTER))[:1]:
            stocking.bring_back(self.token, Wanted(1, place, each.person), IMPORTER)
            self.done["give back"] += 1

    @rule(count=_amounts, place=_places, person=_people)
    def give_back(self, count: int, place: str, person: str) -> None:
        self._does("give back", lambda: stocking.bring_back(self.token, Wanted(count, place, person), IMPORTER))

    @rule(count=st.integers(min_value=0, max_value=4), place=_places)
    def count(self, count: int, place: str) -> None:
        self._does("count", lambda: stocking.correct(self.token, count, place, "counted", IMPORTER))

    @rule(count=_amounts)
    def carry(self, count: int) -> None:
        self._does("carry", lambda: stocking.move(self.token, count, "Depot", "Cellar", IMPORTER))

    @rule(person=_people)
    def use(self, person: str) -> None:
        self._does("use", lambda: licences.assign(self.licence, Holder(person), IMPORTER))

    @rule()
    def stop_using(self) -> None:
        seats = licences.seats_of(licences.find(self.licence, IMPORTER))
        if seats:
            self._does("stop", lambda: licences.give_back(seats[0].token, IMPORTER))

    @invariant()
    def each_shelf_is_the_sum_of_its_movements(self) -> None:
        mine = Movement.item_id == self.item_id
        sums = sa.select(Movement.place_id, sa.func.sum(Movement.change)).where(mine).group_by(Movement.place_id)
        shelves = sa.select(Shelf.place_id, Shelf.quantity).where(Shelf.item_id == self.item_id)
        assert dict(session().execute(sums).all()) == dict(session().execute(shelves).all())
        assert all(left >= 0 for left in session().scalars(sa.select(Movement.remaining).where(mine)))

    @invariant()
    def what_people_have_is_what_they_took_and_did_not_give_back(self) -> None:
        moved = sa.select(sa.func.sum(-Movement.change)).where(
            Movement.item_id == self.item_id, Movement.kind.in_(("out", "back"))
        )
        held = sa.select(sa.func.sum(Lent.quantity)).where(Lent.item_id == self.item_id)
        assert (session().scalar(moved) or 0) == (session().scalar(held) or 0)

    @invariant()
    def as_many_seats_are_used_as_are_counted(self) -> None:
        found = (
            session()
            .scalars(sa.select(Licence).where(Licence.token == self.licence).execution_options(populate_existing=True))
            .one()
        )
        open_ones = sa.select(sa.func.count()).where(Seat.licence_id == found.id, Seat.ended_at.is_(None))
        assert found.used == session().scalar(open_ones) <= 1
        lines = session().scalars(sa.select(Entry.kind).where(Entry.licence_id == found.id)).all()
        assert lines.count("assigned") - lines.count("given_back") == found.used


def test_no_order_of_steps_takes_what_is_not_there_or_loses_count(shared_app: Flask) -> None:
    Belongings.done, Belongings.example = Counter(), 0
    checks = settings(
        max_examples=12,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    with shared_app.test_request_context(), acting_as(SYSTEM):
        run_state_machine_as_test(Belongings, settings=checks)
    for what in ("buy", "take", "take refused", "give back", "give back refused", "use", "stop"):
        assert Belongings.done[what], what
