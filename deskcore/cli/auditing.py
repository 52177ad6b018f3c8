"""``deskcore audit …``: is the log of administrative changes whole, and what does it say; no plugin is loaded."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unicodedata import category

import click

from deskcore.cli.installation import bare_app

if TYPE_CHECKING:
    from deskcore.audit import EntryView, Head

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def audit() -> None:
    """Read and verify the log of administrative changes."""


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
@click.option("--head", metavar="ENTRY:DIGEST", help="What “deskcore audit head” printed earlier; it must still hold.")
@click.pass_context
def verify(ctx: click.Context, as_json: bool, head: str | None) -> None:
    """Say whether any entry was edited, removed, inserted or moved; code 1 names the first that is broken."""
    from deskcore import audit as log
    from deskcore.extensions import db
    from deskcore.work import unit_of_work

    noted = _noted(head) if head else None
    with bare_app():
        result = log.verify(db.session, noted)
        with unit_of_work() as session:
            log.note(session, result)
    broken = result.broken
    if as_json:
        found = {"entry": broken.sequence, "reason": broken.reason, "message": broken.message} if broken else None
        click.echo(json.dumps({"checked": result.checked, "head": _shown(result.head), "broken": found}))
    else:
        click.echo(broken.message if broken else f"{result.checked} entries, unbroken. Head: {_shown(result.head)}")
    if broken:
        ctx.exit(1)


@audit.command()
def head() -> None:
    """Print the newest entry's number and digest: kept elsewhere, they show later that nothing before was removed."""
    from deskcore import audit as log
    from deskcore.extensions import db

    with bare_app():
        click.echo(_shown(log.read_head(db.session)))


@audit.command("list")
@click.option("--who", default="", help="Part of the name or address of whoever did it.")
@click.option("--what", default="", help="An action such as grant.given, or what it begins with, such as grant.")
@click.option("--from", "since", type=_DAY, help="First day, in the organisation's time zone.")
@click.option("--until", type=_DAY, help="Last day.")
@click.option("--limit", type=click.IntRange(1), help="At most so many, the newest.")
@click.option("--json", "form", flag_value="json", help="Print a line of JSON for each entry.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV that is safe to open in a spreadsheet.")
def list_(who: str, what: str, since: datetime | None, until: datetime | None, limit: int | None, form: str) -> None:
    """Print the entries, newest first."""
    from itertools import islice

    from deskcore.audit import Wanted, walk
    from deskcore.extensions import db
    from deskcore.runtime import runtime

    with bare_app():
        zone = runtime().config.zone
        first = since.replace(tzinfo=zone) if since else None
        end = (until + timedelta(days=1)).replace(tzinfo=zone) if until else None
        found = islice(walk(db.session, Wanted(who, what, first, end)), limit)
        for line in _lines(found, form):
            click.echo(line, nl=False)


def _lines(entries: Iterable[EntryView], form: str) -> Iterable[str]:
    if form == "csv":
        from deskcore.audit.exporting import COLUMNS, cells
        from deskcore.web.spreadsheets import csv_lines

        return csv_lines(COLUMNS, map(cells, entries))
    return (_json(entry) if form == "json" else _line(entry) for entry in entries)


def _json(entry: EntryView) -> str:
    from dataclasses import asdict

    return json.dumps(asdict(entry) | {"at": _moment(entry.at)}, ensure_ascii=False) + "\n"


def _line(entry: EntryView) -> str:
    who = " ".join(filter(None, (entry.actor or entry.actor_kind, entry.address)))
    keys = dict.fromkeys((*entry.before, *entry.after))
    changes = ", ".join(f"{key}: {_value(entry.before, key)} → {_value(entry.after, key)}" for key in keys)
    line = f"{entry.sequence:>6}  {_moment(entry.at)}  {who}  {entry.action}  {entry.subject}  {changes}".rstrip()
    # A name must not be able to steer the terminal.
    return "".join("�" if category(char) in ("Cc", "Cf", "Cs") else char for char in line) + "\n"


def _value(values: Any, key: str) -> str:
    return json.dumps(values[key], ensure_ascii=False) if key in values else "–"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(head: Head) -> str:
    return f"{head.sequence}:{head.digest}"


def _noted(text: str) -> Head:
    from deskcore.audit import Head

    number, _colon, digest = text.partition(":")
    if not number.isdecimal() or len(digest) != 64:
        raise click.BadParameter("Give what “deskcore audit head” printed: a number, a colon and a digest.")
    return Head(int(number), digest)
