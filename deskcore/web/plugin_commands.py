"""What plugins add to the palette and to the composer's menu: plain data, asked for when somebody opens them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from flask import url_for

from deskcore.hooks import answers
from deskcore.hooks.freezing import frozen
from deskcore.hooks.work_parts import ComposerChoice, ComposerTool, PaletteCommand, PaletteCommands
from deskcore.runtime import runtime
from deskcore.tickets.snapshots import TicketView, ViewerView
from deskcore.web.asking import LONGEST_INSERT, address, ask, list_of, plain
from deskcore.web.templating import page_url
from deskcore.web.viewer import language

#: Commands of one plugin in the palette, and choices of one in the composer's menu.
MOST_COMMANDS, MOST_CHOICES = 100, 300


@dataclass(frozen=True)
class ToolView:
    """What a plugin adds to the composer's menu.

    :param url: of the page on which it is looked after; ``""`` for none.
    """

    plugin: str
    label: str
    url: str
    choices: list[ComposerChoice] = field(default_factory=list)
    failed: bool = False


def palette_commands(ticket: TicketView | None, viewer: ViewerView) -> list[PaletteCommand]:
    """Return the commands of plugins; one that fails is left out, and its failure counted.

    :param ticket: on whose page the palette is open; nothing elsewhere.
    """
    found: list[PaletteCommand] = []
    for item in runtime().plugins.palette_commands:
        outcome = ask(item.plugin, f"palette {item.value.key}", _commands_of(item.value, ticket, viewer))
        found += outcome.value or ()
    return found


def _commands_of(
    contributed: PaletteCommands, ticket: TicketView | None, viewer: ViewerView
) -> Callable[[], list[PaletteCommand]]:
    given, reader = frozen(ticket) if ticket is not None else None, frozen(viewer)

    def call() -> list[PaletteCommand]:
        return [_command(each) for each in list_of(PaletteCommand, contributed.commands(given, reader))[:MOST_COMMANDS]]

    return call


def _command(value: PaletteCommand) -> PaletteCommand:
    return PaletteCommand(plain(value.title), address(value.url), plain(value.words), plain(value.icon))


def tools() -> list[ToolView]:
    """Return what plugins add to the composer's menu, without choices: no plugin is asked for it."""
    return [_tool(item.plugin, item.value) for item in runtime().plugins.composer_tools]


def filled_tools(ticket: TicketView, viewer: ViewerView) -> list[ToolView]:
    """Return what plugins add to the composer's menu for the answer to a ticket."""
    found = []
    for item in runtime().plugins.composer_tools:
        outcome = ask(item.plugin, f"composer {item.value.key}", _choices_of(item.value, ticket, viewer))
        empty = _tool(item.plugin, item.value)
        found.append(ToolView(empty.plugin, empty.label, empty.url, outcome.value or [], outcome.failed))
    return found


def _tool(plugin: str, tool: ComposerTool) -> ToolView:
    url = url_for(tool.page) if tool.page and page_url(tool.page) else ""
    return ToolView(plugin, tool.label.in_language(language()), url)


def _choices_of(tool: ComposerTool, ticket: TicketView, viewer: ViewerView) -> Callable[[], list[ComposerChoice]]:
    given, reader = frozen(ticket), frozen(viewer)

    def call() -> list[ComposerChoice]:
        return [_choice(each) for each in list_of(ComposerChoice, tool.choices(given, reader))[:MOST_CHOICES]]

    return call


def _choice(value: ComposerChoice) -> ComposerChoice:
    url = address(value.url) if value.url else ""
    text = plain(value.text, LONGEST_INSERT)
    if bool(text) == bool(url):
        raise answers.unusable(value)
    return ComposerChoice(plain(value.label), text, url, plain(value.hint), plain(value.icon))
