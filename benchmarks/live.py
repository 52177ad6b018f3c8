"""``make bench-live``: what open pages cost that ask what is new, and that asking writes nothing.

200 pages of 100 agents are open: each has a list, which asks every 20 seconds, and a ticket, which asks every five.
With a folder of data, as in ``python -m benchmarks.live DATA``, the tickets are 33,000 that people really wrote.
"""

from __future__ import annotations

import argparse
import html
import os
import re
import socket
import statistics
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import heapify, heapreplace
from pathlib import Path
from time import monotonic, perf_counter, sleep

import sqlalchemy as sa
from flask import Flask

from benchmarks.__main__ import _prepare, _wait, emptied
from benchmarks.client import Browser
from benchmarks.fill import Words, fill, real_tickets
from deskcore.app import create_app
from deskcore.extensions import db
from deskcore.people.models import Person
from deskcore.people.services import find_person, grant
from deskcore.people.signing_in import begin_session
from deskcore.people.tokens import make_token
from deskcore.serve.supervisor import surroundings
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

AGENTS, PAGES = 100, 200
#: Seconds between two questions of a page: about its list, and about its ticket.
LIST, TICKET = 20.0, 5.0
#: Seconds between two things that happen, while things happen.
HAPPENS = 2.0
#: Pages are asked for by so many threads, each of which waits for its answers.
THREADS = 16
#: Clock ticks in a second, in which Linux counts the time of a process.
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print; see ``--help`` for what can be left out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?", help="folder with real tickets; made up when left out")
    parser.add_argument("--size", type=int, help="number of tickets; left out, all real ones, or 33,000 made up")
    parser.add_argument("--seconds", type=float, default=40, help="how long each state is watched")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--postgres", default="postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    arguments = parser.parse_args()
    real = real_tickets(arguments.data) if arguments.data else []
    size = arguments.size or len(real) or 33_000
    for database in arguments.databases.split(","):
        with emptied(database, arguments.postgres) as (url, folder):
            _measure(url, folder, size, arguments.seconds, real)


def _measure(url: str, folder: Path, size: int, seconds: float, real: Sequence[Words]) -> None:
    _prepare(url, folder)
    engine = sa.create_engine(url)
    fill(engine, size, real)
    kind = "real" if real else "made up"
    print(f"\n{engine.dialect.name}, {size:,} tickets ({kind}), {PAGES} pages of {AGENTS} agents", flush=True)
    app = create_app({"instance": folder, "database_url": url, "enabled_plugins": ("it_desk",), "worker_threads": 0})
    with app.app_context():
        cookies, numbers, token = _cookies(app), _numbers(), make_token(_agent()).token
        db.engine.dispose()
    with _serving(url, folder) as (port, process):
        pages = _open(port, cookies, numbers)
        writer = _Writer(port, token, numbers)
        _watch("nobody asks", seconds, process, engine, [])
        _watch("nothing happens", seconds, process, engine, pages)
        _watch(f"a note every {HAPPENS:g} s", seconds, process, engine, pages, writer)
    engine.dispose()


def _agent() -> Person:
    agent = find_person("agent@bench.example")
    assert agent is not None
    return agent


def _cookies(app: Flask) -> list[str]:
    """Sign every agent in, and return their cookies."""
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    wanted = sa.select(Person).where(Person.email.like("person%")).order_by(Person.id).limit(AGENTS)
    found = []
    for person in db.session.scalars(wanted).all():
        grant(person, "it")
        found.append(signer.dumps({"_user_id": begin_session(person), "language": "en"}))
    return found


def _numbers() -> list[str]:
    """Return the tickets that are open on the pages: two agents look at each."""
    with acting_as(SYSTEM) as session:
        wanted = sa.select(Ticket.number).where(Ticket.finished.is_(False)).order_by(Ticket.id.desc())
        return list(session.scalars(wanted.limit(PAGES // 2)))


@contextmanager
def _serving(url: str, folder: Path) -> Iterator[tuple[int, int]]:
    """Serve as ``deskcore run`` does; give the port and the id of the outermost process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DESKCORE_", "PYTHONDONTWRITE"))}
    environment = kept | {"DESKCORE_INSTANCE": str(folder), "DESKCORE_DATABASE_URL": url}
    command = [sys.executable, "-m", "deskcore.cli", "run", "--port", str(port)]
    with subprocess.Popen(
        command, env=surroundings(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait(port, "/login")
            yield port, process.pid
        finally:
            process.terminate()


@dataclass
class _Page:
    """A page that is open in a browser, and what it asks."""

    browser: Browser
    address: str
    every: float
    tag: str = ""
    #: Seconds that each answer took, and how many said that nothing is new.
    took: list[float] = field(default_factory=list)
    unchanged: int = 0

    def ask(self) -> None:
        """Ask as the script of the page does."""
        start = perf_counter()
        known = {"If-None-Match": self.tag} if self.tag else {}
        text, headers = self.browser.send("GET", self.address, headers=known, expect=(200, 304))
        self.took.append(perf_counter() - start)
        self.unchanged += not text
        self.tag = headers["ETag"]


def _open(port: int, cookies: list[str], numbers: list[str]) -> list[_Page]:
    """Open a list and a ticket on each page, as their readers do."""
    pages = []
    for place in range(PAGES):
        browser = Browser(port, {"deskcore": cookies[place % AGENTS]})
        queue = ("mine", "unassigned", "open")[place % 3]
        pages.append(_Page(browser, _asked(browser, f"/agent/tickets?queue={queue}"), LIST))
        seen = f"?seen=99&doing={'writing' if place % 7 == 0 else 'looking'}&tab=p{place}"
        pages.append(_Page(browser, _asked(browser, f"/agent/tickets/{numbers[place // 2]}") + seen, TICKET))
    # Once for itself, and once because meanwhile a colleague has come.
    for page in [*pages, *pages]:
        page.ask()
    return pages


def _asked(browser: Browser, path: str) -> str:
    """Return the address that a page asks."""
    text, _headers = browser.send("GET", path)
    found = re.search(r'data-news="([^"]+)"', text)
    if found is None:
        raise RuntimeError(f"{path} asks nothing")
    return html.unescape(found[1])


class _Writer:
    """A program that writes internal notes into the tickets that are looked at."""

    def __init__(self, port: int, token: str, numbers: list[str]) -> None:
        self._browser, self._numbers, self._count = Browser(port), numbers, 0
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def write(self) -> None:
        """Write one."""
        number = self._numbers[self._count % len(self._numbers)]
        self._count += 1
        note = '{"body": "Seen", "internal": true}'
        self._browser.send("POST", f"/api/v1/tickets/{number}/messages", note, self._headers, expect=201)


def _watch(
    name: str, seconds: float, process: int, engine: sa.Engine, pages: list[_Page], writer: _Writer | None = None
) -> None:
    """Let the pages ask for so long, and print what it took."""
    for page in pages:
        page.took, page.unchanged = [], 0
    busy, written, start = _cpu(process), _written(engine), monotonic()
    _ask_all(pages, start + seconds, writer)
    sleep(max(0.0, start + seconds - monotonic()))
    passed = monotonic() - start
    share = (_cpu(process) - busy) / passed
    took = sorted(one for page in pages for one in page.took)
    line = f"  {name:22} {share:6.1%} of a core   {_written(engine) - written:5} {_unit(engine)} written"
    if took:
        quiet = sum(page.unchanged for page in pages) / len(took)
        median, late = statistics.median(took), took[int(len(took) * 0.95)]
        line += f"   {len(took) / passed:4.0f} answers/s   {quiet:6.1%} of them 304"
        line += f"   p50 {1000 * median:.1f} ms   p95 {1000 * late:.1f} ms"
    print(line, flush=True)


def _ask_all(pages: list[_Page], end: float, writer: _Writer | None) -> None:
    failures: list[BaseException] = []
    # Both questions of a browser go over its one connection, one after the other.
    shares = [pages[2 * place : 2 * place + 2] for place in range(len(pages) // 2)]
    work: list[Callable[[], None]] = [
        lambda mine=[page for share in shares[first::THREADS] for page in share]: _ask(mine, end)  # type: ignore[misc]
        for first in range(THREADS)
    ]
    if writer is not None:
        work.append(lambda: _write(writer, end))

    def guarded(each: Callable[[], None]) -> None:
        try:
            each()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _ask(pages: list[_Page], end: float) -> None:
    """Ask for these pages when it is time for each, spread over the pause between two questions."""
    start = monotonic()
    waiting = [(start + page.every * place / len(pages), place) for place, page in enumerate(pages)]
    heapify(waiting)
    while waiting and waiting[0][0] < end:
        at, place = waiting[0]
        sleep(max(0.0, at - monotonic()))
        pages[place].ask()
        heapreplace(waiting, (at + pages[place].every, place))


def _write(writer: _Writer, end: float) -> None:
    while monotonic() < end:
        writer.write()
        sleep(HAPPENS)


def _cpu(process: int) -> float:
    """Return the seconds that a process and its children have computed, of those that live."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    return (int(fields[11]) + int(fields[12])) / _TICKS + sum(_cpu(int(child)) for child in children)


def _unit(engine: sa.Engine) -> str:
    return "rows" if engine.dialect.name == "postgresql" else "transactions"


def _written(engine: sa.Engine) -> int:
    """Return how much was ever written into the database: rows by PostgreSQL's count, transactions by SQLite's."""
    if engine.dialect.name == "postgresql":
        sleep(1.5)  # the server counts a second behind
        counted = (
            "SELECT tup_inserted + tup_updated + tup_deleted FROM pg_stat_database WHERE datname = current_database()"
        )
        with engine.connect() as connection:
            return int(connection.exec_driver_sql(counted).scalar_one())
    index = Path(f"{engine.url.database}-shm").read_bytes()
    # The third word of the index of the write-ahead log counts its transactions.
    return int(struct.unpack_from("=I", index, 8)[0])


if __name__ == "__main__":
    main()
