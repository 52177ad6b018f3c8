"""PostgreSQL's own programs, which know best how its databases are copied."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy.engine import URL, Connection

from deskcore.errors import ConfigurationError

#: Seconds between two calls of ``progress`` while a program works.
_LOOK = 0.2


def dump(url: URL, connection: Connection, snapshot: str, target: Path, progress: Callable[[], None]) -> None:
    """Let ``pg_dump`` write the database as ``snapshot`` shows it.

    :raises ConfigurationError: when the program is not there, or too old for the server.
    """
    program = _program("pg_dump", connection)
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={target}"]
    _run([program, *options], url, progress)


def load(url: URL, connection: Connection, source: Path, progress: Callable[[], None]) -> None:
    """Let ``pg_restore`` fill an empty database with what :func:`dump` wrote: all of it, or nothing.

    :raises ConfigurationError: when the program is not there, too old, or refuses.
    """
    program = _program("pg_restore", connection)
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run([program, *options, str(source)], url, progress)


def _program(name: str, connection: Connection) -> str:
    """Return where a program lies that is not older than the server."""
    path = shutil.which(name)
    if path is None:
        raise ConfigurationError(
            f"The program “{name}” was not found; install PostgreSQL's client programs, then try again: "
            "apt-get install postgresql-client"
        )
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", told)
    server = int((connection.dialect.server_version_info or (0,))[0])
    if found is None or int(found[1]) < server:
        has = f"is of version {found[1]}" if found else "does not tell its version"
        raise ConfigurationError(
            f"The program “{path}” {has}, but the server is of version {server}; "
            f"install postgresql-client-{server}, then try again."
        )
    return path


def _run(command: Sequence[str], url: URL, progress: Callable[[], None]) -> None:
    """Run a program on the database at ``url``; its password is given in the environment, where nobody sees it."""
    open_part = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    plain = open_part.render_as_string(hide_password=False)
    environment = os.environ | ({"PGPASSWORD": url.password} if url.password else {})
    program = subprocess.Popen(
        [*command, f"--dbname={plain}"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment
    )
    try:
        said = _ended(program, progress)
    finally:
        if program.poll() is None:
            program.kill()
            program.wait()
    if program.returncode:
        last = next((line for line in reversed(said.splitlines()) if line.strip()), "it does not say why")
        raise ConfigurationError(f"{Path(command[0]).name} failed: {last.strip()[:300]}")


def _ended(program: subprocess.Popen[str], progress: Callable[[], None]) -> str:
    while True:
        try:
            return program.communicate(timeout=_LOOK)[1]
        except subprocess.TimeoutExpired:
            progress()
