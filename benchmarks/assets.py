"""``python -m benchmarks.assets``: what 100,000 things cost against 1,000: lists, search, page, hand-over, import.

Both installations are asked in turn, so that whatever else the machine does meets both alike. The import is printed
against a plain ``executemany`` of the same rows into one table of the same database file, in the same run.
"""

from __future__ import annotations

import argparse
import csv
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from time import perf_counter, process_time

from flask import Flask
from flask.testing import FlaskClient

from benchmarks.__main__ import PASSWORD, _database, _prepare
from benchmarks.fill import settle
from deskcore.app import create_app
from deskcore.extensions import db
from deskcore.plugin import importing
from deskcore.testing import statements
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

Clock = Callable[[], float]
#: The promises: cost of 100,000 against 1,000, statements of a page, rows a second.
RATIO, STATEMENTS, ROWS = 1.3, 12, 2000
_ROUNDS = 40
_COLUMNS = ("Asset Tag", "Serial", "Asset Name", "Model", "Model Number", "Manufacturer", "Category", "Location",
            "Purchase Date", "Purchase Cost", "Warranty until", "Status")  # fmt: skip
_CATEGORIES = ("Notebooks", "Monitors", "Phones", "Docking stations", "Printers", "Switches", "Tablets", "Headsets")
_HEADERS = {"Origin": "http://localhost"}


@dataclass
class Installed:
    """One installation with so many things."""

    size: int
    app: Flask
    browser: FlaskClient
    clock: Clock
    places: Iterator[int]

    def get(self, path: str) -> None:
        """Read a page."""
        answer = self.browser.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answers {answer.status_code}")

    def hand_over(self) -> None:
        """Hand the next thing over to the requester."""
        given = {"tags": _tag(next(self.places)), "kind": "person", "person": "requester@bench.example"}
        answer = self.browser.post("/x/it_assets/hand-over", data=given, headers=_HEADERS)
        if answer.status_code != 303:
            raise RuntimeError(f"the hand-over answers {answer.status_code}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", default="1000,100000", help="the smaller and the larger number of things")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--postgres", default="postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    for database in arguments.databases.split(","):
        print(f"\n{database}")
        with ExitStack() as stack:
            found = [_installed(stack, database, size, arguments.postgres) for size in sizes]
            _compare(found[0], found[-1])


def _installed(stack: ExitStack, database: str, size: int, server: str) -> Installed:
    place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="deskcore-assets-")))
    url, drop = _database(database, place, server)
    stack.callback(drop)
    _prepare(url, place, ("it_assets",))
    settings = {"instance": place, "database_url": url, "worker_threads": 0}
    app = create_app(settings | {"enabled_plugins": ("it_desk", "it_assets")})
    app.config["WTF_CSRF_ENABLED"] = False
    # Processor time, save where a server does the work: the machine may have others to serve.
    clock = process_time if database == "sqlite" else perf_counter
    _import(app, _file(place, size), size, place, clock)
    with app.app_context():
        settle(db.engine)
        stack.callback(db.engine.dispose)
    browser = app.test_client()
    browser.post("/login", data={"email": "agent@bench.example", "password": PASSWORD})
    return Installed(size, app, browser, clock, (number for number in count(size // 2) if number % 9 != 8))


def _file(place: Path, size: int) -> Path:
    path = place / "assets.csv"
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(_COLUMNS)
        lines.writerows(_row(number) for number in range(size))
    return path


def _tag(number: int) -> str:
    return f"IT-{number:06}"


def _serial(number: int) -> str:
    return f"SN{number * 7919 % 10**9:09}"


def _row(number: int) -> tuple[str, ...]:
    kind = number % 40
    category = _CATEGORIES[kind % len(_CATEGORIES)]
    bought = f"{2018 + number % 8}-{1 + number % 12:02}-{1 + number % 28:02}"
    state = "Retired" if number % 9 == 8 else "Ready to Deploy"
    return (
        _tag(number), _serial(number), f"host-{number}", f"Model {kind}", f"M-{kind}",
        f"Maker {kind % 7}", category, f"Room {number % 15}", bought, f"{1000 + number % 5000}.00",
        f"{2021 + number % 8}-06-30", state,
    )  # fmt: skip


def _import(app: Flask, path: Path, size: int, place: Path, clock: Clock) -> None:
    # The application has made the folders of its plugins known.
    from deskcore_it_assets import files, intake
    from deskcore_it_assets.columns import completed

    fields = importing.FieldMap()
    completed(fields, _COLUMNS)
    with app.test_request_context(), acting_as(SYSTEM):
        with importing.Source(path) as source:
            days = files.format_of_days(source.rows(), fields)
        began = clock()
        with importing.Source(path) as source:
            report = intake.take_in(source.rows(), fields, intake.Options("it", days, "PLN"))
        rate = size / (clock() - began)
    if report.created != size:
        raise RuntimeError(f"only {report.created} of {size} rows came in: {report.errors[:3]}")
    plain = size / _plain(place / "plain.db", size)
    print(f"  import of {size:,}: {rate:,.0f} rows/s; plain executemany on SQLite: {plain:,.0f} rows/s", flush=True)


def _plain(path: Path, size: int) -> float:
    """Return the seconds that the same rows take in one statement into a table without anything."""
    rows = [_row(number) for number in range(size)]
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE plain ({', '.join(f'c{place}' for place in range(len(_COLUMNS)))})")
        began = process_time()
        connection.executemany(f"INSERT INTO plain VALUES ({', '.join('?' * len(_COLUMNS))})", rows)
        connection.commit()
        return process_time() - began


def _compare(small: Installed, large: Installed) -> None:
    asked: dict[str, Callable[[Installed], None]] = {
        "list": partial(Installed.get, path="/x/it_assets/assets"),
        "list of one category": partial(Installed.get, path="/x/it_assets/assets?category=1"),
        "list of one state": partial(Installed.get, path="/x/it_assets/assets?show=stock"),
        "list of one place": partial(Installed.get, path="/x/it_assets/assets?place=1"),
        "search, one thing": partial(Installed.get, path=f"/x/it_assets/assets?q={_serial(77)}"),
        "search, every seventh": partial(Installed.get, path="/x/it_assets/assets?q=maker+3"),
        "page of a thing": partial(Installed.get, path=f"/x/it_assets/assets/{_tag(3)}"),
        "hand-over": Installed.hand_over,
    }
    print(f"  {'':24}{small.size:>10,}{large.size:>10,}  ratio  statements")
    for name, call in asked.items():
        pairs = [(_seconds(call, small), _seconds(call, large)) for _ in range(_ROUNDS)]
        first, second = (statistics.median(column) for column in zip(*pairs, strict=True))
        ran = _statements(large, call)
        ratio = statistics.median(after / before for before, after in pairs)
        kept = "" if ratio <= RATIO and (ran <= STATEMENTS or name == "hand-over") else "  !"
        print(f"  {name:24}{first * 1000:>8.1f}ms{second * 1000:>8.1f}ms{ratio:>7.2f}{ran:>10}{kept}", flush=True)


def _seconds(call: Callable[[Installed], None], where: Installed) -> float:
    began = where.clock()
    call(where)
    return where.clock() - began


def _statements(where: Installed, call: Callable[[Installed], None]) -> int:
    with where.app.app_context():
        engine = db.engine
    with statements(engine) as ran:
        call(where)
    return len(ran)


if __name__ == "__main__":
    main()
