"""What somebody still has whose account is about to be closed."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from deskcore.plugin import PersonView, Problem, people
from deskcore_it_assets import finding, licences, stock

#: So many lines are told; more are counted.
_TOLD = 20


def still_has(person: PersonView) -> list[Problem]:
    """Return a sentence for each thing that somebody has to give back, and one for the licences."""
    addresses = people.addresses_of(person.email)
    said = [_has(each.asset.tag, each.asset.title) for each in finding.of_person(addresses)]
    said += [
        _("Still has %(count)s × %(name)s: take it back.", count=each.quantity, name=each.item.name)
        for each in stock.lent_to(addresses)
    ]
    said += _licences([seat.licence.name for seat in licences.mine(addresses)])
    more = len(said) - _TOLD
    return [Problem(each) for each in (*said[:_TOLD], *([_("And %(count)s more.", count=more)] if more > 0 else []))]


def _has(tag: str, title: str) -> str:
    return _("Still has %(tag)s %(title)s: take it back.", tag=tag, title=title if title != tag else "")


def _licences(names: Sequence[str]) -> list[str]:
    return [_("Still uses licences: %(names)s.", names=", ".join(names[:_TOLD]))] if names else []
