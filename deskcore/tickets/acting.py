"""Acting as a plugin where nobody is signed in: on a page to which a signed link of the plugin led."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from deskcore.desks.services import plugin_viewer
from deskcore.work import acting_as


@contextmanager
def as_plugin(plugin: str) -> Iterator[None]:
    """Act as a plugin for the length of the block, as in its jobs: it sees the tickets of the desks it was given.

    This is for a page that somebody reaches by a link which the plugin has signed and verified, without signing in.
    What such a page shows or changes, the plugin answers for: no more than the link was made for.

    :param plugin: its own name.
    """
    with acting_as(plugin_viewer(plugin)):
        yield
