"""Whatever is done with equipment in whatever order: each thing has one holder at most, none is inside itself, nothing
that is gone is handed over, and its history explains how it stands."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import sqlalchemy as sa
from deskcore_it_assets import custody, records
from deskcore_it_assets.custody import Holder
from deskcore_it_assets.models import Asset, Assignment, Move, open_now
from deskcore_it_assets.records import Wanted
from deskcore_it_assets.rights import IMPORTER
from deskcore_it_assets.states import STATES, STEPS
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from deskcore.plugin import Refused, session
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

_TAGS = ("A", "B", "C", "D")
_PEOPLE = ("anna.kowalska@meridian.example", "piotr.zielinski@meridian.example")
_tags, _people = st.sampled_from(_TAGS), st.sampled_from(_PEOPLE)
_holders = st.one_of(
    st.builds(Holder, st.just("person"), _people),
    st.builds(Holder, st.just("location"), st.sampled_from(("Store", "Room 1"))),
    st.builds(Holder, st.just("asset"), _tags),
)


class Equipment(RuleBasedStateMachine):
    """Four things, and people who do with them what comes to their minds."""

    done: ClassVar[Counter[str]]
    example: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        type(self).example += 1
        self.tags = {tag: f"{tag}-{self.example}" for tag in _TAGS}
        self.moves = dict.fromkeys(_TAGS, 1)
        for tag in self.tags.values():
            records.add(Wanted(tag, desk="it"), IMPORTER)

    def _does(self, what: str, tags: list[str], act: object) -> None:
        """Do something that is either done, with one line for each thing, or refused and leaves no trace."""
        assert callable(act)
        try:
            act()
        except Refused:
            self.done[f"{what} refused"] += 1
        else:
            self.done[what] += 1
            for tag in tags:
                self.moves[tag] += 1

    def _asset(self, tag: str) -> Asset:
        wanted = sa.select(Asset).where(Asset.tag == self.tags[tag]).execution_options(populate_existing=True)
        return session().scalars(wanted).one()

    @rule(tags=st.lists(_tags, min_size=1, max_size=3, unique=True), to=_holders)
    def hand_over(self, tags: list[str], to: Holder) -> None:
        target = Holder(to.kind, self.tags[to.name]) if to.kind == "asset" else to
        stood = {tag: self._asset(tag).state for tag in tags}
        self._does("hand_over", tags, lambda: custody.hand_over([self.tags[tag] for tag in tags], target, IMPORTER))
        if any(state not in ("stock", "reserved", "assigned") for state in stood.values()):
            assert {tag: self._asset(tag).state for tag in tags} == stood

    @rule(tag=_tags)
    def take_back(self, tag: str) -> None:
        self._does("take_back", [tag], lambda: custody.take_back(self.tags[tag], IMPORTER))

    @rule(tag=_tags, person=_people)
    def reserve(self, tag: str, person: str) -> None:
        self._does("reserve", [tag], lambda: custody.reserve(self.tags[tag], person, IMPORTER))

    @rule(tag=_tags, name=st.sampled_from(sorted(STEPS)))
    def step(self, tag: str, name: str) -> None:
        self._does("step", [tag], lambda: custody.step(self.tags[tag], name, IMPORTER))

    @invariant()
    def exactly_what_is_assigned_has_one_holder(self) -> None:
        for tag in _TAGS:
            asset = self._asset(tag)
            held = sa.select(sa.func.count()).select_from(Assignment).where(Assignment.asset_id == asset.id, open_now())
            assert session().scalar(held) == (asset.state == "assigned"), tag
            assert not asset.reserved_for or asset.state == "reserved"

    @invariant()
    def nothing_is_inside_itself(self) -> None:
        wanted = sa.select(Assignment.asset_id, Assignment.inside_id).where(open_now())
        above = {row.asset_id: row.inside_id for row in session().execute(wanted)}
        for start in above:
            seen, place = set[int](), start
            while place in above and above[place] is not None:
                assert place not in seen
                seen.add(place)
                place = above[place]

    @invariant()
    def the_history_explains_each_state(self) -> None:
        for tag in _TAGS:
            asset = self._asset(tag)
            lines = session().execute(
                sa.select(Move.from_state, Move.to_state).where(Move.asset_id == asset.id).order_by(Move.id)
            )
            state, count = "", 0
            for before, after in lines:
                assert (before, after in STATES) == (state, True)
                state, count = after, count + 1
            assert (state, count) == (asset.state, self.moves[tag])


def test_no_order_of_steps_gives_a_thing_two_holders_or_loses_its_history(shared_app: Flask) -> None:
    Equipment.done, Equipment.example = Counter(), 0
    checks = settings(max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    with shared_app.test_request_context(), acting_as(SYSTEM):
        run_state_machine_as_test(Equipment, settings=checks)
    for what in ("hand_over", "take_back", "reserve", "step"):
        assert Equipment.done[what], what
        assert Equipment.done[f"{what} refused"], what
