"""Making an archive of an installation while it serves.

The database comes first and the files afterwards, so every file that the copied database knows is still there: none
is deleted within two days after its last holder let go of it (:mod:`deskcore.tickets.collecting`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from deskcore import __version__
from deskcore.answer_keys import FILE as ANSWER_KEYS
from deskcore.clock import now
from deskcore.config import Config
from deskcore.errors import ConfigurationError
from deskcore.extensions import engine_options
from deskcore.recovery.archive import DATABASES, Writer, publish, unfinished, writing
from deskcore.recovery.manifest import Manifest
from deskcore.recovery.progress import Progress
from deskcore.recovery.snapshots import Snapshot, take_snapshot

#: Parts of the instance folder that are the operator's own, beside the secrets.
_OWN = ("plugins", "templates")
_SECRETS = ("config.toml", "secret_key", ANSWER_KEYS)


@dataclass(frozen=True)
class Made:
    """A finished archive.

    :param size: in bytes.
    """

    path: Path
    size: int
    manifest: Manifest


def make_backup(config: Config, target: Path, *, with_secrets: bool = True, progress: Progress | None = None) -> Made:
    """Write an archive of the whole installation; it appears when it is complete, and only its owner can read it.

    :param target: path of the archive, which must not exist; one that ends in ``.gz`` is compressed.
    :param with_secrets: put ``config.toml``, the secret key and the keys of sensitive answers into it.
    :raises ConfigurationError: when there is something already.
    """
    progress = progress or Progress()
    if target.exists():
        raise ConfigurationError(f"There is already something at “{target}”; name another file.")
    if not target.parent.is_dir():
        raise ConfigurationError(f"There is no folder “{target.parent}”; make it, or name another one.")
    with unfinished(target) as folder:
        archive = folder / target.name
        manifest = _write(config, folder, archive, with_secrets, progress)
        size = archive.stat().st_size
        publish(archive, target)
    return Made(target, size, manifest)


def _write(config: Config, folder: Path, archive: Path, with_secrets: bool, progress: Progress) -> Manifest:
    progress.begin("Copying the database")
    moment = now()
    snapshot = _snapshot(config, folder, progress.advance)
    manifest = Manifest(moment, __version__, snapshot.inventory)
    stored = {sha256: config.files / sha256[:2] / sha256 for sha256 in snapshot.files}
    progress.begin("Writing the archive", snapshot.path.stat().st_size + sum(map(_size, stored.values())))
    with writing(archive, moment, progress.advance) as writer:
        writer.add(DATABASES[snapshot.inventory.kind], snapshot.path)
        snapshot.path.unlink()
        missing = tuple(sha256 for sha256, path in stored.items() if not _add_file(writer, sha256, path))
        for path in _of_the_instance(config.instance, with_secrets):
            writer.add(f"instance/{path.relative_to(config.instance).as_posix()}", path)
        # The key may come from the environment, and lie in no file.
        secrets = "instance/secret_key" in writer.members
        manifest = replace(manifest, members=dict(writer.members), secrets=secrets, missing=missing)
        writer.add_manifest(manifest)
    return manifest


def _snapshot(config: Config, folder: Path, progress: Callable[[], None]) -> Snapshot:
    engine = sa.create_engine(config.url, **engine_options(config.url, config.audit_keys))
    try:
        return take_snapshot(engine, folder, progress)
    finally:
        engine.dispose()


def _add_file(writer: Writer, sha256: str, path: Path) -> bool:
    """Add a stored file; return whether it was there, and what its name says."""
    try:
        return writer.add(f"files/{sha256[:2]}/{sha256}", path).sha256 == sha256
    except FileNotFoundError:
        return False


def _of_the_instance(instance: Path, with_secrets: bool) -> Iterator[Path]:
    """Yield the files of the instance folder that are neither database nor attachment, without following links."""
    if with_secrets:
        yield from (instance / name for name in _SECRETS if (instance / name).is_file())
    for name in _OWN:
        for path in sorted((instance / name).rglob("*")):
            inner = path.relative_to(instance).parts
            hidden = any(part.startswith((".", "__pycache__")) or not part.isprintable() for part in inner)
            if path.is_file() and not path.is_symlink() and not hidden:
                yield path


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
