"""The route matrix: what every route answers to everybody, measured and compared with what was reviewed.

``python -m tests.access.matrix`` writes ``matrix.txt`` anew; read every line that changed before you commit it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.access.company import (
    STATES,
    add_confidential_tickets,
    build_company,
    remember_decisions,
    roles,
    switch_everything_on,
)
from tests.access.world import OF_A_NOTE, World, is_about_a_ticket, switch_desk

FILE = Path(__file__).with_name("matrix.txt")
_INTRODUCTION = """\
What every route answers to everybody, with every plugin on: a status, or `login` for being led to the sign-in.
Written by `python -m tests.access.matrix`, reviewed by a person: `ok` is 200, 201, or being led on after a POST.
`404` for `POST …/retry` and the like: there is nothing of that name; whoever gets it may do it.
404 on a ticket means that it is not to be told from one that does not exist.
A block is about the tickets of one state, or about none; pages and the API have blocks of their own, because a
browser and a token have nothing in common. Columns `t:…` are API tokens: whose, with which scopes.
"""
#: Outcomes by block, route and role.
Table = dict[str, dict[str, dict[str, str]]]
#: Blocks about no ticket.
NO_TICKET = "no ticket"


def measured_world(folder: Path, template: Path) -> World:
    """Make the world that is measured.

    :param template: a prepared database in which every plugin is on.
    """
    found = build_company(folder, template, add_confidential_tickets)
    remember_decisions(found)
    found.keep()
    return found


def measure(world: World, share: int = 1) -> Table:
    """Return the outcome by block, route and role; ``!`` is behind one of a refusal that changed something.

    :param share: of so many roles one is asked, of the next route the next one, and about the next ticket too; about
        tickets half as many, who are others about each.
    """
    rules = sorted(world.app.url_map.iter_rules(), key=lambda rule: rule.rule)
    table: Table = {}
    for turn, state in enumerate((NO_TICKET, *STATES)):
        if state == "desk off":
            switch_desk(world, on=False)
        each = share if state == NO_TICKET or share == 1 else 2 * share
        about = [rule for rule in rules if is_about_a_ticket(rule) == (state != NO_TICKET)]
        for part, api in (("pages", False), ("API", True)):
            routes = [route for rule in about if rule.rule.startswith("/api/v1") == api for route in _routes(rule)]
            asking = roles("" if state == NO_TICKET else state, api=api)
            table[f"{state}, {part}"] = {
                route: _row(world, route, state, asking[(place + turn) % each :: each])
                for place, route in enumerate(routes)
            }
    switch_desk(world, on=True)
    return table


def _routes(rule: Rule) -> Iterator[str]:
    for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
        yield f"{method} {rule.rule}"
        if method == "GET" and (rule.rule.startswith("/files/") or rule.rule.endswith("/attachments/<key>")):
            yield f"{method} {rule.rule}{OF_A_NOTE}"


def _row(world: World, route: str, state: str, asking: Sequence[str]) -> dict[str, str]:
    places = world.places(route, "normal" if state == NO_TICKET else state)
    return {role: _cell(world, role, route, places) for role in asking}


def _cell(world: World, role: str, route: str, places: Mapping[str, str]) -> str:
    found = outcome(world.ask(role, route, places))
    return f"{found}!" if world.changed and found in ("login", "401", "403", "404", "405") else found


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
        asking = list(next(iter(rows.values())))
        lines.append("  ".join([f"[{block}]".ljust(width), *asking]))
        for route, cells in rows.items():
            lines.append("  ".join([route.ljust(width), *(cells[role].ljust(len(role)) for role in asking)]).rstrip())
        lines.append("")
    return "\n".join(lines)


def read(text: str) -> Table:
    """Return the table that a text holds."""
    table: Table = {}
    asking: list[str] = []
    block = ""
    for line in text.split("\n"):
        if line.startswith("["):
            block, _bracket, heads = line[1:].partition("]")
            table[block], asking = {}, heads.split()
        elif line and block:
            route, *cells = re.split(r"  +", line.rstrip())
            table[block][route] = dict(zip(asking, cells, strict=True))
    return table


def main() -> None:
    """Measure and write the file."""
    from conftest import _prepare

    with tempfile.TemporaryDirectory() as folder:
        template, place = Path(folder, "template.db"), Path(folder, "world")
        _prepare(Path(folder), f"sqlite:///{template}")
        switch_everything_on(template)
        place.mkdir()
        table = measure(measured_world(place, template))
    FILE.write_text(write(table), encoding="utf-8")


if __name__ == "__main__":
    main()
