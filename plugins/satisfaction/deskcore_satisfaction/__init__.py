"""Satisfaction: people are asked how it went when their request is finished, and answer with one click."""

from __future__ import annotations

from deskcore.plugin import (
    ApiResource,
    Demo,
    EventView,
    Job,
    ListColumn,
    ListFilter,
    PluginBlueprint,
    Section,
    Setting,
    Text,
    TicketPanel,
    TicketView,
    WaitingList,
    hookimpl,
    reports,
    tickets,
)
from deskcore_satisfaction import (
    api,
    asking,
    csat,
    demo,
    desk_views,
    invariants,
    links,
    panels,
    rating,
    rules,
    telling,
    tidying,
    views,
    waiting,
    words,
)
from deskcore_satisfaction.announcing import rating_asked, rating_low

#: Other plugins hear through these.
HOOKS = (rating_asked, rating_low)
#: People are asked about every desk; a confidential one has to be given to the plugin by its lead.
DESKS = "every"
_RATINGS = Text("Ratings", "Oceny")


@hookimpl
def register_settings() -> list[Setting]:
    """Add who is asked, when, and how long it is kept."""
    comma = Text("Their keys, separated by commas.", "Ich klucze rozdzielone przecinkami.")
    sometimes = Text("1 asks about all of them.", "1 oznacza pytanie o\u00a0wszystkie.")
    pause = Text("Days in which nobody is asked twice", "Przez ile dni nikt nie dostaje drugiego pytania")
    wait = Text("Hours between the solution and the question", "Ile godzin od rozwiązania do pytania")
    keep = Text("Days for which ratings are kept", "Przez ile dni przechowuje się oceny")
    return [
        Setting("wait_hours", wait, "int", 2),
        Setting(
            "every",
            Text("Ask about one finished ticket in", "Pytać o\u00a0jedno na ile zgłoszeń"),
            "int",
            1,
            hint=sometimes,
        ),
        Setting("pause_days", pause, "int", 7),
        Setting("answer_days", Text("Days to answer", "Ile dni na odpowiedź"), "int", 30),
        Setting("never_desks", Text("Desks that never ask", "Działy, które nigdy nie pytają"), default="", hint=comma),
        Setting(
            "never_types", Text("Request types that never ask", "Rodzaje zgłoszeń bez pytania"), default="", hint=comma
        ),
        Setting("keep_days", keep, "int", 730, hint=Text("0 keeps them for good.", "0 oznacza bez końca.")),
    ]


@hookimpl
def register_sections() -> list[Section]:
    """Read ``[sections.satisfaction]``: whether a request type may be asked about."""
    return [Section(rules.faults)]


@hookimpl
def register_blueprints() -> list[PluginBlueprint]:
    """Add ``/ratings``, the pages that links in messages lead to, and those of leads."""
    return [
        PluginBlueprint(views.portal, "portal", claims="/ratings"),
        PluginBlueprint(views.linked, "public"),
        PluginBlueprint(desk_views.pages, "workspace"),
    ]


@hookimpl
def register_waiting() -> list[WaitingList]:
    """Ask on the first page of the portal."""
    return [WaitingList("satisfaction", waiting.rows, order=80)]


@hookimpl
def register_request_panels() -> list[tickets.RequestPanel]:
    """Ask on the page of the request."""
    return [tickets.RequestPanel("satisfaction", words.QUESTION, waiting.on_request)]


@hookimpl
def register_message_links() -> list[tickets.MessageLinks]:
    """Let the question be answered from a message."""
    return [tickets.MessageLinks("rating_asked", links.rating_links)]


@hookimpl
def register_ticket_panels() -> list[TicketPanel]:
    """Show agents how a ticket was rated."""
    return [TicketPanel("satisfaction", Text("Rating", "Ocena"), panels.of_ticket, order=60)]


@hookimpl
def register_person_panels() -> list[tickets.PersonPanel]:
    """Show agents how somebody rated what was done."""
    return [tickets.PersonPanel("satisfaction", _RATINGS, panels.of_person, order=60)]


@hookimpl
def register_list_columns() -> list[ListColumn]:
    """Add the rating to lists."""
    return [ListColumn("rating", Text("Rating", "Ocena"), panels.column, order=60)]


@hookimpl
def register_list_filters() -> list[ListFilter]:
    """Find tickets by how they were rated the last time."""
    return [ListFilter("rating", Text("Rating", "Ocena"), words.CHOICES, stored=words.MEANINGS)]


@hookimpl
def register_reports() -> list[reports.Report]:
    """Count what people said."""
    return [csat.REPORT]


@hookimpl
def register_api_resources() -> list[ApiResource]:
    """Let programs read ratings."""
    return api.RESOURCES


@hookimpl
def register_jobs() -> list[Job]:
    """Ask whoever is due, tell the desk of answers, and tidy up at night."""
    return [
        Job("satisfaction_ask", asking.ask_due, schedule="*/10 * * * *"),
        Job(rating.TELL_JOB, telling.tell),
        Job("satisfaction_tidy", tidying.tidy, schedule="40 3 * * *"),
    ]


@hookimpl
def register_invariants() -> list[tickets.Invariant]:
    """Let what is stored be compared with the timelines."""
    return [tickets.Invariant("surveys", invariants.surveys_are_sound)]


@hookimpl
def register_demo() -> list[Demo]:
    """Rate the tickets of the demo, after the other plugins have finished them."""
    return [Demo(demo.seed, order=950)]


@hookimpl
def ticket_changed(event: EventView, ticket: TicketView) -> None:
    """Plan a question when a ticket is finished, and drop it when the ticket goes on."""
    asking.follow(event, ticket)
