"""What is unsafe or odd about an installation."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from deskcore.cli.failures import sentence_for
from deskcore.cli.installation import database, found_plugins, has_database, instance_folder, sqlite_path
from deskcore.cli.serving import is_loopback
from deskcore.config import Config, load_config
from deskcore.errors import ConfigurationError

#: A key with fewer characters could be guessed.
_SHORTEST_KEY = 32


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
        config = load_config() if made else load_config({"secret_key": "x" * _SHORTEST_KEY})
    except (ConfigurationError, OSError) as error:
        yield Note("problem", "config.toml", sentence_for(error))
        return
    yield from _folders(config)
    yield from _secret(config, made)
    yield from _addresses(config)
    yield from _tables(config)
    yield from _plugins(config)
    yield from _translations(config)


def _folders(config: Config) -> Iterator[Note]:
    for path in (config.instance, sqlite_path(config), config.files):
        if path is not None and path.exists() and not os.access(path, os.W_OK):
            yield Note("problem", str(path), "It cannot be written; give it to the user who runs Deskcore.")
    if _open_to_others(config.instance):
        yield Note("problem", str(config.instance), f"Others on this computer can read it: chmod 700 {config.instance}")
    path = config.instance / "config.toml"
    if path.exists() and _open_to_others(path) and not _is_private(config.instance):
        yield Note("warning", str(path), f"Others on this computer can read it: chmod 600 {path}")


def _secret(config: Config, made: bool) -> Iterator[Note]:
    path = config.instance / "secret_key"
    if not made and not os.environ.get("DESKCORE_SECRET_KEY"):
        yield Note("warning", str(path), "It is not there; it is made at the next start, and everybody is signed out.")
        return
    if made and _open_to_others(path):
        yield Note(
            "problem", str(path), f"Others on this computer can read it, and sign in as anybody: chmod 600 {path}"
        )
    if len(config.secret_key.strip()) < _SHORTEST_KEY:
        yield Note(
            "problem", "secret_key", f"It is shorter than {_SHORTEST_KEY} characters; delete the file to get a new one."
        )


def _addresses(config: Config) -> Iterator[Note]:
    host = urlsplit(config.base_url).hostname or ""
    public = not is_loopback(host)
    if config.debug:
        level: Literal["problem", "warning"] = "problem" if public else "warning"
        yield Note(level, "debug", "It shows the inside of the program to whoever causes an error; set it to false.")
    if config.demo and public:
        yield Note("problem", "demo", "Everybody knows the passwords of a demo, and its address is open to others.")
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


def _tables(config: Config) -> Iterator[Note]:
    from deskcore.serve.schema import schema_problem, schema_state

    if not has_database(config):
        yield Note("problem", "database", f"There is no “{sqlite_path(config)}” yet; run “deskcore init”.")
        return
    try:
        with database(config) as engine:
            problem = schema_problem(schema_state(engine))
            if problem:
                yield Note("problem", "database", problem)
            else:
                yield from _administrators(config)
    except Exception as error:
        yield Note("problem", "database", sentence_for(error))
    path = sqlite_path(config)
    if path is not None and _open_to_others(path) and not _is_private(config.instance):
        yield Note("problem", str(path), f"Others on this computer can read every ticket: chmod 600 {path}")


def _administrators(config: Config) -> Iterator[Note]:
    from sqlalchemy import func, select

    from deskcore.people.models import Person

    with database(config) as engine, engine.connect() as connection:
        count = connection.scalar(select(func.count()).where(Person.administrator, Person.active))
    if not count:
        yield Note(
            "warning", "people", "There is no administrator: deskcore user create EMAIL --name NAME --administrator"
        )


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


def _is_private(folder: Path) -> bool:
    return not _open_to_others(folder)
