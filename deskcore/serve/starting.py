"""How a process starts: much is made, and nearly all of it stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def expect_little_garbage() -> None:
    """Let this process look for garbage seldom: most of what it makes is its modules, and looking is a third of that.

    For processes that start, do one thing and end.
    """
    gc.set_threshold(20_000, 20, 100)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let nothing look for garbage meanwhile, nor later among what was made until then.

    A look through everything takes a tenth of a second, is taken several times during a start, and finds next to
    nothing; afterwards each would be a pause in somebody's request.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
