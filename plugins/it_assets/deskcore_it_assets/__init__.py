"""Equipment: who has what, from order to disposal, tied to people and tickets."""

from __future__ import annotations

from deskcore.plugin import (
    Command,
    Demo,
    EventView,
    FieldType,
    Job,
    NavItem,
    Permission,
    PersonView,
    PluginBlueprint,
    Problem,
    Setting,
    Text,
    TicketPanel,
    TicketView,
    WaitingList,
    hookimpl,
    reports,
    tickets,
)
from deskcore_it_assets import (
    alerts,
    attention_views,
    audit_views,
    bulk_views,
    category_views,
    commands,
    counting,
    demo,
    desk_views,
    editor,
    equipment_views,
    kit_views,
    label_views,
    leaving,
    licence_views,
    panels,
    protocol_views,
    reveal_views,
    scan_views,
    state_views,
    stock_views,
    tags,
)
from deskcore_it_assets.alerts import asset_alert

#: Other plugins hear through this.
HOOKS = (asset_alert,)


@hookimpl
def register_settings() -> list[Setting]:
    """Add the currency of prices, and where problems are reported."""
    return [
        Setting(
            key="currency",
            default="PLN",
            label=Text("Currency of prices", "Waluta cen"),
            hint=Text("Three letters, such as PLN.", "Trzy litery, na przykład PLN."),
        ),
        Setting(
            key="problem_service",
            default="it-hardware-fault:asset",
            label=Text("Service for problems with equipment", "Usługa do zgłaszania problemów ze sprzętem"),
            hint=Text(
                "The end of its address and, after a colon, the field for the tag. Empty: any service.",
                "Końcówka jej adresu i\u00a0po dwukropku pole na numer. Puste: dowolna usługa.",
            ),
        ),
    ]


@hookimpl
def register_blueprints() -> list[PluginBlueprint]:
    """Add everybody's own equipment at ``/equipment``, and the pages of those who look after it."""
    return [
        PluginBlueprint(equipment_views.pages, "portal", claims="/equipment"),
        PluginBlueprint(desk_views.pages, "workspace"),
        PluginBlueprint(editor.pages, "workspace"),
        PluginBlueprint(category_views.pages, "workspace"),
        PluginBlueprint(label_views.pages, "workspace"),
        PluginBlueprint(scan_views.pages, "workspace"),
        PluginBlueprint(protocol_views.pages, "workspace"),
        PluginBlueprint(bulk_views.pages, "workspace"),
        PluginBlueprint(audit_views.pages, "workspace"),
        PluginBlueprint(licence_views.pages, "workspace"),
        PluginBlueprint(stock_views.pages, "workspace"),
        PluginBlueprint(kit_views.pages, "workspace"),
        PluginBlueprint(attention_views.pages, "workspace"),
        PluginBlueprint(reveal_views.pages, "workspace"),
        PluginBlueprint(state_views.pages, "workspace"),
    ]


@hookimpl
def register_permissions() -> list[Permission]:
    """Add the right to say what kinds of equipment there are."""
    title = Text("Change categories of equipment", "Zmiana kategorii sprzętu")
    return [Permission(category_views.MANAGE, title, role="lead")]


@hookimpl
def register_nav_items() -> list[NavItem]:
    """Lead to both."""
    return [
        NavItem("portal", Text("My equipment", "Mój sprzęt"), "it_assets.equipment", "laptop", order=30),
        NavItem("workspace", Text("Equipment", "Sprzęt"), "it_assets_desk.assets", "laptop", order=30),
    ]


@hookimpl
def register_ticket_panels() -> list[TicketPanel]:
    """Show beside a ticket what it is about and what its requester has."""
    return [TicketPanel("equipment", Text("Equipment", "Sprzęt"), panels.beside_ticket, open=False, order=30)]


@hookimpl
def register_person_panels() -> list[tickets.PersonPanel]:
    """Show beside a person what they have."""
    return [tickets.PersonPanel("equipment", Text("Equipment", "Sprzęt"), panels.beside_person, order=30)]


@hookimpl
def register_reports() -> list[reports.Report]:
    """Add reports about what there is, what has to be replaced, and who has how much."""
    return counting.REPORTS


@hookimpl
def register_waiting() -> list[WaitingList]:
    """Ask whether things arrived."""
    return [WaitingList("arrivals", panels.waiting)]


@hookimpl
def register_field_types() -> list[FieldType]:
    """Let forms ask for a thing by its tag."""
    return [FieldType("asset", Text("Equipment", "Sprzęt"), tags.clean, "NB-0412")]


@hookimpl
def register_jobs() -> list[Job]:
    """Look every day for what needs attention."""
    return [Job(alerts.JOB, alerts.run, schedule=alerts.SCHEDULE)]


@hookimpl
def validate_person_close(person: PersonView) -> list[Problem]:
    """Say what somebody has still whose account is about to be closed."""
    return leaving.still_has(person)


@hookimpl
def register_demo() -> list[Demo]:
    """Add equipment of the demo organisation."""
    return [Demo(demo.seed, order=80)]


@hookimpl
def ticket_opened(event: EventView, ticket: TicketView) -> None:
    """Note which things a new ticket is about."""
    tags.tie_named(ticket)


@hookimpl
def register_commands() -> list[Command]:
    """Add the imports of equipment, of inventories, and of lists of devices."""
    found = (commands.assets, commands.inventory, commands.asset_models, commands.asset_ends)
    return [Command(command, "import") for command in found]
