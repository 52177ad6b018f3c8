"""A field of Whoosh that takes tokens with their weights; imported only where an index on disk is used.

Whoosh keeps the name of this class in its index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from whoosh.fields import FieldType
from whoosh.formats import Existence


class Weighed(FieldType):  # type: ignore[misc]
    """Keeps each token once, with how well it fits."""

    def __init__(self) -> None:
        super().__init__(format=Existence(), analyzer=None, scorable=True)

    def index(self, value: Iterable[tuple[str, float]], **more: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """Yield each token, once, with its weight and nothing else."""
        for token, weight in value:
            yield token.encode(), 1, weight, b""
