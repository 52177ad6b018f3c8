"""``python -m tests.search.breaking URL FOLDER WHERE WHAT``: work at an index until it is killed, and say when.

It says ``ready`` on its standard output once it is in the middle, and waits there for its end.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from deskcore import clock
from deskcore.plugin import search
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from deskcore.worker import Worker
from tests.conftest import _built

from .conftest import Shelf, put_in

#: Documents that there are, and the key of the one at which the process waits.
MANY, MIDDLE = 450, "k300"


class Endless(Shelf):
    """Has many documents, the last of which never come."""

    def yielded(self, keys: Sequence[str] | None) -> Iterable[search.Document]:
        for document in super().yielded(keys):
            if document.key == MIDDLE:
                sys.stdout.write("ready\n")
                sys.stdout.flush()
                sys.stdin.read()
            yield document


def filled(shelf: Shelf, word: str) -> None:
    """Put many documents on a shelf that have a word."""
    for place in range(MANY):
        key = f"k{place}"
        shelf.documents[key] = search.Document(key, f"{word} {place}", word, "en", frozenset({search.EVERYONE}))


def main(url: str, folder: str, where: str, what: str) -> None:
    """Rebuild an index, or put into it what was changed, until killed."""
    shelf = Endless()
    filled(shelf, "shovel")
    with _built(url, Path(folder), ("search",)) as app:
        put_in(app, shelf, where)
        with app.app_context(), acting_as(SYSTEM):
            if what == "rebuild":
                search.rebuild("article")
            else:
                search.changed("article", list(shelf.documents))
                with clock.at(clock.now() + timedelta(minutes=1)):
                    Worker(app).run_once()


if __name__ == "__main__":
    main(*sys.argv[1:])
