"""What the dummy does when a hook is called; a test sets :data:`MODE`, and :data:`HOOKS` to narrow it."""

from __future__ import annotations

from threading import Event
from typing import Any, NoReturn

#: One of :data:`WAYS`, or ``good`` to do nothing.
MODE = "good"
#: Hooks that misbehave; empty means all.
HOOKS: frozenset[str] = frozenset()
#: What a hanging call waits for; a test sets it when it is done.
release = Event()
#: Whether an attempt to change what was given got through.
changed: list[str] = []


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


def misbehave(hook: str, *views: Any) -> Any:
    """Do what :data:`MODE` says on behalf of ``hook``."""
    if MODE == "good" or (HOOKS and hook not in HOOKS):
        return None
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
}
