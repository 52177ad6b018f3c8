"""The customer desk: what an organisation's own customers ask, written down by those who talk with them."""

from __future__ import annotations

from pathlib import Path

from deskcore.plugin import (
    Changes,
    Demo,
    Desk,
    ListFilter,
    Option,
    Problem,
    RequestType,
    Setting,
    Team,
    Text,
    TicketDraft,
    TicketPanel,
    hookimpl,
    load_request_types,
    now,
)
from deskcore_customer_desk import checks, demo, panels, urgency

DESK = Desk(
    key="customer",
    prefix="CUS",
    title=Text("Customer support", "Obsługa klienta"),
    icon="chat",
    order=50,
    teams=(
        Team("first_line", Text("First line", "Pierwsza linia")),
        Team("accounts", Text("Customer accounts", "Konta klientów")),
        Team("product", Text("Product team", "Zespół produktu"), tier=2),
    ),
)


@hookimpl
def register_desks() -> list[Desk]:
    """Add the customer desk."""
    return [DESK]


@hookimpl
def register_request_types() -> list[RequestType]:
    """Add what ``catalogue/`` declares."""
    return list(load_request_types(Path(__file__).parent / "catalogue", "customer"))


@hookimpl
def register_settings() -> list[Setting]:
    """Add how much notice the end of a subscription takes."""
    return [
        Setting(
            key="notice_days",
            type="int",
            default=30,
            label=Text("Days of notice to end a subscription", "Okres wypowiedzenia subskrypcji w\u00a0dniach"),
            hint=Text(
                "Customers may give less notice; agents see the earliest day.",
                "Klient może zrezygnować z\u00a0krótszym wyprzedzeniem; konsultant widzi najwcześniejszy dzień.",
            ),
        ),
    ]


@hookimpl
def validate_ticket(draft: TicketDraft) -> list[Problem]:
    """Check days that lie too far back."""
    return list(checks.problems(draft.request_type, draft.answers, now())) if draft.desk == "customer" else []


@hookimpl
def before_ticket_open(draft: TicketDraft) -> Changes | None:
    """Make urgent what hits many, and tag customers who may leave."""
    if draft.desk != "customer":
        return None
    priority = urgency.priority_for(draft.request_type, draft.answers)
    return Changes(priority=priority, tags=urgency.tags_for(draft.request_type, draft.answers))


@hookimpl
def register_ticket_panels() -> list[TicketPanel]:
    """Add what to do first."""
    return [
        TicketPanel(
            "customer_first_steps", Text("First steps", "Pierwsze kroki"), panels.first_steps, desks=("customer",)
        )
    ]


@hookimpl
def register_list_filters() -> list[ListFilter]:
    """Add the product that a request is about."""
    products = (
        Option("portal", Text("Order portal", "Portal zamówień")),
        Option("mobile", Text("Mobile app", "Aplikacja mobilna")),
        Option("api", Text("Interface for programs (API)", "Interfejs dla programów (API)")),
    )
    types = ("customer_login", "customer_bug", "customer_question", "customer_wish")
    return [ListFilter("product", Text("Product", "Produkt"), products, "product", types)]


@hookimpl
def register_demo() -> list[Demo]:
    """Add eight weeks of tickets to the demo organisation."""
    return [Demo(demo.seed, order=50)]
