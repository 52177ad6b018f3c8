"""``python -m benchmarks.search_speed DATA``: what finding articles and tickets costs, in ratios to a floor.

Articles: about 4,300 of DATA (``kb-…``), asked for by the known items of ``kb-gnome-help-en-pl``; the floor is a plain
FTS5 table of the same texts, asked for the same words. Tickets: the best ten of the 33,000 of DATA
(``tickets-endava-48k``) for words of their own subjects, beside a plain FTS5 table; and a list of an agent, and of a
requester, as a whole page with a word that few tickets have and one that every fifth has, where the floor is that of
``python -m benchmarks``. Both are measured in turn and in processor time, save where a server does the work.
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from benchmarks.__main__ import PASSWORD, _database, _prepare
from benchmarks.fill import OFTEN, RARE, fill
from benchmarks.floor import create_floor
from benchmarks.search_quality import BACKENDS, _documents, _engine, _lines, _objects, _query
from deskcore.app import create_app
from deskcore.extensions import db
from deskcore.hooks.searching import Document, Engine
from deskcore.people.services import find_person
from deskcore.plugin import search
from deskcore.runtime import runtime
from deskcore.search.spelling import corrected
from deskcore.tickets.models import Ticket
from deskcore.tickets.searching import ranked
from deskcore.viewer import SYSTEM, Viewer
from deskcore.work import acting_as, unit_of_work

Clock = Callable[[], float]
#: Rounds of each measurement, and subjects of tickets that are asked for.
_ROUNDS, _SUBJECTS, _SUBJECT = 40, 100, 60


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--backends", default=",".join(BACKENDS), help="for articles; empty for none")
    parser.add_argument("--sizes", default="1000,10000,100000", help="numbers of tickets; empty for none")
    parser.add_argument("--databases", default="sqlite,postgresql", help="for tickets")
    parser.add_argument("--no-real-tickets", action="store_true", help="leave out those of DATA")
    parser.add_argument("--postgres", default="postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    arguments = parser.parse_args()
    if arguments.backends:
        _articles(arguments.data, arguments.backends.split(","), arguments.postgres)
    for database in () if arguments.no_real_tickets else arguments.databases.split(","):
        _real_tickets(database, arguments.data, arguments.postgres)
    for size in filter(None, arguments.sizes.split(",")):
        for database in arguments.databases.split(","):
            _tickets(database, int(size), arguments.postgres)


def _articles(data: Path, backends: Sequence[str], server: str) -> None:
    documents = [each for file in sorted(data.glob("kb-*/*.jsonl.gz")) for each in _of_file(file)]
    folder = data / "kb-gnome-help-en-pl"
    queries = [
        line.split("\t")[1] for each in ("en", "pl") for line in _lines(folder / f"known-item-queries.{each}.tsv")
    ]
    plain = _plain((each.title, each.text) for each in documents)
    print(f"{len(documents):,} articles, {len(queries)} queries")
    print(f"{'backend':12}{'docs/s':>8}{'first ms':>10}{'p50 ms':>8}{'p95 ms':>8}{'to plain FTS5':>15}")
    for backend in backends:
        clock = perf_counter if backend == "postgresql" else process_time
        with _engine(backend, server) as engine:
            began = clock()
            engine.rebuild("article", documents)
            rate = len(documents) / (clock() - began)
            taken, floor = [], []
            for text in queries:
                taken.append(_seconds(partial(_ask, engine, text), clock))
                floor.append(_seconds(partial(plain, text), process_time))
        middle, most = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
        print(
            f"{backend:12}{rate:>8.0f}{taken[0] * 1000:>10.1f}{middle * 1000:>8.1f}{most * 1000:>8.1f}"
            f"{middle / statistics.median(floor):>15.1f}",
            flush=True,
        )


def _ask(engine: Engine, text: str) -> None:
    engine.find(corrected(engine, _query(text)))


def _of_file(file: Path) -> Iterator[Document]:
    if "before" not in file.name and "changed" not in file.name:
        for language in ("en", "pl"):
            if f".{language}." in file.name or not re.search(r"\.(en|pl|de)\.", file.name):
                yield from _documents(file, language, f"{file.parent.name}-{file.name}-{language}-")


def _plain(texts: Iterable[Sequence[str]], between: str = " OR ") -> Callable[[str], object]:
    """Return what asks a plain FTS5 table of titles and texts for any of some words, or for what stands between."""
    table = sqlite3.connect(":memory:")
    table.execute("CREATE VIRTUAL TABLE plain USING fts5(title, body)")
    table.executemany("INSERT INTO plain VALUES (?, ?)", texts)

    def ask(text: str) -> object:
        words = between.join(f'"{word}"' for word in re.findall(r"\w+", text))
        wanted = "SELECT rowid FROM plain WHERE plain MATCH ? ORDER BY bm25(plain) LIMIT 10"
        return table.execute(wanted, (words,)).fetchall()

    return ask


def _seconds(call: Callable[[], object], clock: Clock) -> float:
    began = clock()
    call()
    return clock() - began


@contextmanager
def _filled(
    database: str, size: int, server: str, texts: Sequence[tuple[str, str]] = ()
) -> Iterator[tuple[Flask, str]]:
    """Give an application with so many tickets, and the address of its database.

    :param texts: subjects and descriptions for the first of them.
    """
    with tempfile.TemporaryDirectory(prefix="deskcore-search-") as place:
        url, drop = _database(database, Path(place), server)
        try:
            _prepare(url, Path(place), ("search",))
            settings = {"instance": Path(place), "database_url": url, "worker_threads": 0}
            app = create_app(settings | {"enabled_plugins": ("it_desk", "search")})
            with app.app_context():
                fill(db.engine, size)
                with acting_as(SYSTEM):
                    _give_texts(texts)
                    rate = size / _seconds(lambda: search.rebuild("ticket"), perf_counter)
            print(f"\n{database}, {size:,} tickets, {rate:.0f} of them indexed a second")
            yield app, url
            with app.app_context():
                db.engine.dispose()
        finally:
            drop()


def _give_texts(texts: Sequence[tuple[str, str]]) -> None:
    if texts:
        with unit_of_work() as work:
            every = work.scalars(sa.select(Ticket.id).order_by(Ticket.id)).all()
            rows = [
                {"id": number, "subject": subject[:200] or "-", "description": text}
                for number, (subject, text) in zip(every, texts, strict=False)
            ]
            work.execute(sa.update(Ticket), rows)


def _tickets(database: str, size: int, server: str) -> None:
    clock = perf_counter if database == "postgresql" else process_time
    with _filled(database, size, server) as (app, url):
        with app.app_context():
            for title, words in (("rare word", RARE), ("word in 20 %", OFTEN), ("both", f"{RARE} {OFTEN}")):
                _best(title, [words] * _ROUNDS, clock)
        _lists(app, create_floor(url).test_client(), clock)


def _real_tickets(database: str, data: Path, server: str) -> None:
    """Print what finding tickets costs that people wrote, by two words of a subject."""
    lines = _objects(data / "tickets-endava-48k" / "tickets.jsonl.gz")
    texts = [(each["text"][:_SUBJECT], each["text"]) for each in lines]
    subjects = (re.findall(r"[^\W\d_]{4,}", subject)[:2] for subject, _text in texts)
    asked = [" ".join(words) for words in subjects if len(words) == 2]
    with _filled(database, len(texts), server, texts) as (app, _url), app.app_context():
        clock = perf_counter if database == "postgresql" else process_time
        _best("words of subjects", asked[:: len(asked) // _SUBJECTS], clock)


def _best(title: str, queries: Iterable[str], clock: Clock) -> None:
    """Print what the best tickets of a search cost, without any page, beside a plain FTS5 table of the same texts."""
    agent = find_person("agent@bench.example")
    assert agent is not None
    viewer = Viewer(agent.id, "workspace", {runtime().catalogue.desk("it").id: "agent"})
    with acting_as(SYSTEM) as session:
        plain = _plain(list(session.execute(sa.select(Ticket.subject, Ticket.description))), between=" ")
    taken, floor = [], []
    for words in queries:
        with acting_as(viewer):
            taken.append(_seconds(partial(ranked, words, 10), clock))
        floor.append(_seconds(partial(plain, words), process_time))
    middle, least = statistics.median(taken), statistics.median(floor)
    print(f"  the best ten, {title:18} {middle / least:6.1f} times plain FTS5 ({middle * 1000:.1f} ms)", flush=True)


def _lists(app: Flask, floor: FlaskClient, clock: Clock) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for name, path in (("agent", "/agent/tickets?queue=all&q="), ("requester", "/requests?state=all&q=")):
        browser = app.test_client()
        browser.post("/login", data={"email": f"{name}@bench.example", "password": PASSWORD})
        for title, word in (("rare word", RARE), ("word in 20 %", OFTEN)):
            page, base = partial(_read, browser, path + word), partial(_read, floor, "/")
            pairs = [(_seconds(page, clock), _seconds(base, clock)) for _ in range(_ROUNDS)]
            ratio = statistics.median(each for each, _floor in pairs) / statistics.median(each for _page, each in pairs)
            print(f"  {name + ', ' + title:32} {ratio:6.1f}", flush=True)


def _read(browser: FlaskClient, path: str) -> None:
    answer = browser.get(path)
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answers {answer.status_code}")


if __name__ == "__main__":
    main()
