"""The command line: ``deskcore …``.

A command's module is imported when it is called, and a plugin only for a command of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from deskcore import __version__
from deskcore.cli.failures import sentence_for
from deskcore.origin import on_command_line
from deskcore.serve.starting import expect_little_garbage

#: Where each command is found; the order of the help is the order of a new installation's life.
COMMANDS = {
    "init": "deskcore.cli.setting_up:init",
    "demo": "deskcore.cli.demonstrating:demo",
    "run": "deskcore.cli.serving:run",
    "worker": "deskcore.cli.serving:worker",
    "work": "deskcore.cli.work:work",
    "check": "deskcore.cli.checking:check",
    "fsck": "deskcore.cli.checking:fsck",
    "backup": "deskcore.cli.recovery:backup",
    "restore": "deskcore.cli.recovery:restore",
    "db": "deskcore.cli.database:db",
    "plugin": "deskcore.cli.plugins:plugin",
    "user": "deskcore.cli.users:user",
    "import": "deskcore.cli.imports:import_",
    "export": "deskcore.cli.plugin_commands:export",
    "audit": "deskcore.cli.auditing:audit",
    "keys": "deskcore.cli.answer_keys:keys",
}


class Commands(click.Group):
    """The core's commands, each imported when it is needed, and below them those of plugins."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the core's commands; naming those of plugins would mean to import them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the core's command of this name, or a group with those that the plugin of this name adds."""
        if cmd_name in COMMANDS:
            module, _, attribute = COMMANDS[cmd_name].partition(":")
            command: click.Command = getattr(import_module(module), attribute)
            return command
        from deskcore.cli.plugin_commands import commands_of

        return commands_of(cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="deskcore %(version)s")
@click.option(
    "--instance", metavar="FOLDER", help="Instance folder; DESKCORE_INSTANCE in the environment, else ./instance."
)
def deskcore(instance: str | None) -> None:
    """Run and look after a Deskcore helpdesk."""
    if instance is not None:
        # Through the environment, so that the processes which a command starts see it too.
        os.environ["DESKCORE_INSTANCE"] = instance


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; a failure is one sentence with the remedy on standard error, and a code that is not 0."""
    if arguments is None:
        expect_little_garbage()
    try:
        given = list(arguments) if arguments is not None else None
        with on_command_line():
            code = deskcore.main(args=given, prog_name="deskcore", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return 130
    except BrokenPipeError:
        # Whoever reads our output has seen enough; keep the interpreter from failing over it once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if os.environ.get("DESKCORE_TRACE") == "1":
            raise
        click.echo(f"Error: {sentence_for(error)}", err=True)
        return 1
    return code if isinstance(code, int) else 0
