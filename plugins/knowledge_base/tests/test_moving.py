"""A base that goes out and comes in elsewhere is the same, with its pictures; and nothing hostile comes with it."""

from __future__ import annotations

import base64
import gzip
import json
import re
from datetime import date
from pathlib import Path

from deskcore_knowledge_base import files, writing
from deskcore_knowledge_base.exporting import export_articles
from deskcore_knowledge_base.importing import Options, Report, import_articles, import_topics
from deskcore_knowledge_base.models import Article, Category, File, Version
from deskcore_knowledge_base.sources import read_articles, read_topics
from sqlalchemy import delete

from deskcore.plugin import unit_of_work

from .conftest import DESK, LEAD, Library

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def taken(library: Library, path: Path, desk: str = DESK) -> Report:
    with library.open():
        import_topics(read_topics(path))
        return import_articles(read_articles(path), Options("en", desk, publish=True))


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.read, report.created, report.skipped, len(report.errors)


def test_what_was_exported_and_imported_is_exported_alike(library: Library, tmp_path: Path) -> None:
    lead, first, second = library.reader("lead"), tmp_path / "first", tmp_path / "second"
    lead.post("/x/knowledge_base/topics", data={"title_en": "Printers", "title_pl": "Drukarki", "position": "7"})
    slug = library.published("Change the toner", pair="p", category="printers")
    library.published("Wymień toner", language="pl", pair="p", category="printers", visibility="public")
    library.published("How we mend", visibility="desk", review_on=date(2030, 1, 2))
    library.draft("Not yet")
    lead.post(f"/x/knowledge_base/articles/{library.published('No longer')}", data={"action": "archive", "version": 1})
    with library.open():
        picture = files.add_file(library._read(slug), "lid open.png", PNG, LEAD)
        body = f"1. Open the lid.\n\n{files.line_of(picture)}\n\nMore: [mend](/answers/a/how-we-mend)."
        wanted = library.wanted("Change the toner", body, category="printers", visibility="public")
        writing.publish(writing.save(slug, wanted, LEAD, 1).slug, LEAD, 2)
        assert export_articles(first) == 5
        empty_the_base()
    assert counts(taken(library, first, "elsew")) == (5, 5, 0, 0)
    with library.open():
        assert export_articles(second) == 5
    assert contents(first) == contents(second)
    reader = library.reader("requester")
    assert shown_pictures(library, slug) == [PNG]
    for hidden in ("how-we-mend", "not-yet", "no-longer"):
        assert reader.get(f"/answers/a/{hidden}").status_code == 404


def empty_the_base() -> None:
    """Delete all articles with their files and topics: the installation is as if it was just made."""
    with unit_of_work() as work:
        for model in (Version, File, Article, Category):
            work.execute(delete(model))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def article_of(library: Library, slug: str) -> str:
    page = library.reader("requester").get(f"/answers/a/{slug}")
    assert page.status_code == 200, slug
    return page.text.partition("<article")[2].partition("</article>")[0]


def shown_pictures(library: Library, slug: str) -> list[bytes]:
    addresses = re.findall(r'src="(/answers/files/[^"]+)"', article_of(library, slug))
    return [library.reader("requester").get(each).data for each in addresses]


def test_pictures_come_with_a_folder_and_out_of_a_text_and_nothing_from_elsewhere(
    library: Library, tmp_path: Path
) -> None:
    folder, inside = tmp_path / "in", f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    (folder / "pictures").mkdir(parents=True)
    (tmp_path / "secret.txt").write_text("Not yours.", encoding="utf-8")
    (folder / "pictures" / "lid.png").write_bytes(PNG)
    (folder / "big.png").write_bytes(PNG + b"\0" * files.MOST)
    elsewhere = "[No](../secret.txt) [No](/etc/passwd) [Page](page.html)"
    text = f"![Lid](pictures/lid.png) ![In]({inside}) ![Big](big.png) {elsewhere}"
    (folder / "toner.md").write_text(f"# Toner\n\n{text}\n\n![SVG](data:image/svg+xml;base64,PHN2Zz4=)", "utf-8")
    (folder / "page.html").write_text(f"<title>Page</title><p>Text <img src='{inside}' alt='Lid'></p>", "utf-8")
    report = taken(library, folder)
    assert (counts(report), report.errors) == (
        (2, 2, 0, 1),
        [("toner.md", "big.png: The file is larger than 10 MB.")],
    )
    assert shown_pictures(library, "toner") == [PNG, PNG]
    assert shown_pictures(library, "page") == [PNG]
    assert "data:" not in article_of(library, "toner")
    with library.open():
        assert {each.name for each in files.files_of(library._read("toner").pair)} == {
            "lid.png",
            "picture-in-the-text-1.png",
        }
    assert counts(taken(library, folder)) == (2, 0, 2, 1)


def test_hostile_files_are_said_to_be_so_and_keep_no_other_out(library: Library, tmp_path: Path) -> None:
    lines = [
        {"title": "Lists", "body_html": "<ul><li>" * 100 + "Deep" + "</li></ul>" * 100},
        {"title": "Lists in Markdown", "body": "\n".join(f"{'  ' * depth}- {depth}" for depth in range(100))},
        {"title": "Script", "body": "<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1)) y"},
        {"title": "Too long", "body": "x" * 400_001},
        {"title": {"a": 1}, "body": ["b"]},
        {"title": "Nul\0 and \ud800", "body": "Control\x01 characters"},
    ]
    every = [*map(json.dumps, lines), "[" * 100_000, "7"]
    (tmp_path / "hostile.jsonl").write_text("\n".join(every), encoding="utf-8")
    (tmp_path / "bomb.md").write_text("---\n" + "[" * 5_000 + "\n---\nText", encoding="utf-8")
    (tmp_path / "broken.md.gz").write_bytes(gzip.compress(b"# Title\n\nText")[:-9])
    report = taken(library, tmp_path)
    said = dict(report.errors)
    assert set(said) == {"bomb.md", "broken.md.gz", *(f"hostile.jsonl:{line}" for line in (4, 5, 7, 8))}
    assert "split it" in said["hostile.jsonl:4"]
    assert report.created == 4
    for slug in ("lists", "lists-in-markdown", "script", "nul-and"):
        shown = article_of(library, slug)
        assert not re.search(r"<script|\son\w+=|=\"javascript:", shown)
