"""Macros: changes of a ticket and what is written with them, made in one step, previewed and undone together."""

from __future__ import annotations

from deskcore.plugin import Demo, Permission, PluginBlueprint, Text, hookimpl, tickets
from deskcore_macros import demo, offering, views
from deskcore_macros.library import SHARE


@hookimpl
def register_permissions() -> list[Permission]:
    """Leads may give a macro to all agents."""
    return [Permission(SHARE, Text("Share macros with everybody", "Udostępnianie makr wszystkim"), "lead")]


@hookimpl
def register_bulk_actions() -> list[tickets.BulkAction]:
    """Apply a macro to the tickets chosen in a list, or to one on its page."""
    label = Text("Apply macro…", "Zastosuj makro…")
    return [tickets.BulkAction("apply", label, offering.choices, offering.edits, offering.done)]


@hookimpl
def register_palette_commands() -> list[tickets.PaletteCommands]:
    """Add a command for each macro on the page of a ticket."""
    return [tickets.PaletteCommands("macros", offering.commands)]


@hookimpl
def register_composer_tools() -> list[tickets.ComposerTool]:
    """Offer macros below the saved replies."""
    return [tickets.ComposerTool("macros", Text("Macros", "Makra"), offering.tools, "macros.library")]


@hookimpl
def register_blueprints() -> list[PluginBlueprint]:
    """Add the pages on which agents look after their macros."""
    return [PluginBlueprint(views.pages, "workspace")]


@hookimpl
def register_demo() -> list[Demo]:
    """Give the demo organisation macros in both languages."""
    return [Demo(demo.seed, order=60)]
