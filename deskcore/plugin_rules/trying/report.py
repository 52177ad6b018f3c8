"""What a trial has seen so far, on disk before the next step, which may be the last."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deskcore.plugin_rules.trial import place_in
from deskcore.testing.manifests import NoPlugin

#: How what goes around the access policy shows in an error.
AROUND = ("went around the access policy", "UnfilteredQuery", "NoViewer")


class Report:
    """Writes a line for everything that was seen.

    :param package: the plugin's package, to name the place in it where something failed.
    """

    def __init__(self, path: Path, package: Path) -> None:
        self._path = path
        self.package = package

    def found(self, rule: str, where: str, message: str) -> None:
        """Keep a place where a rule is broken."""
        self._write(rule=rule, where=where, message=message)

    def failed(self, rule: str, what: str, error: str, trace: str) -> None:
        """Keep that the plugin failed at something; SQL around the access policy is a rule of its own."""
        around = any(sign in f"{error} {trace}" for sign in AROUND)
        self.found("access-policy" if around else rule, place_in(trace, self.package), f"{what}: {_line(error)}")

    def raised(self, rule: str, what: str, error: BaseException) -> None:
        """Keep that the plugin raised something."""
        trace = "".join(traceback.format_exception(error))
        self.failed(rule, what, f"{type(error).__name__}: {error}", trace)

    def note(self, text: str) -> None:
        """Keep what could not be tried, and why."""
        self._write(note=text)

    @contextmanager
    def step(self, rule: str, what: str) -> Iterator[None]:
        """Name what is being done; whatever the plugin raises ends the block and is kept."""
        self._write(step=rule, what=what)
        try:
            yield
        except NoPlugin:
            raise
        except BaseException as error:
            self.raised(rule, f"It failed while {what}", error)

    def done(self, *, whole: bool) -> None:
        """Say that the trial came to its end.

        :param whole: false when the plugin could not be loaded, so that nothing else was tried.
        """
        self._write(done=whole)

    def _write(self, **entry: Any) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def _line(text: str) -> str:
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return first[:240].rstrip(".") + "."
