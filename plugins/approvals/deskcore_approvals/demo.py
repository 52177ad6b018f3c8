"""Who answers for which money in the demo organisation, and who decides where the finance director is late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deskcore_approvals import cost_centres, delegations

if TYPE_CHECKING:
    from deskcore.plugin import DemoBuilder

#: Code, name and owner.
COST_CENTRES = (
    ("CC-100", "Zarząd", "elzbieta.sikora"),
    ("CC-130", "Kadry", "pawel.gorski"),
    ("CC-210", "Sprzedaż", "piotr.zielinski"),
    ("CC-310", "Produkcja", "robert.malinowski"),
    ("CC-320", "Magazyn", "grzegorz.wozniak"),
    ("CC-340", "Jakość", "agnieszka.kozlowska"),
    ("CC-400", "IT", "ola.mazur"),
    ("CC-410", "Finanse", "ewa.lis"),
)
DEPUTIES = {"ewa.lis": "beata.jablonska", "piotr.zielinski": "magdalena.kaminska"}


def seed(builder: DemoBuilder) -> None:
    """Store them."""
    for code, name, owner in COST_CENTRES:
        cost_centres.save(code, name, _address(builder, owner))
    for principal, deputy in DEPUTIES.items():
        delegations.delegate(_address(builder, principal), _address(builder, deputy), None, None)


def _address(builder: DemoBuilder, account: str) -> str:
    return next(email for email in builder.people if email.startswith(f"{account}@"))
