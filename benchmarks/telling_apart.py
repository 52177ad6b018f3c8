"""``python -m benchmarks.telling_apart``: whether the time of an answer tells that an address is known.

Prints the median of each group, its distance from that of an unknown address, and that distance as a ratio to the
spread within a group (the distance between its quartiles). What lies well below 1 is drowned by the spread.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

import sqlalchemy as sa
from flask import Flask

from deskcore.app import create_app
from deskcore.config import load_config
from deskcore.extensions import db, engine_options
from deskcore.hooks.migrations import Migrations
from deskcore.people.services import create_person, deactivate
from deskcore.people.signing_in import make_reset_link

PASSWORD = "bench-password"
KNOWN, CLOSED, EMPTY, UNKNOWN = (f"{name}@bench.example" for name in ("known", "closed", "empty", "absent"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=200, help="requests of each kind")
    tries = parser.parse_args().tries
    with tempfile.TemporaryDirectory(prefix="deskcore-bench-") as folder:
        app = _application(Path(folder))
        for title, groups in _questions(app).items():
            print(f"\n{title}, {tries} tries each, in random order")
            _report(_measured(app, groups, tries))


def _application(folder: Path) -> Flask:
    url = f"sqlite:///{folder / 'bench.db'}"
    engine = sa.create_engine(url, **engine_options(url, load_config({"instance": folder}).audit_keys))
    Migrations(engine).upgrade_core()
    engine.dispose()
    never = {"sign_in_attempts": 10**6, "worker_threads": 0}
    app = create_app({"instance": folder, "database_url": url} | never, load_plugins=False)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def _questions(app: Flask) -> dict[str, dict[str, tuple[str, Mapping[str, str]]]]:
    """Return what is asked: path and form by group, the group to which others are compared first."""
    with app.app_context():
        create_person(KNOWN, "Known", PASSWORD)
        create_person(EMPTY, "Without a password")
        closed = create_person(CLOSED, "Closed", PASSWORD)
        link = make_reset_link(closed)
        deactivate(closed)
        db.session.remove()
    new = {"password": "a quite new password"}
    return {
        "sign-in": {
            "unknown address": ("/login", {"email": UNKNOWN, "password": "wrong password"}),
            "known, wrong password": ("/login", {"email": KNOWN, "password": "wrong password"}),
            "closed account, right password": ("/login", {"email": CLOSED, "password": PASSWORD}),
            "account without a password": ("/login", {"email": EMPTY, "password": "wrong password"}),
        },
        "link for a new password": {
            "unknown link": ("/reset/" + "x" * 43, new),
            "link of a closed account": (f"/reset/{link}", new),
        },
    }


def _measured(app: Flask, groups: Mapping[str, tuple[str, Mapping[str, str]]], tries: int) -> dict[str, list[float]]:
    client = app.test_client()
    order = [name for name in groups for _ in range(tries)]
    random.Random(1).shuffle(order)
    found: dict[str, list[float]] = {name: [] for name in groups}
    for name in [*groups, *order]:
        path, fields = groups[name]
        start = perf_counter()
        client.post(path, data=fields)
        found[name].append((perf_counter() - start) * 1000)
    # The first of each compiles templates and statements.
    return {name: times[1:] for name, times in found.items()}


def _report(found: Mapping[str, list[float]]) -> None:
    first = next(iter(found))
    base, spread = statistics.median(found[first]), statistics.median(map(_spread, found.values()))
    for name, times in found.items():
        median = statistics.median(times)
        print(
            f"  {name:32} {median:7.2f} ms  {median - base:+6.2f} ms  {abs(median - base) / spread:5.2f} of the spread"
        )


def _spread(times: list[float]) -> float:
    low, _middle, high = statistics.quantiles(times, n=4)
    return high - low


if __name__ == "__main__":
    main()
