"""The IT desk: fifteen request types, priority from impact and urgency, three lines of support."""

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
    setting,
)
from deskcore_it_desk import checks, demo, panels, priority, routing

DESK = Desk(
    key="it",
    prefix="IT",
    title=Text("IT support", "Wsparcie IT"),
    icon="laptop",
    order=10,
    teams=(
        Team("l1", Text("First line", "Pierwsza linia"), tier=1),
        Team("l2", Text("Second line", "Druga linia"), tier=2),
        Team("l3", Text("Specialists", "Specjaliści"), tier=3),
    ),
)


@hookimpl
def register_desks() -> list[Desk]:
    """Add the IT desk with its three lines of support."""
    return [DESK]


@hookimpl
def register_request_types() -> list[RequestType]:
    """Add what ``catalogue/`` declares."""
    return list(load_request_types(Path(__file__).parent / "catalogue", "it"))


@hookimpl
def register_settings() -> list[Setting]:
    """Add what an organisation decides for itself; :mod:`panels`, :mod:`priority`, :mod:`routing` use it."""
    return [
        Setting(
            key="starter_notice_days",
            type="int",
            default=5,
            label=Text("Working days to prepare for a new starter", "Dni robocze na przygotowanie nowej osoby"),
            hint=Text(
                "A request that comes later gets priority High.", "Późniejsze zgłoszenie dostaje priorytet Wysoki."
            ),
        ),
        Setting(
            key="urgent_to_specialists",
            type="bool",
            default=True,
            label=Text("Urgent incidents go straight to specialists", "Pilne awarie trafiają od razu do specjalistów"),
        ),
        Setting(
            key="security_phone",
            default="",
            label=Text("Phone of the security team", "Telefon zespołu bezpieczeństwa"),
            hint=Text("Agents see it on security tickets.", "Konsultanci widzą go przy zgłoszeniach bezpieczeństwa."),
        ),
    ]


@hookimpl
def validate_ticket(draft: TicketDraft) -> list[Problem]:
    """Check answers that depend on each other or on the calendar."""
    return list(checks.problems(draft.request_type, draft.answers, now())) if draft.desk == "it" else []


@hookimpl
def before_ticket_open(draft: TicketDraft) -> Changes | None:
    """Set priority, team and tags; a priority that an agent gave is kept by the core."""
    if draft.desk != "it":
        return None
    kind, answers = draft.request_type, draft.answers
    found = priority.verdict(kind, answers, now().date(), setting("it_desk", "starter_notice_days"))
    level = found.priority if found else draft.priority
    straight = setting("it_desk", "urgent_to_specialists")
    return Changes(
        priority=found.priority if found else None,
        team=routing.team_for(kind, answers, level, urgent_to_specialists=straight),
        tags=routing.tags_for(kind, answers, level),
    )


@hookimpl
def register_ticket_panels() -> list[TicketPanel]:
    """Add why a ticket has its priority, and what to do first."""
    steps, why = Text("First steps", "Pierwsze kroki"), Text("Impact and urgency", "Wpływ i\u00a0pilność")
    return [
        TicketPanel("it_first_steps", steps, panels.first_steps, order=10, desks=("it",)),
        TicketPanel("it_priority", why, panels.priority_rows, order=20, desks=("it",)),
    ]


@hookimpl
def register_list_filters() -> list[ListFilter]:
    """Add how many an incident hits, in the words of the panel."""
    impacts = (
        Option("company", Text("The whole company", "Cała firma")),
        Option("site", Text("A whole site", "Cały oddział")),
        Option("team", Text("A team", "Zespół")),
        Option("me", Text("One person", "Jedna osoba")),
    )
    return [ListFilter("impact", Text("Impact", "Wpływ"), impacts, "affected", ("incident",))]


@hookimpl
def register_demo() -> list[Demo]:
    """Add eight weeks of tickets to the demo organisation."""
    return [Demo(demo.seed, order=10)]
