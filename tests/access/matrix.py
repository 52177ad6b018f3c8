"""The route matrix: what every route answers to everybody, measured and compared with what was reviewed.

``python -m tests.access.matrix`` writes ``matrix.txt`` anew; read every line that changed before you commit it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.access.world import OF_A_NOTE, ROLES, STATES, World, build, is_about_a_ticket, switch_desk_off

FILE = Path(__file__).with_name("matrix.txt")
_INTRODUCTION = """\
What every route answers to everybody: a status, or `login` for being led to the sign-in.
Written by `python -m tests.access.matrix`, reviewed by a person: `ok` is 200, 201, or being led on after a POST.
`404` for `POST …/retry` and the like: there is nothing of that name; whoever gets it may do it.
404 on a ticket means that it is not to be told from one that does not exist.
Columns up to `auditor` are people in a browser, those after it API tokens: `t:` and whose, with which scopes.
"""
#: Outcomes by block, route and role.
Table = dict[str, dict[str, dict[str, str]]]


def measure(world: World) -> Table:
    """Return the outcome by block, route and role.

    A block is about the tickets of one state; routes without a ticket stand in a block of their own.
    """
    rules = sorted(world.app.url_map.iter_rules(), key=lambda rule: rule.rule)
    others = [route for rule in rules if not is_about_a_ticket(rule) for route in _routes(rule)]
    about_tickets = [route for rule in rules if is_about_a_ticket(rule) for route in _routes(rule)]
    table: Table = {"no ticket": {route: _row(world, route, "normal") for route in others}}
    for state in STATES:
        if state == "desk off":
            switch_desk_off(world)
        table[state] = {route: _row(world, route, state) for route in about_tickets}
    return table


def _routes(rule: Rule) -> Iterator[str]:
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
        yield f"{method} {rule.rule}"
        if {"token", "key"} & rule.arguments and is_about_a_ticket(rule) and method == "GET":
            yield f"{method} {rule.rule}{OF_A_NOTE}"


def _row(world: World, route: str, state: str) -> dict[str, str]:
    return {role: outcome(world.ask(role, route, world.places(route, state))) for role in ROLES}


def outcome(answer: TestResponse) -> str:
    """Return an answer in one word."""
    if answer.status_code in (302, 303):
        return "login" if "/login" in answer.headers["Location"] else "ok"
    return "ok" if answer.status_code in (200, 201, 204) else str(answer.status_code)


def write(table: Table) -> str:
    """Return the table as text."""
    lines = [_INTRODUCTION]
    for block, rows in table.items():
        width = max(len(route) for route in rows)
        heads = [f"[{block}]".ljust(width), *ROLES]
        lines.append("  ".join(heads))
        for route, cells in rows.items():
            lines.append("  ".join([route.ljust(width), *(cells[role].ljust(len(role)) for role in ROLES)]).rstrip())
        lines.append("")
    return "\n".join(lines)


def read(text: str) -> Table:
    """Return the table that a text holds."""
    table: Table = {}
    roles: list[str] = []
    block = ""
    for line in text.split("\n"):
        if line.startswith("["):
            block, _bracket, heads = line[1:].partition("]")
            table[block], roles = {}, heads.split()
        elif line and block:
            route, *cells = re.split(r"  +", line.rstrip())
            table[block][route] = dict(zip(roles, cells, strict=True))
    return table


def main() -> None:
    """Measure and write the file."""
    from conftest import _prepare

    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder, "template.db")
        _prepare(Path(folder), f"sqlite:///{template}")
        place = Path(folder, "world")
        place.mkdir()
        table: Any = measure(build(place, template))
    FILE.write_text(write(table), encoding="utf-8")


if __name__ == "__main__":
    main()
