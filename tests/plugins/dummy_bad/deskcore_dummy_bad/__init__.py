"""Misbehaves in every hook there is, and in all that it contributes, in the way that ``behaviour.MODE`` says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from flask import Blueprint
from marshmallow import Schema, fields

from deskcore.plugin import (
    ApiResource,
    Command,
    Demo,
    FieldType,
    Job,
    ListColumn,
    NavItem,
    PanelRow,
    PluginBlueprint,
    Section,
    Text,
    TicketAction,
    TicketPage,
    TicketPanel,
    WaitingList,
    WaitingRow,
    hookimpl,
    reports,
    search,
    tickets,
)
from deskcore_dummy_bad.behaviour import misbehave

#: It sees tickets: what it keeps about them is asked of it.
DESKS = "every"

pages = Blueprint("dummy_bad", __name__)


class Answer(Schema):
    """What the API of the dummy answers."""

    said = fields.String()


@pages.get("/page")
def page() -> Any:
    """Show a page."""
    return misbehave("page", otherwise="A page")


def api_view() -> Any:
    """Say something."""
    return misbehave("api", otherwise={"said": "yes"})


@click.command("try")
def command() -> None:
    """Do something."""
    misbehave("command")


def clean(line: str) -> Any:
    """Check an answer."""
    return misbehave("field type", line, otherwise=line)


def rows(ticket: Any, viewer: Any) -> Any:
    """Return the lines of the panel."""
    return misbehave("panel", ticket, viewer, otherwise=[PanelRow("A row")])


def counted_in_bar(viewer: Any) -> Any:
    """Return the number in the bar."""
    return misbehave("bar", viewer, otherwise=1)


def about_person(person: Any, viewer: Any) -> Any:
    """Return the lines of the panel beside a person."""
    return misbehave("person panel", person, viewer, otherwise=[PanelRow("A row")])


def about_request(ticket: Any, viewer: Any) -> Any:
    """Return the lines of the block on a request."""
    return misbehave("request panel", ticket, viewer, otherwise=[PanelRow("A row")])


def links(number: Any, receiver: Any) -> Any:
    """Return what can be answered with one click."""
    return misbehave("message links", number, receiver, otherwise=[])


def page_data(ticket: Any, viewer: Any) -> Any:
    """Return what the page about a ticket shows."""
    return misbehave("ticket page", ticket, viewer, otherwise={"said": "A page"})


def counted(asked: Any, viewer: Any) -> Any:
    """Return the report."""
    return misbehave("report", asked, viewer, otherwise=reports.Made(()))


def summed(asked: Any, viewer: Any) -> Any:
    """Return what stands on the overview."""
    return misbehave("summary", asked, viewer, otherwise=reports.Made(()))


def run(ticket: Any, viewer: Any) -> Any:
    """Do what the action does."""
    return misbehave("action", ticket, viewer, otherwise="Done.")


def applies(ticket: Any) -> Any:
    """Tell whether the action is offered."""
    return misbehave("action applies", ticket, otherwise=True)


def badges(numbers: Sequence[str]) -> Any:
    """Return the badges."""
    return misbehave("badges", numbers, otherwise=dict.fromkeys(numbers, tickets.Badge("A badge")))


def choices(words: Any, viewer: Any) -> Any:
    """Return what can be chosen."""
    return misbehave("bulk choices", words, viewer, otherwise=[tickets.BulkChoice("one", "One")])


def edits(choice: Any, viewer: Any) -> Any:
    """Return what a choice would change."""
    return misbehave("bulk edits", choice, viewer, otherwise=tickets.Edits(note="There is trouble."))


def done(choice: Any, numbers: Any, viewer: Any) -> Any:
    """Learn what was done."""
    return misbehave("bulk done", choice, numbers, viewer)


def commands(ticket: Any, viewer: Any) -> Any:
    """Return the commands of the palette."""
    command = tickets.PaletteCommand("Trouble", "/x/dummy_bad/page")
    return misbehave("palette commands", ticket, viewer, otherwise=[command])


def texts(ticket: Any, viewer: Any) -> Any:
    """Return what the composer's menu offers."""
    choice = tickets.ComposerChoice("Trouble", "There is trouble.")
    return misbehave("composer tool", ticket, viewer, otherwise=[choice])


def cells(numbers: Sequence[str]) -> Any:
    """Fill the column."""
    return misbehave("column", numbers, otherwise=dict.fromkeys(numbers, "A cell"))


def read_section(request_type: Any) -> Any:
    """Find no mistake in a request type."""
    return misbehave("section", request_type, otherwise=())


def look_ahead(request_type: Any, viewer: Any) -> Any:
    """Return who will be asked."""
    return misbehave("section ahead", request_type, viewer, otherwise=[PanelRow("Nobody")])


def tells(about: Any, viewer: Any) -> Any:
    """Return what a reader should know."""
    return misbehave("notices", about, viewer, otherwise=[tickets.NoticeRow("A notice")])


def waits(viewer: Any) -> Any:
    """Return what waits for a reader."""
    return misbehave("waiting", viewer, otherwise=[WaitingRow("A row", "Of the dummy", "/", "Look")])


def documents(keys: Any) -> Any:
    """Return the one document."""
    found = search.Document("dummy", "A dummy", "", "en", frozenset({search.EVERYONE}))
    return misbehave("documents", keys, otherwise=[found])


def show(keys: Any, audience: Any) -> Any:
    """Show the one document."""
    return misbehave("show", keys, audience, otherwise={"dummy": search.Shown("A dummy", "/")})


def popular(audience: Any, language: Any, most: Any) -> Any:
    """Return the one document for the first page."""
    return misbehave("popular", audience, language, most, otherwise=[search.Shown("A dummy", "/")])


def engine() -> Any:
    """Return what finds the one document."""
    return misbehave("engine", otherwise=Engine())


class Engine:
    """Finds the one document, whatever is looked for."""

    def write(self, kind: str, documents: Any, gone: Any) -> None:
        """Keep nothing."""

    def rebuild(self, kind: str, documents: Any) -> None:
        """Keep nothing."""
        list(documents)

    def find(self, query: Any) -> Any:
        """Return the one document."""
        return [search.Match("dummy", 1.0)]

    def known(self, kind: str, tokens: Any, audience: Any) -> Any:
        """Know every word."""
        return dict.fromkeys(tokens, 1)

    def similar(self, kind: str, beginning: str) -> Any:
        """Know no other."""
        return []

    def fingerprint(self, kind: str) -> str:
        """Be like any other."""
        return kind

    def tickets(self, words: Any, internal: bool) -> None:
        """Leave tickets to the core."""


def work(payload: Any) -> Any:
    """Do the job."""
    return misbehave("job", payload)


def kept(ids: Any) -> Any:
    """Find nothing."""
    return misbehave("invariant", ids, otherwise=[])


def seed(builder: Any) -> Any:
    """Add nothing to the demo."""
    return misbehave("demo", builder)


@hookimpl
def register_settings() -> Any:
    return misbehave("register_settings")


@hookimpl
def register_permissions() -> Any:
    return misbehave("register_permissions")


@hookimpl
def register_desks() -> Any:
    return misbehave("register_desks")


@hookimpl
def register_request_types() -> Any:
    return misbehave("register_request_types")


@hookimpl
def register_field_types() -> Any:
    return misbehave("register_field_types", otherwise=[FieldType("dummy_bad_code", Text("Code", "Kod"), clean, "X-1")])


@hookimpl
def register_nav_items() -> Any:
    entry = NavItem("workspace", Text("Trouble", "Kłopot"), "dummy_bad.page", in_bar=True, count=counted_in_bar)
    return misbehave("register_nav_items", otherwise=[entry])


@hookimpl
def register_ticket_panels() -> Any:
    return misbehave(
        "register_ticket_panels", otherwise=[TicketPanel("dummy_bad_panel", Text("Trouble", "Kłopot"), rows)]
    )


@hookimpl
def register_person_panels() -> Any:
    panel = tickets.PersonPanel("dummy_bad_person", Text("Trouble", "Kłopot"), about_person)
    return misbehave("register_person_panels", otherwise=[panel])


@hookimpl
def register_request_panels() -> Any:
    panel = tickets.RequestPanel("dummy_bad_request", Text("Trouble", "Kłopot"), about_request)
    return misbehave("register_request_panels", otherwise=[panel])


@hookimpl
def register_message_links() -> Any:
    return misbehave("register_message_links", otherwise=[tickets.MessageLinks("dummy_bad_news", links)])


@hookimpl
def register_ticket_pages() -> Any:
    page = TicketPage("trouble", Text("Trouble", "Kłopot"), "dummy_bad/trouble.html", page_data)
    return misbehave("register_ticket_pages", otherwise=[page])


@hookimpl
def register_ticket_actions() -> Any:
    return misbehave(
        "register_ticket_actions", otherwise=[TicketAction("dummy_bad_act", Text("Act", "Działaj"), run, applies)]
    )


@hookimpl
def register_ticket_badges() -> Any:
    return misbehave("register_ticket_badges", otherwise=[tickets.TicketBadges("dummy_bad_badge", badges)])


@hookimpl
def register_bulk_actions() -> Any:
    action = tickets.BulkAction("dummy_bad_do", Text("Do…", "Zrób…"), choices, edits, done)
    return misbehave("register_bulk_actions", otherwise=[action])


@hookimpl
def register_palette_commands() -> Any:
    return misbehave("register_palette_commands", otherwise=[tickets.PaletteCommands("dummy_bad_commands", commands)])


@hookimpl
def register_composer_tools() -> Any:
    tool = tickets.ComposerTool("dummy_bad_texts", Text("Trouble", "Kłopot"), texts)
    return misbehave("register_composer_tools", otherwise=[tool])


@hookimpl
def register_list_columns() -> Any:
    return misbehave(
        "register_list_columns", otherwise=[ListColumn("dummy_bad_cell", Text("Trouble", "Kłopot"), cells)]
    )


@hookimpl
def register_list_filters() -> Any:
    return misbehave("register_list_filters")


@hookimpl
def register_sections() -> Any:
    return misbehave("register_sections", otherwise=[Section(read_section, ahead=look_ahead)])


@hookimpl
def register_reports() -> Any:
    report = reports.Report("trouble", Text("Trouble", "Kłopot"), Text("It counts.", "Liczy."), counted, summary=summed)
    return misbehave("register_reports", otherwise=[report])


@hookimpl
def register_notices() -> Any:
    return misbehave("register_notices", otherwise=[tickets.NoticeBoard("dummy_bad_tells", "home", tells)])


@hookimpl
def register_waiting() -> Any:
    return misbehave("register_waiting", otherwise=[WaitingList("dummy_bad_waits", waits)])


@hookimpl
def register_search_kinds() -> Any:
    kind = search.Kind("dummy_bad", Text("Dummies", "Atrapy"), documents, show, popular=popular)
    return misbehave("register_search_kinds", otherwise=[kind])


@hookimpl
def register_search_backends() -> Any:
    return misbehave("register_search_backends", otherwise=[search.Backend("dummy_bad", engine)])


@hookimpl
def register_blueprints() -> Any:
    return misbehave("register_blueprints", otherwise=[PluginBlueprint(pages, "workspace")])


@hookimpl
def register_api_resources() -> Any:
    return misbehave(
        "register_api_resources",
        otherwise=[ApiResource("dummy_bad_say", "GET", "/say", api_view, Answer, example={"said": "yes"})],
    )


@hookimpl
def register_jobs() -> Any:
    return misbehave("register_jobs", otherwise=[Job("dummy_bad_job", work)])


@hookimpl
def register_commands() -> Any:
    return misbehave("register_commands", otherwise=[Command(command)])


@hookimpl
def register_invariants() -> Any:
    return misbehave("register_invariants", otherwise=[tickets.Invariant("dummy_bad_kept", kept)])


@hookimpl
def register_demo() -> Any:
    return misbehave("register_demo", otherwise=[Demo(seed)])


@hookimpl
def before_ticket_open(draft: Any) -> Any:
    return misbehave("before_ticket_open", draft)


@hookimpl
def validate_ticket(draft: Any) -> Any:
    return misbehave("validate_ticket", draft)


@hookimpl
def validate_transition(transition: Any) -> Any:
    return misbehave("validate_transition", transition)


@hookimpl
def validate_person_close(person: Any) -> Any:
    return misbehave("validate_person_close", person)


@hookimpl
def choose_assignee(ticket: Any) -> Any:
    return misbehave("choose_assignee", ticket)


@hookimpl
def ticket_opened(event: Any, ticket: Any) -> Any:
    return misbehave("ticket_opened", event, ticket)


@hookimpl
def ticket_changed(event: Any, ticket: Any) -> Any:
    return misbehave("ticket_changed", event, ticket)


@hookimpl
def message_added(event: Any, ticket: Any) -> Any:
    return misbehave("message_added", event, ticket)


@hookimpl
def absence_changed(event: Any) -> Any:
    return misbehave("absence_changed", event)


@hookimpl
def searched(event: Any) -> Any:
    return misbehave("searched", event)
