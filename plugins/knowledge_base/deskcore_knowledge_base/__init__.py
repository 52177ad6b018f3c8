"""Knowledge base: articles that answer before a ticket is written, and that go into the reply when one is."""

from __future__ import annotations

from deskcore.plugin import (
    ApiResource,
    Command,
    Demo,
    EventView,
    Job,
    NavItem,
    PluginBlueprint,
    Setting,
    Text,
    TicketPanel,
    TicketView,
    hookimpl,
    search,
)
from deskcore_knowledge_base import (
    api,
    commands,
    demo,
    desk_views,
    editor,
    feedback,
    files,
    finding,
    numbers,
    panels,
    using,
    views,
    words,
)


@hookimpl
def register_settings() -> list[Setting]:
    """Add who publishes."""
    return [
        Setting(
            key="agents_publish",
            type="bool",
            default=False,
            label=Text("Agents publish without a review", "Konsultanci publikują bez sprawdzenia"),
            hint=Text(
                "Otherwise the lead of the desk publishes what agents write.",
                "W\u00a0przeciwnym razie to, co napiszą konsultanci, publikuje lider działu.",
            ),
        ),
    ]


@hookimpl
def register_blueprints() -> list[PluginBlueprint]:
    """Add the answers at ``/answers``, and the pages of those who write."""
    return [
        PluginBlueprint(views.pages, "public", claims="/answers"),
        PluginBlueprint(desk_views.pages, "workspace"),
        PluginBlueprint(editor.pages, "workspace"),
        PluginBlueprint(numbers.pages, "workspace"),
    ]


@hookimpl
def register_nav_items() -> list[NavItem]:
    """Lead to both."""
    return [
        NavItem("portal", words.ANSWERS, "knowledge_base.answers", "book", order=20),
        NavItem("workspace", Text("Knowledge base", "Baza wiedzy"), "knowledge_base_desk.articles", "book", order=20),
    ]


@hookimpl
def register_ticket_panels() -> list[TicketPanel]:
    """Show answers that fit a ticket beside it."""
    return [TicketPanel("answers", Text("Suggested answers", "Pasujące odpowiedzi"), panels.rows, order=20)]


@hookimpl
def register_api_resources() -> list[ApiResource]:
    """Add reading and writing articles."""
    return api.RESOURCES


@hookimpl
def register_search_kinds() -> list[search.Kind]:
    """Let articles be found, and those that are read most stand on the first page."""
    return [
        search.Kind(
            "article",
            words.ANSWERS,
            finding.documents,
            finding.show,
            icon="doc",
            order=20,
            popular=finding.popular,
            popular_title=Text("Popular answers", "Popularne odpowiedzi"),
        )
    ]


@hookimpl
def register_jobs() -> list[Job]:
    """Delete files that nothing leads to, once a night."""
    return [Job("knowledge_base_files", files.collect_files, schedule="40 3 * * *")]


@hookimpl
def register_commands() -> list[Command]:
    """Add the import and the export of articles."""
    return [Command(commands.articles, "import"), Command(commands.export, "export")]


@hookimpl
def register_demo() -> list[Demo]:
    """Add articles of every desk of the demo organisation."""
    return [Demo(demo.seed, order=90)]


@hookimpl
def searched(event: search.Searched) -> None:
    """Count what people look for."""
    feedback.count_search(event.words, event.language, event.found)


@hookimpl
def message_added(event: EventView, ticket: TicketView) -> None:
    """Note which articles a reply leads to."""
    using.note(event)
