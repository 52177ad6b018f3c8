"""An installation with the plugin on either database, and documents to find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
from flask import Flask

from deskcore import clock
from deskcore.hooks.contributed import Contributed
from deskcore.plugin import Text, search
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from deskcore.worker import Worker
from tests.conftest import _built, _copied

#: Where documents are kept, with the database that goes with it.
BACKENDS = {"disk": "sqlite", "fts5": "sqlite", "tsvector": "postgresql"}


class Shelf:
    """Documents of a plugin that are in no database."""

    def __init__(self) -> None:
        self.documents: dict[str, search.Document] = {}
        #: Category and desk, by key.
        self.places: dict[str, tuple[str, str]] = {}

    def put(self, key: str, title: str, text: str = "", language: str = "pl", *audience: str) -> None:
        allowed = frozenset(audience or (search.EVERYONE,))
        self.documents[key] = search.Document(key, title, text, language, allowed)
        search.changed("article", [key])

    def take_away(self, key: str) -> None:
        del self.documents[key]
        search.changed("article", [key])

    def yielded(self, keys: Sequence[str] | None) -> Iterable[search.Document]:
        return [each for key, each in self.documents.items() if keys is None or key in keys]

    def shown(self, keys: Sequence[str], audience: frozenset[str]) -> Mapping[str, search.Shown]:
        return {
            key: search.Shown(
                each.title, f"/answers/a/{key}", each.text, each.language, "", *self.places.get(key, ("", ""))
            )
            for key in keys
            if (each := self.documents.get(key)) and each.audience & audience
        }


def put_in(app: Flask, shelf: Shelf, where: str) -> None:
    """Let a plugin have the shelf, and the setting say where its index is."""
    parts = app.extensions["deskcore"]
    kind = search.Kind("article", Text("Answers", "Odpowiedzi"), shelf.yielded, shelf.shown)
    contributed = dict(parts.plugins.contributed) | {"register_search_kinds": (Contributed("search", kind),)}
    values = {**parts.plugins.values, "search": {"documents": where}}
    parts.plugins = replace(parts.plugins, contributed=MappingProxyType(contributed), values=MappingProxyType(values))


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def bundled() -> tuple[str, ...]:
    """Name the plugin that keeps the index."""
    return ("search",)


@pytest.fixture
def app(backend: str, request: pytest.FixtureRequest, tmp_path: Path, bundled: tuple[str, ...]) -> Iterator[Flask]:
    with _copied(BACKENDS[backend], request, tmp_path) as url, _built(url, tmp_path, bundled) as application:
        yield application


@pytest.fixture
def shelf(app: Flask, backend: str) -> Iterator[Shelf]:
    """Give an empty shelf, inside the application, with the system asking."""
    found = Shelf()
    put_in(app, found, "disk" if backend == "disk" else "database")
    with app.app_context(), acting_as(SYSTEM):
        for kind in search.kinds():
            search.rebuild(kind)
        yield found


@pytest.fixture
def work(app: Flask) -> Callable[[], None]:
    """Return what does all that waits, also what is to wait a moment."""

    def caught_up() -> None:
        worker = Worker(app)
        for minutes in (1, 2):  # what is told of at first is indexed a moment later
            with clock.at(clock.now() + timedelta(minutes=minutes)):
                worker.run_once()

    return caught_up
