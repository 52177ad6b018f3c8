"""The test kit: what tests of Deskcore and of its plugins share.

For plugins it is a pytest plugin, which pytest loads by itself; ``docs/plugins/testing.md`` shows every fixture.
Nothing is imported before it is used, so that pytest starts as fast as without it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deskcore.testing.canary import Canary
    from deskcore.testing.catalogue import Catalogue
    from deskcore.testing.house import House
    from deskcore.testing.outbox import Delivered
    from deskcore.testing.pages import Pages
    from deskcore.testing.sql import Statements, guarded, query_budget, statements

#: Where each name is.
_HOMES = {
    "Canary": "canary",
    "Catalogue": "catalogue",
    "Delivered": "outbox",
    "House": "house",
    "Pages": "pages",
    "Statements": "sql",
    "guarded": "sql",
    "query_budget": "sql",
    "statements": "sql",
}

__all__ = ["Canary", "Catalogue", "Delivered", "House", "Pages", "Statements", "guarded", "query_budget", "statements"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
