"""``python -m benchmarks.search_quality DATA``: how well each backend finds what people judged to be the answer.

DATA is a folder with sets of documents, queries and judgements: ``search-stackfaq-en``, ``search-poquad-pl``,
``search-cacm-en`` (``corpus.jsonl.gz``, ``queries.jsonl.gz``, ``qrels.tsv``), ``kb-gnome-help-en-pl`` and, as 3,000
texts in which to look that are no answer, ``kb-pl-m365-3k``. For each set it prints nDCG@10, or for the known items of
GNOME the reciprocal rank of the first answer within ten: of the half of the queries by which the ranking was chosen, of
the other half, and of all. Beside it, the middle of the milliseconds that a query takes, and the documents indexed a
second: of processor time, save where a server does the work.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import math
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from benchmarks.__main__ import _database
from conftest import PLUGINS
from deskcore.app import create_app
from deskcore.hooks.searching import Document, Engine, Query
from deskcore.search.analysis import query
from deskcore.search.spelling import corrected
from deskcore.testing.house import SECRET_KEY, make_schema
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

BACKENDS = ("disk", "sqlite", "postgresql")
#: What a short script over FTS5 reaches: nDCG@10, and MRR for the known items of GNOME.
REFERENCES = {"stackfaq": 0.846, "poquad": 0.931, "cacm": 0.452, "gnome-en": 0.863, "gnome-pl": 0.815}
_DEEP = 10
_OTHERS = 3_000
_EVERYBODY = frozenset({"everyone"})


@dataclass(frozen=True)
class Judged:
    """Documents, and queries with the documents that answer them."""

    name: str
    documents: Sequence[Document]
    queries: Mapping[str, str]
    answers: Mapping[str, Mapping[str, int]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--backends", default=",".join(BACKENDS))
    parser.add_argument("--sets", default=",".join(REFERENCES))
    parser.add_argument("--postgres", default="postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    arguments = parser.parse_args()
    others = _others(arguments.data / "kb-pl-m365-3k")
    columns = f"{'chosen by':>11}{'other half':>12}{'all':>7}{'reference':>11}{'ms':>7}{'docs/s':>8}"
    print(f"{'backend':11}{'set':20}{'documents':>10}{columns}")
    for backend in arguments.backends.split(","):
        with _engine(backend, arguments.postgres) as engine:
            for name in arguments.sets.split(","):
                judged = _read(arguments.data, name)
                _measure(engine, backend, judged, judged.documents)
                _measure(engine, backend, judged, [*judged.documents, *others], " + others")


def _others(folder: Path) -> list[Document]:
    """Return articles that answer nothing: those of a base, and some of them once more as they were before."""
    now = _documents(folder / "articles.pl.jsonl.gz", "pl", "other-")
    before = _documents(folder / "articles.pl.2021-03.changed-or-removed.jsonl.gz", "pl", "before-")
    return list(islice(chain(now, before), _OTHERS))


def _read(data: Path, name: str) -> Judged:
    if name.startswith("gnome"):
        language = name.partition("-")[2]
        folder = data / "kb-gnome-help-en-pl"
        documents = list(_documents(folder / "articles.jsonl.gz", language))
        lines = [line.split("\t") for line in _lines(folder / f"known-item-queries.{language}.tsv")]
        return Judged(name, documents, {key: text for key, text, _ in lines}, {key: {to: 1} for key, _, to in lines})
    [folder] = data.glob(f"search-{name}-*")
    answers: dict[str, dict[str, int]] = defaultdict(dict)
    for line in _lines(folder / "qrels.tsv"):
        key, document, worth = line.split("\t")
        answers[key][document] = int(worth)
    queries = {each["id"]: each["text"] for each in _objects(folder / "queries.jsonl.gz") if each["id"] in answers}
    return Judged(name, list(_documents(folder / "corpus.jsonl.gz", folder.name[-2:])), queries, answers)


def _documents(file: Path, language: str, prefix: str = "") -> Iterator[Document]:
    for each in _objects(file):
        if each.get("lang", language) == language:
            text = each.get("body_md") or each.get("body") or ""
            yield Document(prefix + each["id"], each["title"] or "", text, language, _EVERYBODY)


def _objects(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()[1:]


@contextmanager
def _engine(backend: str, server: str) -> Iterator[Engine]:
    """Give the engine of a backend, in an installation of its own."""
    with tempfile.TemporaryDirectory(prefix="deskcore-search-") as place:
        url, drop = _database("postgresql" if backend == "postgresql" else "sqlite", Path(place), server)
        make_schema(url, PLUGINS, ("search",))
        settings = {"instance": Path(place), "database_url": url, "enabled_plugins": ("search",), "worker_threads": 0}
        app = create_app(settings | {"secret_key": SECRET_KEY})
        try:
            with app.app_context(), acting_as(SYSTEM):
                runtime = app.extensions["deskcore"]
                where = "disk" if backend == "disk" else "database"
                runtime.plugins = runtime.plugins.with_states(
                    runtime.plugins.states, runtime.plugins.epoch, {"search": {"documents": where}}
                )
                yield runtime.plugins.search_backends[0].value.engine()
        finally:
            with app.app_context():
                app.extensions["sqlalchemy"].engine.dispose()
            drop()


def _measure(engine: Engine, backend: str, judged: Judged, documents: Sequence[Document], more: str = "") -> None:
    clock = perf_counter if backend == "postgresql" else process_time
    began = clock()
    engine.rebuild("article", documents)
    rate = len(documents) / (clock() - began)
    gains: tuple[list[float], list[float]] = ([], [])
    seconds = []
    for key, text in judged.queries.items():
        began = clock()
        found = [match.key for match in engine.find(corrected(engine, _query(text)))]
        seconds.append(clock() - began)
        gains[_half(key)].append(_gain(judged, found, judged.answers[key]))
    chosen, other, every = (statistics.mean(each) for each in (*gains, [*gains[0], *gains[1]]))
    print(
        f"{backend:11}{judged.name + more:20}{len(documents):>10,}{chosen:>11.3f}{other:>12.3f}{every:>7.3f}"
        f"{REFERENCES[judged.name]:>11.3f}{statistics.median(seconds) * 1000:>7.1f}{rate:>8.0f}",
        flush=True,
    )


def _half(key: str) -> int:
    return hashlib.md5(key.encode(), usedforsecurity=False).digest()[0] & 1


def _gain(judged: Judged, found: Sequence[str], worth: Mapping[str, int]) -> float:
    if judged.name.startswith("gnome"):
        return next((1 / place for place, each in enumerate(found, 1) if each in worth), 0.0)
    return _ndcg(found, worth)


def _query(text: str) -> Query:
    return query("article", text, _EVERYBODY, limit=_DEEP)


def _ndcg(found: Sequence[str], worth: Mapping[str, int]) -> float:
    gained = sum((2 ** worth.get(key, 0) - 1) / math.log2(place + 1) for place, key in enumerate(found[:_DEEP], 1))
    best = sorted(worth.values(), reverse=True)[:_DEEP]
    return float(gained / sum((2**each - 1) / math.log2(place + 1) for place, each in enumerate(best, 1)))


if __name__ == "__main__":
    main()
