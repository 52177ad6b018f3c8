"""What the dummy does when it is called; a test sets :data:`MODE`, and :data:`HOOKS` to narrow it.

A process of its own takes both from the environment: ``MISBEHAVE=validate_ticket:raise``.
"""

from __future__ import annotations

import ctypes
import os
import resource
from pathlib import Path
from threading import Event
from typing import Any, NoReturn

import sqlalchemy as sa

from deskcore.plugin import unit_of_work

#: One of :data:`WAYS`, or ``good`` to do nothing.
MODE = os.environ.get("MISBEHAVE", "").partition(":")[2] or "good"
#: Hooks, and places that a contribution is called in, that misbehave; empty means all.
HOOKS: frozenset[str] = frozenset(filter(None, [os.environ.get("MISBEHAVE", "").partition(":")[0]]))
#: What a hanging call waits for; a test sets it when it is done.
release = Event()
#: Whether an attempt to change what was given got through.
changed: list[str] = []
#: Transactions that were begun and never ended, and memory that was eaten.
kept: list[Any] = []
#: Bytes that are eaten before the system says no.
_APPETITE = 256 * 2**20


class Liar:
    """An object that fails whenever it is looked at."""

    def fail(self, *arguments: object) -> NoReturn:
        raise RuntimeError("looked at")

    __repr__ = __str__ = __bool__ = __eq__ = __len__ = __iter__ = __hash__ = fail  # type: ignore[assignment]

    @property
    def __class__(self) -> Any:
        return self.fail()


class Unspeakable(Exception):
    """An error whose text cannot be had."""

    def __str__(self) -> NoReturn:
        raise SystemExit("no text")


def misbehave(hook: str, *views: Any, otherwise: Any = None) -> Any:
    """Do what :data:`MODE` says on behalf of ``hook``.

    :param otherwise: what is returned when there is nothing to do.
    """
    if MODE == "good" or (HOOKS and hook not in HOOKS):
        return otherwise
    return WAYS[MODE](*views)


def _raise(error: BaseException) -> Any:
    raise error


def _recurse(*views: Any) -> Any:
    return _recurse(*views)


def _mutate(*views: Any) -> None:
    for view in views:
        for name in ("subject", "number", "to_status"):
            if hasattr(view, name):
                object.__setattr__(view, name, "mutated")
        answers = getattr(view, "answers", None)
        try:
            answers["guest"] = "mutated"
            changed.append("answers")
        except TypeError:
            pass


def _eat(*views: Any) -> NoReturn:
    """Eat memory until the system gives no more, within a limit that is lowered for that long."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + _APPETITE, before[1]))
    try:
        eaten = []
        while True:
            eaten.append(bytes(16 * 2**20))  # reserved and not touched: others must not run short meanwhile
    finally:
        eaten = []
        resource.setrlimit(resource.RLIMIT_AS, before)


def _write(session: Any) -> None:
    session.execute(sa.text("UPDATE plugin_state SET trace = trace"))


def _leave_open(*views: Any) -> None:
    work = unit_of_work()
    kept.append(work)
    _write(work.__enter__())


def _commit(*views: Any) -> None:
    with unit_of_work() as session:
        _write(session)
        session.commit()


def _roll_back(*views: Any) -> None:
    with unit_of_work() as session:
        _write(session)
        session.rollback()


def _hang_with_lock(*views: Any) -> None:
    with unit_of_work() as session:
        _write(session)
        release.wait(30)


async def _coroutine(*views: Any) -> None:
    return None


def _generator(*views: Any) -> Any:
    yield None


WAYS: dict[str, Any] = {
    "raise": lambda *views: _raise(ValueError("broken on purpose")),
    "exit": lambda *views: _raise(SystemExit(3)),
    "interrupt": lambda *views: _raise(KeyboardInterrupt()),
    "generator_exit": lambda *views: _raise(GeneratorExit()),
    "unspeakable": lambda *views: _raise(Unspeakable()),
    "recurse": _recurse,
    "garbage": lambda *views: object(),
    "wrong_items": lambda *views: ["text", 7],
    "huge": lambda *views: "x" * 10_000_000,
    "liar": lambda *views: Liar(),
    "coroutine": _coroutine,
    "generator": _generator,
    "hang": lambda *views: release.wait(30) and None,
    "mutate": _mutate,
    "hang_with_lock": _hang_with_lock,
    "die": lambda *views: os._exit(3),
    "segfault": lambda *views: ctypes.string_at(0),
    "eat": _eat,
    "leave_open": _leave_open,
    "commit": _commit,
    "roll_back": _roll_back,
}
