"""Agents of a desk who write macros."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from deskcore_macros.keeping import Wanted, add
from deskcore_macros.models import Macro

from deskcore.plugin import ViewerView, people
from deskcore.testing import House
from deskcore.testing.people import viewer_of
from deskcore.work import acting_as

#: Acts as somebody in the workspace, and gives the person as plugins see one.
Acting = Callable[[str], AbstractContextManager[ViewerView]]
Keep = Callable[..., Macro]


@pytest.fixture
def acting(house: House) -> Acting:
    @contextmanager
    def acting_(role: str) -> Iterator[ViewerView]:
        with house.app.test_request_context(), acting_as(viewer_of(role, "workspace")):
            yield people.asking()

    return acting_


@pytest.fixture
def keep(acting: Acting) -> Keep:
    """Give ``keep(role, name, …)``: somebody writes a macro."""

    def kept(role: str, name: str, **more: Any) -> Macro:
        with acting(role) as me:
            return add(me, Wanted(name, **more), "")

    return kept
