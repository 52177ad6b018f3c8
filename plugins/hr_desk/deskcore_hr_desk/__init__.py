"""The HR desk: seventeen request types in confidence, complaints for named people only, dates that payroll keeps."""

from __future__ import annotations

from pathlib import Path

from deskcore.plugin import (
    Changes,
    Command,
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
    WaitingList,
    hookimpl,
    load_request_types,
    now,
    setting,
)
from deskcore_hr_desk import checks, confidence, demo, panels, readers, routing
from deskcore_hr_desk.settings import SETTINGS

#: A complaint that was opened without this plugin would be read by all of HR, with the name on it.
CRITICAL = ("hr",)

DESK = Desk(
    key="hr",
    prefix="HR",
    title=Text("Human resources", "Kadry i\u00a0płace"),
    icon="users",
    confidential=True,
    order=20,
    teams=(
        Team("people", Text("HR office", "Biuro HR"), tier=1),
        Team("payroll", Text("Payroll", "Płace"), tier=1),
        Team("development", Text("Recruitment and training", "Rekrutacja i\u00a0rozwój"), tier=1),
        Team("relations", Text("Employee relations", "Relacje pracownicze"), tier=2),
    ),
)


@hookimpl
def register_desks() -> list[Desk]:
    """Add the HR desk, whose numbers tell nothing of how many there are."""
    return [DESK]


@hookimpl
def register_request_types() -> list[RequestType]:
    """Add what ``catalogue/`` declares."""
    return list(load_request_types(Path(__file__).parent / "catalogue", "hr"))


@hookimpl
def register_settings() -> list[Setting]:
    """Add the days that an organisation keeps, and who reads complaints."""
    return list(SETTINGS)


@hookimpl
def validate_ticket(draft: TicketDraft) -> list[Problem]:
    """Check answers that depend on each other, on the calendar, or on the days that payroll keeps."""
    if draft.desk != "hr":
        return []
    limits = checks.Limits(
        payroll_day=setting("hr_desk", "payroll_cutoff_day"),
        benefits_day=setting("hr_desk", "benefits_cutoff_day"),
        on_demand=setting("hr_desk", "on_demand_days"),
    )
    return list(checks.problems(draft, now(), limits))


@hookimpl
def before_ticket_open(draft: TicketDraft) -> Changes | None:
    """Set priority and tags; close a complaint to all but those who read complaints."""
    if draft.desk != "hr":
        return None
    pay_day = setting("hr_desk", "pay_day")
    closed = confidence.circle(draft.request_type, draft.answers, setting("hr_desk", "complaint_readers"))
    return Changes(
        priority=routing.priority_for(draft.request_type, now().date(), pay_day),
        tags=routing.tags_for(draft.request_type, draft.answers),
        visibility="named" if closed else None,
        named=closed.named if closed else (),
        never=closed.never if closed else (),
        manager=draft.request_type in routing.MANAGER_SEES,
        anonymous=closed is not None and draft.answers.get("anonymous") is True,
    )


@hookimpl
def register_ticket_panels() -> list[TicketPanel]:
    """Add what to do first, and the day by which it has to be done."""
    return [
        TicketPanel(
            "hr_first_steps", Text("First steps", "Pierwsze kroki"), panels.first_steps, order=10, desks=("hr",)
        ),
        TicketPanel("hr_dates", Text("Dates", "Terminy"), panels.dates, order=20, desks=("hr",)),
    ]


@hookimpl
def register_list_filters() -> list[ListFilter]:
    """Add what kind of leave is asked for."""
    kinds = (
        Option("annual", Text("Annual leave", "Urlop wypoczynkowy")),
        Option("on_demand", Text("Leave on demand", "Urlop na żądanie")),
        Option("unpaid", Text("Unpaid leave", "Urlop bezpłatny")),
        Option("parental", Text("Parental leave", "Urlop rodzicielski")),
    )
    return [ListFilter("leave", Text("Leave", "Urlop"), kinds, "kind", ("leave_request",))]


@hookimpl
def register_waiting() -> list[WaitingList]:
    """Warn administrators and leads when fewer than two people read complaints."""
    return [WaitingList("hr_complaint_readers", readers.rows, order=1)]


@hookimpl
def register_commands() -> list[Command]:
    """Add the same check for whoever looks after the server."""
    return [Command(readers.command)]


@hookimpl
def register_demo() -> list[Demo]:
    """Add eight weeks of tickets to the demo organisation."""
    return [Demo(demo.seed, order=20)]
