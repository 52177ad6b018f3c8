"""Articles come in from files and go out again: nothing twice, nothing lost, and what cannot be read is said."""

from __future__ import annotations

import gzip
import json
from itertools import count
from pathlib import Path

from deskcore_knowledge_base import writing
from deskcore_knowledge_base.exporting import export_articles
from deskcore_knowledge_base.importing import Options, Report, import_articles
from deskcore_knowledge_base.sources import read_articles

from .conftest import DESK, LEAD, Library

LINES = [
    {
        "id": "a/en",
        "lang": "en",
        "pair": "a",
        "title": "Bounce keys",
        "body_md": "1. Turn them on.",
        "summary": "Keys.",
    },
    {
        "id": "a/pl",
        "lang": "pl",
        "pair": "a",
        "title": "Odskakujące klawisze",
        "body": "1. Włącz.",
        "category": "Pomoc",
    },
    {"id": "b", "title": "HTML", "body_html": "<h2>Safe</h2><p>Text</p><script>alert(1)</script><svg>x</svg>"},
    {"id": "c", "title": "", "body": "Nothing above it."},
    {"id": "d", "lang": "de", "title": "Deutsch", "body": "x"},
    {"id": "e", "title": "Empty", "body": " "},
]


def taken(library: Library, path: Path, publish: bool = True) -> Report:
    with library.open():
        return import_articles(list(read_articles(path)), Options("en", DESK, publish=publish))


def counts(report: Report) -> tuple[int, int, int, int, int]:
    return report.read, report.created, report.updated, report.skipped, len(report.errors)


def test_json_lines_come_in_once_with_their_translations(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, LINES)).encode() + b"\n{broken\n"))
    report = taken(library, file)
    assert counts(report) == (7, 3, 0, 0, 4)
    assert [place for place, _said in report.errors] == [f"articles.jsonl.gz:{line}" for line in (4, 5, 6, 7)]
    assert "has no title" in report.errors[0][1]
    assert counts(taken(library, file)) == (7, 0, 0, 3, 4)
    person = library.reader("requester")
    assert "Czytaj po polsku" in person.get("/answers/a/bounce-keys").text
    assert "Pomoc" in person.get("/answers").text
    page = person.get("/answers/a/html").text
    assert "<h2>Safe</h2>" in page
    assert "alert(1)" not in page


def test_what_changed_there_changes_here_and_what_was_edited_here_stays(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    file.write_text("\n".join(map(json.dumps, LINES[:2])), encoding="utf-8")
    taken(library, file)
    with library.open():
        writing.save("bounce-keys", library.wanted("Bounce keys", "Mine."), LEAD, 1)
    changed = [line | {"title": line["title"] + " 2"} for line in LINES[:2]]
    file.write_text("\n".join(map(json.dumps, changed)), encoding="utf-8")
    report = taken(library, file)
    assert counts(report) == (2, 0, 1, 0, 1)
    assert "changed here" in report.errors[0][1]
    assert library.article("odskakujace-klawisze").title == "Odskakujące klawisze 2"
    assert library.article("bounce-keys").title == "Bounce keys"


def test_files_of_one_name_in_two_folders_are_two_articles(library: Library, tmp_path: Path) -> None:
    for place in ("payroll", "printing"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "README.md").write_text(f"# About {place}\n\nText.", encoding="utf-8")
        (tmp_path / place / "more.jsonl").write_text(
            json.dumps({"title": f"More about {place}", "body": "Text."}), encoding="utf-8"
        )
        assert counts(taken(library, tmp_path / place)) == (2, 2, 0, 0, 0)
    for place in ("payroll", "printing"):
        assert counts(taken(library, tmp_path / place)) == (2, 0, 0, 2, 0)


def test_a_heading_that_says_the_title_again_is_left_out(library: Library, tmp_path: Path) -> None:
    line = {"title": "Record calls", "body": '# <a name="record-calls"></a>Record  calls\n\nPress the button.'}
    (tmp_path / "articles.jsonl").write_text(json.dumps(line), encoding="utf-8")
    taken(library, tmp_path / "articles.jsonl")
    page = library.reader("requester").get("/answers/a/record-calls").text
    assert "Press the button." in page
    assert page.count("Record calls</h1>") == 1
    assert "Record  calls" not in page


def test_a_slow_import_keeps_nobody_else_from_writing(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "articles.jsonl"
    file.write_text("\n".join(map(json.dumps, LINES[:3])), encoding="utf-8")
    committed: list[int] = []
    with library.open():
        found = list(read_articles(file))
        # Each look at the clock is a second after the last one.
        import_articles(found, Options("en", DESK), lambda report: committed.append(report.read), count().__next__)
    assert committed == [1, 2, 3]


def test_a_folder_of_markdown_and_html_is_read_with_its_front_matter(library: Library, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    front = "---\ntitle: Leave\nlang: pl\ncategory: Praca\ndate: 2020-01-01\n---\nTreść {#anchor}\n\n> [!NOTE]\n> Uwaga"
    (tmp_path / "sub" / "leave.md").write_text(front, encoding="utf-8")
    (tmp_path / "plain.markdown").write_text("<!-- x -->\n# Plain title\n\nText.", encoding="utf-8")
    (tmp_path / "page.html").write_text("<title>A &amp; B</title><body><p>Text</p></body>", encoding="utf-8")
    (tmp_path / "bad.md").write_text("---\n: [\n---\nText", encoding="utf-8")
    (tmp_path / "latin.md").write_bytes("# Zażółć\n\ngęślą".encode("cp1250"))
    (tmp_path / "other.pdf").write_bytes(b"%PDF")
    report = taken(library, tmp_path)
    assert counts(report) == (5, 3, 0, 0, 2)
    assert {place for place, _said in report.errors} == {"bad.md", "latin.md"}
    assert "--encoding" in dict(report.errors)["latin.md"]
    page = library.reader("requester").get("/answers/a/leave").text
    assert "<strong>Note</strong>" in page
    assert "anchor" not in page


def test_an_export_that_comes_back_changes_nothing(library: Library, tmp_path: Path) -> None:
    library.published("Change the toner", pair="p", summary="Soon.")
    library.published("Wymień toner", language="pl", pair="p")
    with library.open():
        assert export_articles(tmp_path / "out") == 2
    text = (tmp_path / "out/en/no-topic/change-the-toner.md").read_text(encoding="utf-8")
    assert "title: Change the toner" in text
    assert counts(taken(library, tmp_path / "out")) == (2, 0, 0, 2, 0)
