"""What a trial gives a plugin and takes from it: no network, bounded memory, a look at what it changed."""

from __future__ import annotations

import locale
import logging
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

#: Bytes of address space; a plugin that wants more than this would take it from the whole helpdesk.
MOST_MEMORY = 4 * 1024**3
_HERE = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104  (addresses that are allowed, none is listened on)


def confine(postgresql: str) -> None:
    """Bound the memory, and refuse connections to other computers.

    :param postgresql: address of a server that stays reachable.
    """
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            host = str(arguments[1][0])
            if not host.startswith(_HERE) and host not in postgresql:
                raise PermissionError(f"a trial has no network, and this calls {host}")

    sys.addaudithook(refuse)


def picture() -> dict[str, object]:
    """Return what a process has that its plugins must leave alone."""
    return {
        "sys.path": list(sys.path),
        "os.environ": dict(os.environ),
        "the working directory": os.getcwd(),  # noqa: PTH109  (compared, never used)
        "signal handlers": [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)],
        "the locale": locale.setlocale(locale.LC_ALL),
        "the timeout of sockets": socket.getdefaulttimeout(),
        "the recursion limit": sys.getrecursionlimit(),
        "the level and handlers of the root logger": (logging.getLogger().level, list(logging.getLogger().handlers)),
        "sys.excepthook": sys.excepthook,
        "sys.stdout": sys.stdout,
        "threads": {each.name for each in threading.enumerate() if not each.name.startswith("deskcore-")},
    }


def changes(before: dict[str, object]) -> Iterator[str]:
    """Yield what is no longer as it was."""
    now = picture()
    yield from (name for name, value in before.items() if now[name] != value)
