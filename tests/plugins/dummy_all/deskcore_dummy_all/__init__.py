"""Implements every hook there is, each in the smallest way that can be seen from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click
from flask import Blueprint

from deskcore.plugin import (
    ApiResource,
    Changes,
    Command,
    Demo,
    Desk,
    Field,
    FieldType,
    Job,
    ListColumn,
    ListFilter,
    NavItem,
    Option,
    PanelRow,
    Permission,
    PluginBlueprint,
    Problem,
    RequestType,
    Section,
    Setting,
    Text,
    TicketAction,
    TicketPage,
    TicketPanel,
    ViewerView,
    WaitingList,
    WaitingRow,
    hookimpl,
    reports,
    search,
    tickets,
)
from deskcore_dummy_all import api

VIP = Option("vip", Text("A VIP", "VIP"))
#: What the handlers of committed events were given, latest last.
heard: list[tuple[str, str]] = []
#: How often the job ran.
runs: list[Mapping[str, Any]] = []

pages = Blueprint("dummy_all", __name__)


@pages.get("/hello")
def hello() -> str:
    """Say hello."""
    return "Hello from the dummy"


@click.command("greet")
def greet() -> None:
    """Say hello."""
    click.echo("Hello from the dummy")


@hookimpl
def register_settings() -> list[Setting]:
    return [Setting("limit", Text("Limit", "Limit"), "int", 5), Setting("greeting", Text("Greeting", "Powitanie"))]


@hookimpl
def register_permissions() -> list[Permission]:
    return [Permission("dummy_all.greet", Text("Greet visitors", "Witanie gości"))]


@hookimpl
def register_desks() -> list[Desk]:
    return [Desk("dummy", "DMY", Text("Reception", "Recepcja"))]


@hookimpl
def register_request_types() -> list[RequestType]:
    return [
        RequestType(
            "dummy_visit",
            "dummy",
            Text("Announce a visitor", "Zapowiedz gościa"),
            Text("We prepare a badge.", "Przygotujemy identyfikator."),
            fields=(
                Field("guest", "text", Text("Who comes?", "Kto przyjdzie?"), required=True),
                Field("kind", "select", Text("What kind?", "Jaki rodzaj?"), options=(VIP,)),
            ),
        )
    ]


@hookimpl
def register_field_types() -> list[FieldType]:
    return [FieldType("dummy_badge", Text("Badge", "Identyfikator"), str.upper, "A-1")]


@hookimpl
def register_nav_items() -> list[NavItem]:
    return [NavItem("workspace", Text("Visitors", "Goście"), "dummy_all.hello")]


@hookimpl
def register_ticket_panels() -> list[TicketPanel]:
    return [TicketPanel("dummy_visit", Text("Visit", "Wizyta"), lambda ticket, viewer: [PanelRow(ticket.subject)])]


@hookimpl
def register_person_panels() -> list[tickets.PersonPanel]:
    rows = [PanelRow("Badge B-1")]
    return [tickets.PersonPanel("dummy_badges", Text("Badges", "Identyfikatory"), lambda person, viewer: rows)]


@hookimpl
def register_request_panels() -> list[tickets.RequestPanel]:
    rows = [PanelRow("Print the badge", url="/x/dummy_all/hello")]
    return [tickets.RequestPanel("dummy_print", Text("Badge", "Identyfikator"), lambda ticket, viewer: rows)]


@hookimpl
def register_message_links() -> list[tickets.MessageLinks]:
    link = tickets.MessageLink(Text("I come", "Przyjdę"), "/x/dummy_all/hello")
    return [tickets.MessageLinks("dummy_invited", lambda number, receiver: [link])]


@hookimpl
def register_ticket_pages() -> list[TicketPage]:
    return [
        TicketPage("visit", Text("Visit", "Wizyta"), "dummy_all/visit.html", lambda ticket, viewer: {"guest": "Jan"})
    ]


@hookimpl
def register_ticket_actions() -> list[TicketAction]:
    return [TicketAction("dummy_greet", Text("Greet", "Przywitaj"), lambda ticket, viewer: f"{ticket.number} greeted")]


def _badge_faults(request_type: RequestType) -> tuple[str, ...]:
    return () if request_type.sections["dummy_all"].get("badge") else ("Name a badge.",)


@hookimpl
def register_ticket_badges() -> list[tickets.TicketBadges]:
    guest = tickets.Badge("Guest", "active", "user")
    return [tickets.TicketBadges("dummy_guest", lambda numbers: dict.fromkeys(numbers, guest))]


@hookimpl
def register_bulk_actions() -> list[tickets.BulkAction]:
    badges = [tickets.BulkChoice("b-1", "Badge B-1", "At the gate")]
    greeted = tickets.Edits(add=("greeted",), note="{requester} has a badge.", name="Badge B-1")
    return [
        tickets.BulkAction(
            "dummy_badge",
            Text("Give a badge…", "Daj identyfikator…"),
            lambda words, viewer: badges,
            lambda choice, viewer: greeted if choice == "b-1" else None,
            lambda choice, numbers, viewer: heard.extend((choice, number) for number in numbers),
        )
    ]


@hookimpl
def register_palette_commands() -> list[tickets.PaletteCommands]:
    hello_page = tickets.PaletteCommand("Greet everybody", "/x/dummy_all/hello", "welcome")
    return [tickets.PaletteCommands("dummy_greetings", lambda ticket, viewer: [hello_page])]


@hookimpl
def register_composer_tools() -> list[tickets.ComposerTool]:
    welcome = tickets.ComposerChoice("Welcome", "You are welcome.", hint="Short")
    label = Text("Greetings", "Powitania")
    return [tickets.ComposerTool("dummy_greetings", label, lambda ticket, viewer: [welcome], "dummy_all.hello")]


@hookimpl
def register_list_columns() -> list[ListColumn]:
    return [ListColumn("dummy_guest", Text("Guest", "Gość"), _guests)]


@hookimpl
def register_list_filters() -> list[ListFilter]:
    return [ListFilter("kind", Text("Kind of visitor", "Rodzaj gościa"), (VIP,), "kind", ("dummy_visit",))]


@hookimpl
def register_sections() -> list[Section]:
    return [Section(_badge_faults, ahead=lambda request_type, viewer: [PanelRow(viewer.name, term="Reception")])]


@hookimpl
def register_reports() -> list[reports.Report]:
    return [reports.Report("visits", Text("Visits", "Wizyty"), Text("Who came.", "Kto przyszedł."), visits)]


def visits(asked: reports.Asked, viewer: ViewerView) -> reports.Made:
    row = reports.Row("Jan", (reports.Cell("1", number=1),), share=1.0, count=1)
    return reports.Made((reports.Table("guests", "Guests", ("Guest", "Visits"), (row,)),))


@hookimpl
def register_notices() -> list[tickets.NoticeBoard]:
    row = tickets.NoticeRow("The door is closed.", "Use the other one.", tone="warn")
    return [tickets.NoticeBoard("dummy_all_doors", "home", lambda about, viewer: [row])]


@hookimpl
def register_waiting() -> list[WaitingList]:
    return [WaitingList("dummy_all_guests", lambda viewer: [WaitingRow("A guest", viewer.name, "/", "Greet")])]


@hookimpl
def register_search_kinds() -> list[search.Kind]:
    badge = search.Document("b-1", "Badge", "For visitors", "en", frozenset({search.EVERYONE}))
    shown = {"b-1": search.Shown("Badge", "/x/dummy_all/hello", "For visitors")}
    title, popular = Text("Badges", "Identyfikatory"), [shown["b-1"]]
    return [
        search.Kind(
            "badge",
            title,
            lambda keys: [badge],
            lambda keys, audience: shown,
            popular=lambda audience, language, most: popular,
            popular_title=Text("Popular badges", "Popularne identyfikatory"),
        )
    ]


@hookimpl
def register_search_backends() -> list[search.Backend]:
    return [search.Backend("dummy_all", Memory)]


@hookimpl
def register_blueprints() -> list[PluginBlueprint]:
    return [PluginBlueprint(pages, "workspace")]


@hookimpl
def register_api_resources() -> list[ApiResource]:
    visits = ApiResource(
        "dummy_all_visits", "GET", "/visits", api.list_visits, api.VisitPage, query=api.VisitsWanted,
        example={"items": [{"guest": "Jan", "badge": "B-1"}]},
    )  # fmt: skip
    announced = ApiResource(
        "dummy_all_announce", "PUT", "/visits/<badge>", api.announce, api.VisitItem, body=api.VisitBody,
        permission="dummy_all.greet", example={"guest": "Jan", "badge": "B-1"}, sends={"guest": "Jan"},
    )  # fmt: skip
    return [visits, announced]


@hookimpl
def register_jobs() -> list[Job]:
    return [Job("dummy_tidy", runs.append, "0 3 * * *")]


@hookimpl
def register_commands() -> list[Command]:
    return [Command(greet)]


@hookimpl
def register_invariants() -> list[tickets.Invariant]:
    return [tickets.Invariant("dummy_badges", lambda ids: [(7, "It has no badge.")])]


@hookimpl
def register_demo() -> list[Demo]:
    return [Demo(lambda *arguments, **more: None)]


@hookimpl
def before_ticket_open(draft: Any) -> Changes | None:
    return Changes(priority="high", tags=("dummy",), extra={"guest": "VIP"}) if "VIP" in draft.subject else None


@hookimpl
def validate_ticket(draft: Any) -> list[Problem]:
    return [Problem("Name the visitor.", "subject")] if "nobody" in draft.subject else []


@hookimpl
def validate_transition(transition: Any) -> Problem | None:
    refused = transition.to_category == "closed" and "VIP" in transition.ticket.subject
    return Problem("A VIP visit is resolved first.") if refused else None


@hookimpl
def validate_person_close(person: Any) -> Problem | None:
    return Problem("The visitor's badge was not given back.") if "badge" in person.email else None


@hookimpl
def choose_assignee(ticket: Any) -> str | None:
    return "ola.mazur@meridian.example" if "VIP" in ticket.subject else None


@hookimpl
def ticket_opened(event: Any, ticket: Any) -> None:
    heard.append(("ticket_opened", ticket.number))


@hookimpl
def ticket_changed(event: Any, ticket: Any) -> None:
    heard.append(("ticket_changed", ticket.number))


@hookimpl
def message_added(event: Any, ticket: Any) -> None:
    heard.append(("message_added", ticket.number))


@hookimpl
def absence_changed(event: Any) -> None:
    heard.append(("absence_changed", event.kind))


@hookimpl
def searched(event: Any) -> None:
    heard.append(("searched", event.words))


class Memory:
    """Finds everything, whatever is looked for."""

    def write(self, kind: str, documents: Any, gone: Any) -> None:
        return None

    def rebuild(self, kind: str, documents: Any) -> None:
        list(documents)

    def find(self, query: search.Query) -> list[search.Match]:
        return [search.Match("b-1", 1.0)]

    def known(self, kind: str, tokens: Sequence[str], audience: frozenset[str]) -> dict[str, int]:
        return dict.fromkeys(tokens, 1)

    def similar(self, kind: str, beginning: str) -> list[str]:
        return []

    def fingerprint(self, kind: str) -> str:
        return kind

    def tickets(self, words: Any, internal: bool) -> None:
        return None


def _guests(numbers: Sequence[str]) -> dict[str, str]:
    return dict.fromkeys(numbers, "Guest")
