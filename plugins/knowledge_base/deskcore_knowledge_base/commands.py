"""``deskcore import articles`` and ``deskcore export articles``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from flask_babel import force_locale

from deskcore.plugin import people
from deskcore_knowledge_base.models import LANGUAGES, VISIBILITIES

#: Articles that could not be read and are printed for a person; ``--json`` has all of them.
_PRINTED = 20


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of those that say none.")
@click.option("--desk", required=True, metavar="KEY", help="Desk that looks after those that name none.")
@click.option(
    "--visibility",
    type=click.Choice(VISIBILITIES),
    default="staff",
    show_default=True,
    help="Who may read those that say nothing.",
)
@click.option("--publish", is_flag=True, help="Publish at once; else all are drafts.")
@click.option("--encoding", default="utf-8-sig", show_default="UTF-8", help="For example cp1250.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON for scripts.")
def articles(path: Path, lang: str, desk: str, visibility: str, publish: bool, encoding: str, as_json: bool) -> None:
    """Import articles: a file or a folder of Markdown, HTML or JSON lines, plain or gzip.

    The same again changes nothing; what was edited here since stays as it is, and is reported.
    """
    from deskcore_knowledge_base.importing import Options, Report, import_articles, import_topics
    from deskcore_knowledge_base.sources import read_articles, read_topics

    if desk not in people.desks():
        known = ", ".join(people.desks()) or "none"
        raise click.BadParameter(f"There is no desk “{desk}”. Desks: {known}.", param_hint="--desk")
    try:
        "".encode(encoding)
    except LookupError as error:
        raise click.BadParameter(f"There is no encoding {encoding}.", param_hint="--encoding") from error
    found = list(read_articles(path, encoding))
    # Commands speak English, whatever the organisation reads.
    with (
        force_locale("en"),
        click.progressbar(
            length=len(found), label="Importing", file=sys.stderr, hidden=as_json or not sys.stderr.isatty()
        ) as bar,
    ):

        def show(report: Report) -> None:
            bar.update(report.read - bar.pos)

        import_topics(read_topics(path))
        report = import_articles(found, Options(lang, desk, visibility, publish), show)
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        counts = f"{report.created} new, {report.updated} changed, {report.skipped} there already"
        click.echo(f"Done: {counts}, of {report.read} articles.")
        for place, message in report.errors[:_PRINTED]:
            click.echo(f"  {place}: {message}", err=True)
        if len(report.errors) > _PRINTED:
            click.echo(f"  … and {len(report.errors) - _PRINTED} more; --json names them.", err=True)
    if report.errors:
        click.get_current_context().exit(1)


@click.command("articles")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def export(folder: Path) -> None:
    """Export every article to Markdown files in an empty FOLDER."""
    from deskcore_knowledge_base.exporting import export_articles

    if folder.is_dir() and any(folder.iterdir()):
        raise click.BadParameter(f"“{folder}” is not empty; name a new folder.", param_hint="FOLDER")
    count = export_articles(folder)
    click.echo(f"{count} articles are in {folder}.")
