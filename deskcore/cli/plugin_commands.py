"""Commands of plugins: ``deskcore <plugin> <command>``."""

from __future__ import annotations

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
        with entered(self._app):
            callers, slot = self._app.extensions["deskcore"].callers, " ".join(("command", *_named(self, ctx)))
            try:
                with callers.watching(self._plugin, slot):
                    return super().invoke(ctx)
            except (click.exceptions.Exit, click.Abort, click.ClickException, DeskcoreError, KeyboardInterrupt):
                raise
            except BaseException as error:
                if isinstance(error, SystemExit) and not error.code:
                    raise
                db.session.rollback()
                callers.failed(self._plugin, slot, error)
                raise


def _named(group: click.Group, ctx: click.Context) -> list[str]:
    """Return the name of the command that is called, if there is one."""
    given = [*getattr(ctx, "_protected_args", ()), *ctx.args]
    return [name for name in given[:1] if name in group.commands]


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
    commands = [item.value.command for item in plugins.commands if item.plugin == name]
    if not commands:
        raise click.ClickException(f"The plugin “{name}” adds no commands.")
    return InApplication(app, name, commands)
