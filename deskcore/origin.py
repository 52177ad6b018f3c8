"""Where a change comes from: the network, the command line, or the installation itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Origin:
    """Where the work of this thread was asked for.

    :param account: of the operating system, for the command line.
    :param address: of the client, for the network.
    """

    kind: Literal["network", "command line", "system"] = "system"
    account: str = ""
    address: str = ""


_present: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039  (frozen)


def origin() -> Origin:
    """Return where the work of this thread was asked for; the installation itself when nobody said."""
    return _present.get()


def come_from(where: Origin) -> None:
    """Say where the following work of this thread was asked for, until somebody says otherwise."""
    _present.set(where)


@contextmanager
def on_command_line() -> Iterator[None]:
    """Let the block's work come from the command line, under the account that runs it."""
    token = _present.set(Origin("command line", account=_account()))
    try:
        yield
    finally:
        _present.reset(token)


def _account() -> str:
    """Return who runs this process; the system says so, not the environment, which anybody may set."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
