"""A knowledge base in a small organisation, beside the fixtures of Deskcore: the plain desk and its people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from deskcore_knowledge_base import writing
from deskcore_knowledge_base.models import Article
from deskcore_knowledge_base.rights import IMPORTER, Writer
from deskcore_knowledge_base.writing import Wanted
from flask.testing import FlaskClient
from sqlalchemy import select

from deskcore.testing import House
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

#: The desk of the tests, those who work on it, and a desk that is none of theirs.
DESK = "plain"
AGENT = Writer("agent@organisation.example", {DESK: "agent"})
LEAD = Writer("lead@organisation.example", {DESK: "lead"})
STRANGER = Writer("other@organisation.example", {"elsewhere": "lead"})


@dataclass
class Library:
    """The knowledge base of an installation."""

    house: House

    @contextmanager
    def open(self) -> Iterator[None]:
        """Work in the installation as the system."""
        with self.house.app.test_request_context(), acting_as(SYSTEM):
            yield

    def wanted(self, title: str = "Change the toner", body: str = "1. Open the lid.", **more: Any) -> Wanted:
        return Wanted(**{"title": title, "body": body, "desk": DESK, **more})

    def draft(self, title: str = "Change the toner", body: str = "1. Open the lid.", **more: Any) -> str:
        """Write an article and return its slug."""
        pair = more.pop("pair", "")
        with self.open():
            return writing.add(self.wanted(title, body, **more), more.pop("who", IMPORTER), pair).slug

    def published(self, title: str = "Change the toner", body: str = "1. Open the lid.", **more: Any) -> str:
        """Write and publish an article and return its slug."""
        slug = self.draft(title, body, **more)
        with self.open():
            writing.publish(slug, IMPORTER, 1)
        return slug

    def article(self, slug: str) -> Article:
        with self.open():
            return self._read(slug)

    def _read(self, slug: str) -> Article:
        from deskcore.plugin import session

        found = session().scalar(select(Article).where(Article.slug == slug))
        assert found is not None
        return found

    def reader(self, role: str) -> FlaskClient:
        return self.house.as_user(role)


@pytest.fixture
def library(house: House) -> Library:
    return Library(house)
