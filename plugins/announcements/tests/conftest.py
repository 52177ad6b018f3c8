"""A desk that publishes, beside the fixtures of Deskcore: the plain desk and its people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from deskcore_announcements import writing
from deskcore_announcements.models import Notice
from deskcore_announcements.rights import Publisher
from deskcore_announcements.writing import Wanted
from flask.testing import FlaskClient

from deskcore.testing import House
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

#: The desk of the tests, who publishes for it, and where everything is done.
DESK = "plain"
AGENT = Publisher("agata@organisation.example", {DESK: "agent"})
NOTICES = "/x/announcements/notices"
TITLES = {"title_en": "E-mail is slow", "title_pl": "Poczta działa wolno"}


@dataclass
class Board:
    """The notices of an installation."""

    house: House

    @contextmanager
    def open(self) -> Iterator[None]:
        """Work in the installation as the system."""
        with self.house.app.test_request_context(), acting_as(SYSTEM):
            yield

    def publish(self, who: Publisher = AGENT, **more: Any) -> Notice:
        """Publish a notice of late e-mail and return it."""
        wanted = Wanted(**{"desk": DESK, "kind": "problem", "counted": True, **TITLES, **more})
        with self.open():
            return writing.publish(wanted, who, f"form {wanted.title_en} {wanted.kind} {wanted.desk}"[:64])

    def press(self, token: str, by: str = "requester", **where: str) -> Any:
        """Press “This affects me too”."""
        return self.house.as_user(by).post(f"{NOTICES}/{token}/affects", query_string=where)

    def browser(self, role: str) -> FlaskClient:
        return self.house.as_user(role)


@pytest.fixture
def board(house: House) -> Board:
    return Board(house)
