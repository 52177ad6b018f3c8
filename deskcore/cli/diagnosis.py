"""What is unsafe or odd about an installation."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from deskcore.cli.failures import sentence_for
from deskcore.cli.installation import bare_app, database, found_plugins, has_database, instance_folder
from deskcore.config import Config, load_config
from deskcore.errors import ConfigurationError
from deskcore.safety import dangers_at_home, dangers_in_public, is_loopback, others_can_read


@dataclass(frozen=True)
class Note:
    """One thing to correct, or to know.

    :param about: the key, file or part it is about.
    """

    level: Literal["problem", "warning"]
    about: str
    message: str


def diagnose() -> Iterator[Note]:
    """Yield everything that is unsafe or odd; nothing is changed and no plugin is imported."""
    folder = instance_folder()
    if not folder.is_dir():
        yield Note("problem", "instance", f"There is no folder “{folder}”; run “deskcore init”.")
        return
    made = (folder / "secret_key").exists()
    try:
        config = load_config() if made else load_config({"secret_key": secrets.token_urlsafe(48)})
    except (ConfigurationError, OSError) as error:
        yield Note("problem", "config.toml", sentence_for(error))
        return
    yield from _folders(config)
    yield from _disk(config)
    yield from _dangers(config)
    yield from _secret(config, made)
    yield from _addresses(config)
    yield from _tables(config, made)
    yield from _plugins(config)
    yield from _translations(config)


def _folders(config: Config) -> Iterator[Note]:
    for path in (config.instance, config.sqlite_path, config.files):
        if path is not None and path.exists() and not os.access(path, os.W_OK):
            yield Note("problem", str(path), "It cannot be written; give it to the user who runs Deskcore.")
    if _open_to_others(config.instance):
        yield Note("problem", str(config.instance), f"Others on this computer can read it: chmod 700 {config.instance}")


def _disk(config: Config) -> Iterator[Note]:
    from deskcore.health import disk

    room = disk(config)
    if room.short:
        free = room.free // (1024 * 1024)
        yield Note("warning", str(config.instance), f"The disk has {free} MB left; files are refused soon. Make room.")


def _dangers(config: Config) -> Iterator[Note]:
    # Where it will listen is not known here; what others can reach by is the public address.
    for danger in (*dangers_at_home(config), *dangers_in_public(config, "127.0.0.1")):
        yield Note("problem", danger.about, danger.message)


def _secret(config: Config, made: bool) -> Iterator[Note]:
    path = config.instance / "secret_key"
    if not made and not os.environ.get("DESKCORE_SECRET_KEY"):
        yield Note("warning", str(path), "It is not there; it is made at the next start, and everybody is signed out.")
    elif made and _open_to_others(path) and not others_can_read(path):
        yield Note("problem", str(path), f"Only its owner should be able to read it: chmod 600 {path}")


def _addresses(config: Config) -> Iterator[Note]:
    public = not is_loopback(urlsplit(config.base_url).hostname or "")
    if config.debug and not public:
        yield Note("warning", "debug", "It shows the inside of the program to whoever causes an error.")
    if config.base_url == Config.base_url and not config.demo:
        yield Note(
            "warning", "base_url", "It is not set, so links lead to this computer only; set it to the public address."
        )
    elif public and config.base_url.startswith("http://"):
        yield Note("problem", "base_url", "Passwords travel in clear; put a proxy with TLS in front, and use https://.")
    if config.base_url.startswith("https://") and config.trusted_proxies == 0:
        yield Note(
            "warning",
            "trusted_proxies",
            "With https there is a proxy; set how many, so that limits see real addresses.",
        )
    if config.worker_threads == 0:
        yield Note("warning", "worker_threads", "Nothing is delivered unless “deskcore worker” runs.")


def _tables(config: Config, made: bool) -> Iterator[Note]:
    from deskcore.serve.schema import schema_problem, schema_state

    if not has_database(config):
        yield Note("problem", "database", f"There is no “{config.sqlite_path}” yet; run “deskcore init”.")
        return
    try:
        with database(config) as engine:
            problem = schema_problem(schema_state(engine))
            if problem:
                yield Note("problem", "database", problem)
            else:
                yield from _keys(config, made)
                yield from _answer_keys(config)
                yield from _administrators(config)
                yield from _work(config)
    except Exception as error:
        yield Note("problem", "database", sentence_for(error))


def _keys(config: Config, made: bool) -> Iterator[Note]:
    from deskcore import audit

    with database(config) as engine, engine.connect() as connection:
        head = audit.read_head(connection)
    if made and head.sequence and not head.is_authentic(config.audit_keys):
        yield Note(
            "problem",
            "secret_key",
            "Another key signed the newest entry of the audit log. If another server uses this database, give all "
            "the same key; if the key was replaced, name the old one in former_secret_keys.",
        )


def _answer_keys(config: Config) -> Iterator[Note]:
    from deskcore.answer_keys import FILE, read_keys
    from deskcore.extensions import db
    from deskcore.tickets.sealing_stored import used_keys

    path = config.instance / FILE
    try:
        keys = read_keys(config.instance)
    except ConfigurationError as error:
        yield Note("problem", str(path), error.message)
        return
    with bare_app(config):
        lost = sorted(used_keys(db.session()).keys() - keys.ids)
    if lost:
        yield Note(
            "problem",
            str(path),
            f"It lacks the keys {', '.join(lost)}, with which sensitive answers are encrypted: nobody can open those. "
            "Give the file back from a backup or another server. If it is lost for good, “deskcore keys rotate” makes "
            "a new one, so that new answers can be stored.",
        )
    elif path.exists() and _open_to_others(path) and not others_can_read(path):
        yield Note("problem", str(path), f"Only its owner should be able to read it: chmod 600 {path}")
    if keys.rotating:
        yield Note("warning", str(path), "A change of keys was not finished; run “deskcore keys rotate” again.")


def _administrators(config: Config) -> Iterator[Note]:
    from deskcore.health import administrators

    with database(config) as engine, engine.connect() as connection:
        count = administrators(connection)
    if not count:
        yield Note(
            "warning", "people", "There is no administrator: deskcore user create EMAIL --name NAME --administrator"
        )


def _work(config: Config) -> Iterator[Note]:
    from deskcore.tickets.work_status import work_status

    with bare_app(config):
        yield from [Note("warning", "work", warning) for warning in work_status().warnings()]


def _plugins(config: Config) -> Iterator[Note]:
    from deskcore.cli.plugins import rows_of

    try:
        rows = rows_of(config, found_plugins(config))
    except Exception:
        return  # the database was reported already
    for row in rows:
        if row["state"] not in ("enabled", "disabled"):
            yield Note("warning", row["name"], f"{row['state']}. {row['reason']}".strip())


def _translations(config: Config) -> Iterator[Note]:
    import deskcore

    core = Path(deskcore.__file__).parent
    declared = found_plugins(config).declarations.values()
    for folder in (core, *(one.path for one in declared if one.path is not None)):
        for source in sorted((folder / "translations").glob("*/LC_MESSAGES/*.po")):
            compiled = source.with_suffix(".mo")
            fresh = compiled.exists() and compiled.stat().st_mtime_ns >= source.stat().st_mtime_ns
            if not fresh and not os.access(source.parent, os.W_OK) and not os.access(config.instance, os.W_OK):
                yield Note(
                    "problem", str(source), "It is not compiled, and cannot be: give it to the user who runs Deskcore."
                )


def _open_to_others(path: Path) -> bool:
    return path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
