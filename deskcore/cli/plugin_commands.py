"""Commands of plugins: ``deskcore <plugin> <command>``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from deskcore.cli.installation import entered, existing_config, found_plugins, full_app, instance_folder
from deskcore.errors import DeskcoreError
from deskcore.extensions import db

if TYPE_CHECKING:
    from flask import Flask


class InApplication(click.Group):
    """Runs a plugin's command inside the application, as the system."""

    def __init__(self, app: Flask, name: str, commands: list[click.Command]) -> None:
        super().__init__(name, {str(command.name): command for command in commands}, help=f"Commands of {name}.")
        self._app, self._plugin = app, name

    def invoke(self, ctx: click.Context) -> Any:
        """Invoke the command with the application around it; a failure is recorded, and shown."""
        with _inside(self._app, self._plugin, " ".join(("command", *_named(self, ctx)))):
            return super().invoke(ctx)


@contextmanager
def _inside(app: Flask, plugin: str, slot: str) -> Iterator[None]:
    """Work inside the application; what goes wrong there is the plugin's failure, unless it refuses what was asked."""
    with entered(app):
        callers = app.extensions["deskcore"].callers
        try:
            with callers.watching(plugin, slot):
                yield
        except (click.exceptions.Exit, click.Abort, click.ClickException, DeskcoreError, KeyboardInterrupt):
            raise
        except BaseException as error:
            if isinstance(error, SystemExit) and not error.code:
                raise
            db.session.rollback()
            callers.failed(plugin, slot, error)
            raise


def _named(group: click.Group, ctx: click.Context) -> list[str]:
    """Return the name of the command that is called, if there is one."""
    given = [*getattr(ctx, "_protected_args", ()), *ctx.args]
    return [name for name in given[:1] if name in group.commands]


class Extended(click.Group):
    """A group of the core's commands, and those that plugins add under the same name."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the core's command of this name, or that of a plugin."""
        return super().get_command(ctx, cmd_name) or _added(str(self.name), cmd_name)


@click.group("export", cls=Extended)
def export() -> None:
    """Export what plugins keep, such as articles."""


def _added(under: str, name: str) -> click.Command | None:
    """Return what a plugin adds as ``deskcore <under> <name>``, run inside the application."""
    if not instance_folder().is_dir():
        return None
    app = full_app()
    added = app.extensions["deskcore"].plugins.commands
    found = next((item for item in added if (item.value.under, item.value.command.name) == (under, name)), None)
    if found is None:
        return None
    command = found.value.command

    def call(**given: Any) -> Any:
        with _inside(app, found.plugin, f"command {under} {name}"):
            return command.callback(**given) if command.callback else None

    return click.Command(name, params=command.params, help=command.help, callback=call)


def commands_of(name: str) -> click.Command | None:
    """Return a group of the commands that the plugin ``name`` contributes, or nothing if there is no such plugin.

    :raises ClickException: when the plugin is there but off, or adds no command.
    """
    if not instance_folder().is_dir() or name not in found_plugins(existing_config()).declarations:
        return None
    app = full_app()
    plugins = app.extensions["deskcore"].plugins
    if not plugins.active(name):
        raise click.ClickException(f"The plugin “{name}” is not on. “deskcore plugin list” says why.")
    commands = [item.value.command for item in plugins.commands if item.plugin == name and not item.value.under]
    if not commands:
        raise click.ClickException(f"The plugin “{name}” adds no commands.")
    return InApplication(app, name, commands)
