"""``make bench``: what Deskcore costs, as ratios to the floor of the same round, on both databases."""

from __future__ import annotations

import argparse
import itertools
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep
from urllib.parse import urlencode

import psycopg
import sqlalchemy as sa

from benchmarks.client import Browser, Send, seconds_per_request
from benchmarks.fill import fill
from deskcore.app import create_app
from deskcore.config import load_config
from deskcore.extensions import db, engine_options
from deskcore.hooks.migrations import Migrations
from deskcore.people.services import create_person, find_person, grant
from deskcore.people.tokens import make_token
from deskcore.runtime import runtime
from deskcore.serve.supervisor import surroundings

PASSWORD = "bench-password"
ROUNDS = 5


def main() -> None:
    """Measure and print; see ``--help`` for what can be left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,100000", help="numbers of tickets, comma-separated")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--postgres", default="postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    arguments = parser.parse_args()
    print("ratio to the floor: min / median / max over rounds (lower is better)")
    sizes = [int(size) for size in arguments.sizes.split(",")]
    for database, size in itertools.product(arguments.databases.split(","), sizes):
        with emptied(database, arguments.postgres) as (url, folder):
            _measure(database, url, folder, size, arguments.rounds)


@contextmanager
def emptied(kind: str, server: str) -> Iterator[tuple[str, Path]]:
    """Give the address of an empty database, and a folder, for as long as the block lasts.

    :param kind: ``sqlite`` or ``postgresql``.
    :param server: address of the PostgreSQL server.
    """
    with tempfile.TemporaryDirectory(prefix="deskcore-bench-") as folder:
        url, drop = _database(kind, Path(folder), server)
        try:
            yield url, Path(folder)
        finally:
            drop()


def _database(kind: str, folder: Path, server: str) -> tuple[str, Callable[[], None]]:
    if kind == "sqlite":
        return f"sqlite:///{folder / 'bench.db'}", lambda: None
    name = f"deskcore_bench_{uuid.uuid4().hex[:8]}"
    url = sa.make_url(server)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)

    def execute(statement: str) -> None:
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement)

    execute(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    address = url.set(database=name).render_as_string(hide_password=False)
    return address, lambda: execute(f"DROP DATABASE {name} WITH (FORCE)")


def _measure(database: str, url: str, folder: Path, size: int, rounds: int) -> None:
    token = _prepare(url, folder)
    engine = sa.create_engine(url)
    fill(engine, size)
    print(f"\n{database}, {size:,} tickets, {_megabytes(engine, url):.0f} MB", flush=True)
    engine.dispose()
    _compare(url, folder, token, rounds)


def _prepare(url: str, folder: Path, plugins: tuple[str, ...] = ()) -> str:
    engine = sa.create_engine(url, **engine_options(url, load_config({"instance": folder}).audit_keys))
    Migrations(engine).upgrade_core()
    engine.dispose()
    enabled = ("it_desk", *plugins)
    app = create_app({"instance": folder, "database_url": url, "enabled_plugins": enabled, "worker_threads": 0})
    with app.app_context():
        Migrations(db.engine, runtime().plugins.declarations).upgrade_all()
        if find_person("agent@bench.example") is None:
            agent = create_person("agent@bench.example", "Agent", PASSWORD)
            grant(agent, "it")
            create_person("requester@bench.example", "Requester", PASSWORD)
        token = make_token(find_person("requester@bench.example"))  # type: ignore[arg-type]
        db.engine.dispose()
    return token.token


def _compare(url: str, folder: Path, token: str, rounds: int) -> None:
    ratios: dict[str, list[float]] = {}
    for kind in ("floor", "deskcore"):
        with _server(kind, url, folder):
            pass  # An installation was started before: what its sources and templates compile to is there.
    with _server("floor", url, folder) as floor, _server("deskcore", url, folder) as ours:
        floor_start, our_start = floor[1], ours[1]
        operations = _operations(ours[0], token)
        for _ in range(rounds):
            base = {n: seconds_per_request([Browser(floor[0]) for _ in range(n)], _get("/"), 160) for n in (1, 8)}
            for name, (clients, send, requests, browsers) in operations.items():
                cost = seconds_per_request(browsers, send, requests)
                ratios.setdefault(name, []).append(cost / base[clients])
        memory = _pss(ours[2])
    for name, found in ratios.items():
        print(f"  {name:32} {min(found):6.1f} / {statistics.median(found):6.1f} / {max(found):6.1f}")
    print(f"  {'start to first response':32} {our_start / floor_start:6.1f}")
    print(f"  {'serving process with worker, PSS':32} {memory:6.0f} MiB")


def _operations(port: int, token: str) -> dict[str, tuple[int, Send, int, list[Browser]]]:
    requesters = [_signed_in(port, "requester") for _ in range(8)]
    agent = _signed_in(port, "agent")
    number = "IT-1000000"
    bearer = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    plain = [Browser(port) for _ in range(8)]
    body = '{"desk": "it", "request_type": "incident", "answers": {"service": "printer", "what_happened": "It jams"}}'

    def by_api(browser: Browser, place: int) -> None:
        browser.send("POST", "/api/v1/tickets", body, bearer, expect=201)

    return {
        "create by web form, 1 client": (1, _by_form(requesters[0]), 60, requesters[:1]),
        "create by API, 1 client": (1, by_api, 60, plain[:1]),
        "create by web form, 8 clients": (8, _by_form(requesters[0]), 160, requesters),
        "create by API, 8 clients": (8, by_api, 160, plain),
        "ticket page with 5 replies": (1, _get(f"/agent/tickets/{number}"), 60, [agent]),
        "queue list, first page": (1, _get("/agent/tickets?queue=open"), 60, [agent]),
        "portal home": (1, _get("/"), 60, requesters[:1]),
    }


def _get(path: str) -> Send:
    def send(browser: Browser, place: int) -> None:
        browser.send("GET", path)

    return send


def _by_form(first: Browser) -> Send:
    """Send the filled form only, as a browser does that has it open; the key makes each one a new ticket."""

    def send(browser: Browser, place: int) -> None:
        fields = {
            "csrf_token": browser.form_token,
            "idempotency_key": uuid.uuid4().hex,
            "service": "printer",
            "what_happened": "It jams",
            "affected": "me",
            "_shown": browser.form_fields,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        browser.send("POST", "/services/it-incident", urlencode(fields, doseq=True), headers, expect=303)

    return send


def _signed_in(port: int, name: str) -> Browser:
    browser = Browser(port)
    page, _ = browser.send("GET", "/login")
    fields = {"csrf_token": _token(page), "email": f"{name}@bench.example", "password": PASSWORD}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    browser.send("POST", "/login", urlencode(fields), headers, expect=303)
    page, _ = browser.send("GET", "/services/it-incident")
    browser.form_token = _token(page)
    browser.form_fields = re.findall(r'name="_shown" value="([^"]+)"', page)
    return browser


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    if found is None:
        raise RuntimeError("the page has no form token")
    return found.group(1)


@contextmanager
def _server(kind: str, url: str, folder: Path) -> Iterator[tuple[int, float, int]]:
    """Serve in a process of its own; give its port, the seconds to its first answer, and its process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = perf_counter()
    command = [sys.executable, "-m", "benchmarks.serve", kind, url, str(folder), str(port)]
    # As installed: whoever develops with this switch on would have every source compiled anew at each start.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(
        command, env=surroundings(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port, "/" if kind == "floor" else "/login")
        yield port, perf_counter() - start, process.pid
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, path: str) -> None:
    end = perf_counter() + 60
    while True:
        try:
            Browser(port).send("GET", path)
        except OSError:
            if perf_counter() > end:
                raise
            sleep(0.005)
        else:
            return


def _pss(process: int) -> float:
    text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found.group(1)) / 1024 if found else 0.0


def _megabytes(engine: sa.Engine, url: str) -> float:
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            size = connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
        else:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            size = pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    return float(size) / 1_000_000


if __name__ == "__main__":
    main()
