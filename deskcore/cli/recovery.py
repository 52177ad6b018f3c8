"""``deskcore backup`` and ``deskcore restore``: one archive that holds the whole installation."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deskcore.answer_keys import FILE as ANSWER_KEYS
from deskcore.cli.installation import bare_app, existing_config, instance_folder
from deskcore.recovery.progress import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

    from deskcore.config import Config
    from deskcore.fsck import Result
    from deskcore.recovery.backup import Made
    from deskcore.recovery.manifest import Manifest
    from deskcore.recovery.restore import Restored

_PATH = click.Path(path_type=Path)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


@click.command()
@click.argument("target", required=False, type=_PATH)
@click.option(
    "--without-secrets", is_flag=True, help="Leave out config.toml, the secret key and the keys of sensitive answers."
)
@_json
@click.pass_context
def backup(ctx: click.Context, target: Path | None, without_secrets: bool, as_json: bool) -> None:
    """Write everything into one archive, while the helpdesk serves.

    TARGET is the archive, which must not exist, or a folder for it; a name that ends in .gz compresses. Left out, it
    is a file named after the moment, in the present folder.
    """
    from deskcore.recovery.backup import make_backup

    config = existing_config()
    with _progress(as_json) as progress:
        made = make_backup(config, _named(target), with_secrets=not without_secrets, progress=progress)
    unrecorded = _record(config, made)
    if as_json:
        _print(_described(made.path, made.manifest) | {"bytes": made.size})
    else:
        _say(made)
    if unrecorded:
        click.echo(f"The audit log does not tell of this backup: {unrecorded}", err=True)
    if made.manifest.missing:
        click.echo(f"{len(made.manifest.missing)} stored files are missing or damaged: “deskcore fsck”.", err=True)
        ctx.exit(1)


@click.command()
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--into", type=_PATH, help="Instance folder to make; by default the one of --instance.")
@click.option("--database-url", default="", help="An empty database, when it is not the one that config.toml names.")
@click.option("--skip-numbers", type=click.IntRange(0), help="Ticket numbers that nobody gets (1000).")
@click.option("--verify", "only_verify", is_flag=True, help="Only read the archive, and say whether it is whole.")
@_json
@click.pass_context
def restore(
    ctx: click.Context,
    archive: Path,
    into: Path | None,
    database_url: str,
    skip_numbers: int | None,
    only_verify: bool,
    as_json: bool,
) -> None:
    """Make an installation of an archive, in an empty place.

    Afterwards everybody is signed out, and nothing is delivered until “deskcore work release”. Numbers that were
    given since the backup are not given again: 1000 of each series are skipped.
    """
    from deskcore.recovery import restore as restoring

    with _progress(as_json) as progress:
        verified = restoring.verify(archive, progress)
        if only_verify:
            restored = None
        else:
            skipped = restoring.SKIPPED_NUMBERS if skip_numbers is None else skip_numbers
            folder = into or instance_folder()
            restored = restoring.restore(verified, folder, database_url, skipped_numbers=skipped, progress=progress)
    described = _described(archive, verified.manifest)
    if restored is None:
        _print(described) if as_json else click.echo(f"{archive} is whole. {_summary(verified.manifest)}")
        return
    checked = _checked(restored.config)
    if as_json:
        _print(described | _outcome(restored) | {"fsck": checked.as_json()})
    else:
        for line in _told(restored, checked):
            click.echo(line)
    if checked.findings:
        ctx.exit(1)


def _named(target: Path | None) -> Path:
    from deskcore.clock import now

    name = f"deskcore-{now():%Y%m%d-%H%M%S}.tar"
    if target is None:
        return Path(name)
    return target / name if target.is_dir() else target


def _record(config: Config, made: Made) -> str:
    """Note in the audit log that somebody has a copy of everything; return why that was not possible."""
    from deskcore.audit.recording import Subject, record
    from deskcore.cli.failures import sentence_for
    from deskcore.work import unit_of_work

    try:
        with bare_app(config), unit_of_work() as session:
            secrets = {"secrets": made.manifest.secrets}
            record(session, "backup.made", Subject("backup", made.path.name), after=secrets)
    except Exception as error:
        return sentence_for(error)
    return ""


def _checked(config: Config) -> Result:
    from deskcore.extensions import db
    from deskcore.fsck import check_all

    with bare_app(config):
        return check_all(db.session())


def _say(made: Made) -> None:
    click.echo(f"{made.path}: {made.size:,} bytes. {_summary(made.manifest)}")
    if made.manifest.secrets:
        click.echo("It holds the secret key and every confidential ticket; keep it as you keep the server.")
    else:
        click.echo("Without the secret key, drafts in it stay closed and its audit log cannot be verified.")
    if made.manifest.answer_keys:
        click.echo("It also holds the keys that open sensitive answers.")
    elif not made.manifest.secrets:
        click.echo(f"Without the file “{ANSWER_KEYS}” nobody can open sensitive answers in it; keep a copy elsewhere.")


def _summary(manifest: Manifest) -> str:
    rows = manifest.database.rows
    counts = ", ".join(f"{rows.get(table, 0):,} {word}" for table, word in _COUNTED.items())
    return f"Made {manifest.created_at:%Y-%m-%d %H:%M} UTC by Deskcore {manifest.deskcore}: {counts}."


_COUNTED = {"ticket": "tickets", "person": "people", "attachment": "attachments"}


def _described(path: Path, manifest: Manifest) -> dict[str, Any]:
    return {
        "archive": str(path),
        "created_at": manifest.created_at.isoformat(),
        "deskcore": manifest.deskcore,
        "database": manifest.database.kind,
        "tickets": manifest.database.rows.get("ticket", 0),
        "files": sum(name.startswith("files/") for name in manifest.members),
        "plugins": dict(manifest.database.plugins),
        "secrets": manifest.secrets,
        "missing_files": list(manifest.missing),
    }


def _outcome(restored: Restored) -> dict[str, Any]:
    return {
        "instance": str(restored.config.instance),
        "missing_plugins": list(restored.missing),
        "failed_plugins": list(restored.failed),
    }


def _told(restored: Restored, checked: Result) -> Iterator[str]:
    yield f"Restored into “{restored.config.instance}”. {_summary(restored.manifest)}"
    if not restored.manifest.secrets:
        yield "It held no secret key: give back the old one, or drafts stay closed and the audit log looks forged."
    if not (restored.manifest.secrets or restored.manifest.answer_keys):
        yield f"It held no keys of sensitive answers: give back the file “{ANSWER_KEYS}”, or nobody can open them."
    if restored.manifest.missing:
        yield f"{len(restored.manifest.missing)} files were missing or damaged already when the backup was made."
    for name in restored.missing:
        yield f"The plugin “{name}” was on and is not installed here; its data is kept until you install it again."
    for name in restored.failed:
        yield f"The tables of the plugin “{name}” could not be brought up to date; “deskcore plugin list” says why."
    yield "Everybody is signed out. API tokens open as they did then, also those that were taken back since."
    for finding in checked.findings:
        yield f"{finding.where}: {finding.message} ({finding.check})"
    yield f"{checked.checked} tickets checked, {len(checked.findings)} findings."
    yield "Nothing is delivered yet; when you have looked at it: deskcore work release"


def _print(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))


@contextmanager
def _progress(as_json: bool) -> Iterator[Progress]:
    """Show how far it is where a person waits at a terminal."""
    if as_json or not sys.stderr.isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import Progress as Bars

    with Bars(console=Console(stderr=True), transient=True) as bars:
        yield _Shown(bars)


class _Shown(Progress):
    """A bar for each part."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task = bars.add_task("", visible=False)

    def begin(self, what: str, total: int | None = None) -> None:
        self._bars.remove_task(self._task)
        self._task = self._bars.add_task(f"{what} …", total=total)

    def advance(self, size: int = 0) -> None:
        self._bars.advance(self._task, size)
