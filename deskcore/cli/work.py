"""``deskcore work …``: how deliveries and jobs stand, and what to do about those that failed; no plugin is imported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from deskcore.cli.installation import bare_app

if TYPE_CHECKING:
    from deskcore.tickets.dead_letters import DeadLetter
    from deskcore.tickets.work_status import Queue, WorkStatus

_plugin = click.option(
    "--plugin", metavar="NAME", default="", help="All of this plugin; “core” for the helpdesk's own."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


@click.group()
def work() -> None:
    """Look after deliveries and jobs: what waits, what failed, who works; no plugin is imported for it."""


@work.command()
@_json
def status(as_json: bool) -> None:
    """Show what waits and for how long, what is dead, and when each worker was last alive."""
    from deskcore.tickets.work_status import work_status

    with bare_app():
        found = work_status()
        warnings = list(found.warnings())
    if as_json:
        _print(asdict(found) | {"warnings": warnings})
        return
    for line in _described(found):
        click.echo(line)
    for warning in warnings:
        click.echo(f"Warning:    {warning}")


@work.command("list")
@_plugin
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="How many at most.")
@_json
def list_(plugin: str, limit: int, as_json: bool) -> None:
    """Show the deliveries and jobs that failed too often, oldest first, with the key by which to retry or discard."""
    from deskcore.tickets.dead_letters import dead_letters

    with bare_app():
        letters = dead_letters(plugin, limit)
    if as_json:
        _print([asdict(letter) for letter in letters])
        return
    for letter in letters:
        click.echo(f"{letter.key}  {letter.since:%Y-%m-%d %H:%M}  {_about(letter)}: {letter.error}")
    if not letters:
        click.echo("Nothing has failed for good.")


@work.command()
@click.argument("key", required=False)
@_plugin
@_json
def retry(key: str | None, plugin: str, as_json: bool) -> None:
    """Try one that failed again, or all of a plugin."""
    from deskcore.tickets import dead_letters

    _one_of(key, plugin)
    with bare_app():
        count = 1
        if key:
            dead_letters.retry(key)
        else:
            count = dead_letters.retry_all(plugin)
    _say(as_json, "retried", count, "The next free worker tries it.")


@work.command()
@click.argument("key", required=False)
@_plugin
@click.option("--reason", required=True, help="Why it need not be done; kept in the audit log.")
@_json
def discard(key: str | None, plugin: str, reason: str, as_json: bool) -> None:
    """Give one up that failed, or all of a plugin."""
    from deskcore.tickets import dead_letters

    _one_of(key, plugin)
    with bare_app():
        count = 1
        if key:
            dead_letters.discard(key, reason)
        else:
            count = dead_letters.discard_all(plugin, reason)
    _say(as_json, "discarded", count, "It is not tried again.")


@work.command()
@_json
def release(as_json: bool) -> None:
    """Deliver and run again what is held back since a backup was restored."""
    from deskcore.events.holding import release
    from deskcore.extensions import db
    from deskcore.work import unit_of_work

    with bare_app(), unit_of_work():
        held = release(db.session)
    if as_json:
        _print({"released": held})
    else:
        click.echo("It is released; the next free worker goes on." if held else "Nothing was held back.")


def _one_of(key: str | None, plugin: str) -> None:
    if bool(key) == bool(plugin):
        raise click.UsageError("Give a key from “deskcore work list”, or a plugin with --plugin.")


def _say(as_json: bool, what: str, count: int, then: str) -> None:
    if as_json:
        _print({what: count})
    else:
        click.echo(f"{count} {what}. {then}" if count else f"There was nothing to be {what}.")


def _print(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=datetime.isoformat))


def _about(letter: DeadLetter) -> str:
    if letter.what == "job":
        return f"job {letter.plugin}.{letter.kind}, {letter.attempts} attempts"
    ticket = letter.ticket or "a confidential ticket"
    return f"{letter.kind} of {ticket} for {letter.plugin}, {letter.attempts} attempts"


def _described(found: WorkStatus) -> Iterator[str]:
    newer = f", {found.newer} of a newer version" if found.newer else ""
    yield f"Events:     {found.pending} wait{_since(found, found.oldest_pending)}{newer}"
    for name, queue in (("Deliveries:", found.deliveries), ("Jobs:", found.jobs)):
        yield f"{name:<12}{_queue(found, queue)}"
    for rest in found.resting:
        yield f"Resting:    {rest.count} for {rest.plugin}, which is {rest.state}"
    for beat in found.workers:
        yield f"Worker:     {beat.process} ({beat.kind}), alive {_ago(found, beat.at)} ago"


def _queue(found: WorkStatus, queue: Queue) -> str:
    held = f"{queue.held} in hand" + (f" ({queue.expired} of them abandoned)" if queue.expired else "")
    due = f"{queue.due} due{_since(found, queue.oldest_due)}"
    return f"{queue.waiting} wait, {due}, {queue.retrying} between attempts, {queue.dead} dead, {held}"


def _since(found: WorkStatus, moment: datetime | None) -> str:
    return f" (oldest {_ago(found, moment)})" if moment else ""


def _ago(found: WorkStatus, moment: datetime) -> str:
    seconds = max(0, int((found.at - moment).total_seconds()))
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
