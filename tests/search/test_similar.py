"""Tickets like another one, on either database: by the rarer words that they share, and never further than one sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deskcore.testing.people import viewer_of
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.tickets.similar import alike
from deskcore.work import acting_as

from .conftest import Shelf
from .test_tickets import JAN, MAREK, opened

#: Tickets do not care where documents are kept.
pytestmark = pytest.mark.parametrize("backend", ["fts5", "tsvector"], indirect=True)


def like(number: str, by: str = MAREK) -> list[str]:
    with acting_as(viewer_of(by, "workspace" if by == MAREK else "portal")):
        return [each.number for each in alike(ticket_view(find_ticket(number)))]


def test_the_nearest_comes_first_and_what_shares_little_is_left_out(shelf: Shelf, work: Callable[[], None]) -> None:
    printer = opened("Drukarka na trzecim piętrze zacina papier")
    other = opened("Papier zacina się w drukarkach", by=JAN)
    for place in range(25):
        opened(f"Drukarka: toner {place}")
    mine = opened("Drukarki: zacięty papier, zacina się znowu", by=JAN)
    work()
    assert set(like(mine)[:2]) == {printer, other}
    assert like(opened("Nowe krzesło do biura")) == []
    assert like(mine, by=JAN)[:1] == [other]
    assert printer not in like(mine, by=JAN)
