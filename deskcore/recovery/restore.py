"""Making an installation of an archive: verified first, whole or unusable at every moment, and held back at the end."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.engine import Engine, make_url

from deskcore.config import Config, load_config
from deskcore.durable import sync_folder
from deskcore.errors import ConfigurationError
from deskcore.hooks.declarations import PluginDeclaration
from deskcore.hooks.migrations import Migrations
from deskcore.hooks.sources import find_plugins, standard_folders
from deskcore.hooks.state import own_transaction
from deskcore.recovery.archive import CONFIG, DATABASES, read
from deskcore.recovery.manifest import BadArchive, Manifest, newer
from deskcore.recovery.progress import Progress
from deskcore.recovery.settling import settle
from deskcore.recovery.targets import Target, target_of
from deskcore.recovery.unfinished import UNFINISHED, refuse_unfinished
from deskcore.serve.schema import is_known

#: Numbers of each series that nobody gets, because they may have been given after the backup.
SKIPPED_NUMBERS = 1000
_KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True)
class Verified:
    """An archive of which every byte was read and is as it was written.

    :param config: text of its ``config.toml``; empty when it holds none.
    """

    path: Path
    manifest: Manifest
    config: str


@dataclass(frozen=True)
class Restored:
    """An installation that was made of an archive.

    :param missing: plugins that were on and are not here.
    :param failed: plugins whose tables could not be brought up to date.
    """

    config: Config
    manifest: Manifest
    missing: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def verify(path: Path, progress: Progress | None = None) -> Verified:
    """Read an archive from the first byte to the last; nothing is written.

    :raises BadArchive: when it is damaged, incomplete, or made by a newer version.
    """
    progress = progress or Progress()
    config: list[bytes] = []

    def keep(name: str, content: Iterator[bytes]) -> None:
        config.extend(piece for piece in content if name == CONFIG)

    progress.begin("Verifying the archive", path.stat().st_size)
    manifest = read(path, keep, progress.advance)
    if not is_known(manifest.database.revisions.get("deskcore", ())):
        raise newer(manifest.deskcore)
    if DATABASES.get(manifest.database.kind) not in manifest.members:
        raise BadArchive("The archive holds no database; take another one. Nothing was restored.")
    return Verified(path, manifest, b"".join(config).decode(errors="replace"))


def restore(
    verified: Verified,
    folder: Path,
    database_url: str = "",
    *,
    skipped_numbers: int = SKIPPED_NUMBERS,
    progress: Progress | None = None,
) -> Restored:
    """Make an installation; afterwards it tells nobody anything until it is released.

    :param folder: the instance folder, which must be empty or not there.
    :param database_url: of an empty database, when it is not the one that the configuration names.
    :raises ConfigurationError: when there is something already, or the database is of another kind.
    """
    progress = progress or Progress()
    text = _with_address(verified.config, database_url)
    config = _planned(text, folder, verified.manifest)
    require_empty(folder)
    target = target_of(config)
    target.require_empty()
    with _taken_back_if_it_fails(folder, target):
        _extract(verified, folder / UNFINISHED, progress)
        config = _put_in_place(folder / UNFINISHED, config, text)
        progress.begin("Restoring the database")
        copy = folder / UNFINISHED / DATABASES[verified.manifest.database.kind]
        engine = target.load(copy, config.audit_keys, progress.advance)
        failed = _brought_up_to_date(engine, config)
    # From here on nothing is taken back: until the mark goes, what is there cannot be used.
    try:
        with own_transaction(engine) as connection:
            settle(connection, verified.manifest, verified.path.name, skipped_numbers)
            target.finish(connection)
    finally:
        engine.dispose()
    target.publish()
    shutil.rmtree(folder / UNFINISHED)
    missing = verified.manifest.database.plugins.keys() - _plugins(config).keys()
    return Restored(config, verified.manifest, tuple(sorted(missing)), failed)


@contextmanager
def _taken_back_if_it_fails(folder: Path, target: Target) -> Iterator[None]:
    try:
        yield
    except BaseException:
        _empty(folder)
        target.abandon()
        raise


def require_empty(folder: Path) -> None:
    """Do nothing if an instance folder is not there, or empty.

    :raises ConfigurationError: otherwise.
    """
    refuse_unfinished(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"The folder “{folder}” is not empty; restore into another one with --into.")


def _planned(text: str, folder: Path, manifest: Manifest) -> Config:
    """Return the configuration that the restored installation will have."""
    with TemporaryDirectory() as nowhere:
        Path(nowhere, "config.toml").write_text(text, encoding="utf-8")
        # The key is in the archive, or made when it is first needed; here it only must not be made.
        config = replace(load_config({"instance": nowhere, "secret_key": "x"}), instance=folder)
    wanted, found = manifest.database.kind, make_url(config.url).get_backend_name()
    if wanted != found:
        raise ConfigurationError(
            f"The archive holds a {_KINDS[wanted]} database, and the configuration names one of "
            f"{_KINDS.get(found, found)}; name an empty {_KINDS[wanted]} database with --database-url."
        )
    return config


def _with_address(text: str, database_url: str) -> str:
    """Return a configuration that names another database: with the old address it would serve the old one."""
    if not database_url:
        return text
    if os.environ.get("DESKCORE_DATABASE_URL", database_url) != database_url:
        raise ConfigurationError("DESKCORE_DATABASE_URL names another database than --database-url; give only one.")
    lines = [line for line in text.splitlines() if line.partition("=")[0].strip() != "database_url"]
    quoted = database_url.replace("\\", "\\\\").replace('"', '\\"')
    changed = "\n".join([*lines, "", f'database_url = "{quoted}"', ""])
    try:
        if tomllib.loads(changed) == tomllib.loads(text) | {"database_url": database_url}:
            return changed
    except tomllib.TOMLDecodeError:
        pass
    raise ConfigurationError("The config.toml of the archive cannot be given another database_url; leave that out.")


def _extract(verified: Verified, staging: Path, progress: Progress) -> None:
    if not staging.parent.exists():
        staging.parent.mkdir(mode=0o700, parents=True)
        staging.parent.chmod(0o700)
    staging.mkdir(mode=0o700)

    def write(name: str, content: Iterator[bytes]) -> None:
        path = staging / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(content)

    progress.begin("Restoring", sum(member.size for member in verified.manifest.members.values()))
    if read(verified.path, write, progress.advance) != verified.manifest:
        raise BadArchive("The archive was changed while it was read; restore again.")
    os.sync()  # thousands of files at once, instead of one after another


def _put_in_place(staging: Path, config: Config, text: str) -> Config:
    """Move everything but the database to where it belongs, and return the configuration as it will be read."""
    _write_config(staging / "instance" / "config.toml", text)
    for path in sorted([*(staging / "instance").glob("*"), *staging.glob("files")]):
        path.rename(config.instance / path.name)
    sync_folder(config.instance)
    return replace(load_config({"instance": config.instance}), database_url=config.database_url)


def _brought_up_to_date(engine: Engine, config: Config) -> tuple[str, ...]:
    """Migrate the tables, which an older version may have made; return the plugins whose tables could not be."""
    try:
        results = Migrations(engine, _plugins(config)).upgrade_all()
    except BaseException:
        engine.dispose()
        raise
    return tuple(name for name, done in results.items() if not done)


def _plugins(config: Config) -> Mapping[str, PluginDeclaration]:
    return find_plugins(standard_folders(config.instance, config.plugin_folders)).declarations


def _write_config(path: Path, text: str) -> None:
    if not text:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _empty(folder: Path) -> None:
    """Take away what a restore put into a folder that was empty before."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
