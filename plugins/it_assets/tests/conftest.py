"""A store of equipment in a small organisation, beside the fixtures of Deskcore: the plain desk and its people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from deskcore_it_assets import custody, finding, records
from deskcore_it_assets.catalogue import category_named
from deskcore_it_assets.custody import PLAIN, Holder, Terms
from deskcore_it_assets.models import Asset, Assignment
from deskcore_it_assets.own_fields import OwnField
from deskcore_it_assets.particulars import Wanted
from deskcore_it_assets.rights import Keeper
from flask.testing import FlaskClient

from deskcore.plugin import unit_of_work
from deskcore.testing import House
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

#: The desk of the tests, who looks after its equipment, and who does not.
DESK = "plain"
AGENT = Keeper("agata@organisation.example", "Agata Agent", {DESK: "agent"})
STRANGER = Keeper("ella@organisation.example", "Ella Elsewhere", {"elsewhere": "lead"})
RITA, OSKAR = "rita@organisation.example", "oskar@organisation.example"


@dataclass
class Store:
    """The equipment of an installation."""

    house: House

    @contextmanager
    def open(self) -> Iterator[None]:
        """Work in the installation as the system."""
        with self.house.app.test_request_context(), acting_as(SYSTEM):
            yield

    def add(self, tag: str = "NB-1", **more: Any) -> str:
        """Write a notebook down and return its tag."""
        known = {"desk": DESK, "model": "ThinkPad X1", "manufacturer": "Lenovo", "category": "Notebooks"}
        with self.open():
            return records.add(Wanted(tag, **{**known, **more}), AGENT).tag

    def asks_for_an_answer(self, category: str = "Notebooks", *fields: OwnField, months: int | None = None) -> None:
        """Let whoever gets a thing of a category say that it arrived."""
        with self.open(), unit_of_work() as work:
            found = category_named(work, category)
            assert found is not None
            found.accepted, found.months = True, months
            found.fields = [field.as_json() for field in fields]

    def give(self, *tags: str, to: str = RITA, kind: str = "person", terms: Terms = PLAIN) -> Assignment:
        """Hand things over."""
        with self.open():
            return custody.hand_over(tags or ("NB-1",), Holder(kind, to), AGENT, terms)[0]

    def take(self, tag: str = "NB-1", **more: Any) -> Asset:
        """Take a thing back."""
        with self.open():
            return custody.take_back(tag, AGENT, **more)

    def step(self, name: str, tag: str = "NB-1") -> Asset:
        with self.open():
            return custody.step(tag, name, AGENT)

    def asset(self, tag: str = "NB-1") -> Asset:
        with self.open():
            return finding.find(tag, AGENT)

    def browser(self, role: str) -> FlaskClient:
        return self.house.as_user(role)


@pytest.fixture
def store(house: House) -> Store:
    return Store(house)
