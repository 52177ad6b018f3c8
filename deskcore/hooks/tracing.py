"""``DESKCORE_TRACE_HOOKS=1`` logs each call of a hook with its time."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from time import perf_counter
from typing import Any

log = logging.getLogger("deskcore.hooks.trace")


def tracing() -> bool:
    """Tell whether every call of a hook is to be logged with its time."""
    return os.environ.get("DESKCORE_TRACE_HOOKS") == "1"


def show_traces() -> None:
    """Let what is traced be seen, whatever else is logged."""
    if tracing() and not log.handlers:
        log.addHandler(logging.StreamHandler())
        log.setLevel(logging.INFO)


def traced(hook: str, plugin: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call ``function`` and return what it does; log it when that is asked for."""
    if not tracing():
        return function(*arguments)
    start = perf_counter()
    try:
        return function(*arguments)
    finally:
        log.info("%s %s %.1f ms", hook, plugin, (perf_counter() - start) * 1000)
