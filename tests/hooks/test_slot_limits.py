"""A plugin that adds more to a place than there is room for is left out, and told how much fits."""

from __future__ import annotations

import pytest

from .conftest import Site

PANELS = "[TicketPanel(f'a_{n}', Text('P', 'P'), lambda ticket, viewer: []) for n in range(%d)]"
COLUMNS = "[ListColumn(f'a_{n}', Text('C', 'K'), lambda numbers: {}) for n in range(%d)]"
#: What the plugins of these tests do not import by themselves.
_TICKETS = "__import__('deskcore').plugin.tickets"
BADGES = f"[{_TICKETS}.TicketBadges(f'a_{{n}}', dict) for n in range(%d)]"
BULK = f"[{_TICKETS}.BulkAction('a', Text('x' * %d, 'y'), len, len)]"
ENTRIES = "[NavItem('%s', Text('E', 'W'), f'a.page_{n}') for n in range(%d)]"


@pytest.mark.parametrize(
    ("hook", "contributions", "said"),
    [
        ("register_ticket_panels", PANELS % 4, "adds 4, and at most 3"),
        ("register_list_columns", COLUMNS % 3, "adds 3, and at most 2"),
        ("register_ticket_badges", BADGES % 2, "adds 2, and at most 1"),
        ("register_bulk_actions", BULK % 19, "has 19 characters, and 18 fit"),
        ("register_nav_items", ENTRIES % ("portal", 3), "the menu “portal”, and at most 2"),
        ("register_nav_items", ENTRIES % ("workspace", 4), "the menu “workspace”, and at most 3"),
        ("register_nav_items", ENTRIES % ("reports", 4), "the menu “reports”, and at most 3"),
        ("register_nav_items", ENTRIES % ("admin", 2), "the menu “admin”, and at most 1"),
        ("register_nav_items", "[NavItem('portal', Text('x' * 19, 'y'), 'a.page')]", "has 19 characters, and 18 fit"),
        ("register_nav_items", "[NavItem('portal', Text('x', 'y' * 25), 'a.page')]", "has 25 characters, and 24 fit"),
        ("register_list_columns", "[ListColumn('a', Text('x' * 19, 'y'), len)]", "has 19 characters, and 18 fit"),
        ("register_ticket_panels", "[TicketPanel('a', Text('x' * 41, 'y'), len)]", "has 41 characters, and 40 fit"),
        ("register_ticket_actions", "[TicketAction('a', Text('x', 'y' * 51), len)]", "has 51 characters, and 50 fit"),
        ("register_ticket_actions", "[TicketAction('a', Text('x', 'y'))]", "either a “run” or a “page”"),
        ("register_ticket_actions", "[TicketAction('a', Text('x', 'y'), len, page='a.b')]", "either a “run”"),
    ],
)
def test_what_does_not_fit_is_named_with_what_does(site: Site, hook: str, contributions: str, said: str) -> None:
    site.plugin("a", f"@hookimpl\ndef {hook}(): return {contributions}")
    row = site.load("a").states["a"]
    assert row.state == "quarantined"
    assert said in str(row.reason)


@pytest.mark.parametrize(
    ("hook", "contributions"),
    [
        ("register_ticket_panels", PANELS % 3),
        ("register_list_columns", COLUMNS % 2),
        ("register_ticket_badges", BADGES % 1),
        ("register_bulk_actions", BULK % 18),
        ("register_nav_items", ENTRIES % ("portal", 2)),
        ("register_nav_items", "[NavItem('portal', Text('x' * 18, 'y' * 24), 'a.page')]"),
        ("register_ticket_panels", "[TicketPanel('a', Text('x' * 40, 'y' * 50), len)]"),
    ],
)
def test_what_just_fits_is_shown(site: Site, hook: str, contributions: str) -> None:
    site.plugin("a", f"@hookimpl\ndef {hook}(): return {contributions}")
    assert site.load("a").states["a"].state == "enabled"
