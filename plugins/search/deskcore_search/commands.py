"""``deskcore search …``: the index as administrators handle it."""

from __future__ import annotations

from functools import partial

import click

from deskcore.plugin import search


@click.command()
@click.option("--kind", default="", help="Of this kind only, such as “ticket”.")
def reindex(kind: str) -> None:
    """Build the index again; the old one is asked until the new one is whole."""
    from rich.progress import Progress

    for each in [kind] if kind else search.kinds():
        with Progress(transient=True) as progress:
            bar = progress.add_task(each, total=None)
            count = search.rebuild(each, partial(progress.advance, bar))
        click.echo(f"{each}: {count} in the index.")
