"""For developers: the process is started anew when a file of a plugin in a folder changes."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Thread
from time import sleep

log = logging.getLogger("deskcore.serve")

#: Seconds between two looks.
LOOK = 0.5
#: What programs write beside the sources.
_MADE = (".pyc", ".mo")


class Sources:
    """The files in some folders, as they were when this was made.

    :param folders: that are looked into, all the way down; folders whose name begins with a dot are not.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(folders)
        self._seen = dict(self._files())

    def changed(self) -> str:
        """Return the path of a file that was written, added or removed since, or ``""``."""
        now = dict(self._files())
        return next((path for path in sorted({*now, *self._seen}) if now.get(path) != self._seen.get(path)), "")

    def watch(self, on_change: Callable[[], None]) -> None:
        """Look again and again in a thread of its own; call ``on_change`` once."""
        Thread(target=self._watch, args=(on_change,), name="deskcore-reload", daemon=True).start()

    def _watch(self, on_change: Callable[[], None]) -> None:
        while not (path := self.changed()):
            sleep(LOOK)
        log.info("%s changed; the process is started anew", path)
        on_change()

    def _files(self) -> Iterator[tuple[str, int]]:
        for folder in self._folders:
            for place, inside, names in os.walk(folder):
                inside[:] = [name for name in inside if name[0] != "." and name != "__pycache__"]
                for name in names:
                    path = os.path.join(place, name)  # noqa: PTH118  half a second's work is not to become two
                    if not name.endswith(_MADE) and name[0] != ".":
                        try:
                            yield path, os.stat(path).st_mtime_ns  # noqa: PTH116
                        except OSError:
                            continue  # it went this very moment
