"""A trial: the plugin runs in a process and an installation of its own, and may do there whatever it likes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from deskcore.plugin_rules.reading import Source
from deskcore.plugin_rules.rules import Spot

#: Seconds that a trial may take before it counts as hanging.
TIME_LIMIT = 180.0
#: Where PostgreSQL is looked for when nobody names an address.
USUAL_POSTGRESQL = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"


@dataclass
class Trial:
    """What came of a trial.

    :param spots: by rule.
    :param notes: what could not be tried, and why.
    :param whole: whether it came to its end, with everything tried.
    """

    spots: dict[str, list[Spot]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    whole: bool = False

    def add(self, rule: str, where: str, message: str) -> None:
        """Keep a place where a rule is broken, once."""
        spot = Spot(where, message)
        found = self.spots.setdefault(rule, [])
        if spot not in found:
            found.append(spot)


def try_out(plugin: Source, postgresql: str = "", seconds: float = TIME_LIMIT) -> Trial:
    """Run the plugin on tickets of a temporary installation and return what was seen.

    :param postgresql: address of a server on which a database may be made; left out, SQLite has to do.
    :param seconds: after them it counts as hanging.
    """
    trial = Trial()
    with tempfile.TemporaryDirectory(prefix="deskcore-check-") as name, _database(postgresql) as url:
        place = Path(name)
        folder = plugin.folder or _as_folder(plugin, place)
        for each in ("work", "tables", "instance", "pages", "home"):
            (place / each).mkdir()
        task = {"folder": str(folder), "package": str(plugin.package), "postgresql": url, "place": name}
        (place / "task.json").write_text(json.dumps(task), encoding="utf-8")
        ended = _run(place, seconds)
        _read(place / "report.jsonl", trial, ended, plugin)
    return trial


def _as_folder(plugin: Source, place: Path) -> Path:
    """Give an installed copy the folder and manifest that the test kit starts from."""
    declaration = plugin.declaration
    folder = place / declaration.name
    folder.mkdir()
    requires = [f"deskcore{declaration.requires.core}", *map(str, declaration.requires.others)]
    manifest = (
        f"[metadata]\nname = {declaration.distribution}\nversion = {declaration.version}\n\n"
        "[options]\ninstall_requires =\n" + "".join(f"    {line}\n" for line in requires)
        + f"\n[options.entry_points]\ndeskcore.plugins =\n    {declaration.name} = {declaration.package}\n"
    )  # fmt: skip
    (folder / "setup.cfg").write_text(manifest, encoding="utf-8")
    (folder / declaration.package).symlink_to(plugin.package, target_is_directory=True)
    return folder


def _run(place: Path, seconds: float) -> str:
    """Run the trial in a process of its own; return half a sentence if it did not end by itself, in peace."""
    command = [sys.executable, "-X", "faulthandler", "-m", "deskcore.plugin_rules.trying", str(place / "task.json")]
    with (place / "said.txt").open("wb") as said:
        process = subprocess.Popen(
            command, cwd=place / "home", env=_environment(place), stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            start_new_session=True,
        )  # fmt: skip
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return f"did not end within {seconds:g} seconds"
        finally:
            # With all that it started: none of it outlives the check.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    if code < 0:
        return f"ended the process ({signal.Signals(-code).name})"
    return f"ended the process with exit code {code}"


def _environment(place: Path) -> Mapping[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("DESKCORE_", "PYTEST_", "COV_"))}
    return kept | {"HOME": str(place / "home"), "PYTHONDONTWRITEBYTECODE": "1"}


def _read(report: Path, trial: Trial, ended: str, plugin: Source) -> None:
    # A last line without its end was being written when the process ended.
    lines = report.read_text(encoding="utf-8").rpartition("\n")[0].splitlines() if report.exists() else []
    rule, what, done = "loads", "starting", False
    for line in lines:
        entry: dict[str, Any] = json.loads(line)
        if "step" in entry:
            rule, what = entry["step"], entry["what"]
        elif "note" in entry:
            trial.notes.append(entry["note"])
        elif "rule" in entry:
            trial.add(entry["rule"], entry["where"], entry["message"])
        elif "done" in entry:
            done, trial.whole = True, entry["done"]
    if not done:
        said = (report.parent / "said.txt").read_text(encoding="utf-8", errors="replace")
        trial.add(rule, place_in(said, plugin.package, last=False), f"It {ended} while {what}.")


def place_in(trace: str, package: Path, *, last: bool = True) -> str:
    """Return file and line of a trace that lie in the plugin's package; nothing if none does.

    :param last: take the last one, as traces of exceptions end where it happened.
    """
    found = [
        (file, line) for file, line in re.findall(r'File "([^"]+)", line (\d+)', trace) if f"/{package.name}/" in file
    ]
    if not found:
        return ""
    file, line = found[-1 if last else 0]
    return f"{package.name}/{file.rpartition(f'/{package.name}/')[2]}:{line}"


def reachable_postgresql(address: str) -> bool:
    """Tell whether a server answers at an address, and lets a database be made."""
    try:
        import psycopg
    except ImportError:
        return False
    try:
        with _server(address) as server:
            row = server.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
            return bool(row and row[0])
    except psycopg.Error:
        return False


@contextmanager
def _database(address: str) -> Iterator[str]:
    """Make a database for the length of the block and return its address; nothing without a server."""
    if not address:
        yield ""
        return
    from sqlalchemy.engine import make_url

    name = f"deskcore_check_{uuid4().hex[:12]}"
    with _server(address) as server:
        server.execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
        try:
            yield make_url(address).set(database=name).render_as_string(hide_password=False)
        finally:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _server(address: str) -> Any:
    import psycopg
    from sqlalchemy.engine import make_url

    plain = make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, connect_timeout=3)
