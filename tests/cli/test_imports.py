"""``deskcore import …``: options, reports and codes; and what ``docs/importing.md`` says about them."""

from __future__ import annotations

import csv
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from deskcore.cli.imports import import_
from deskcore.importing import people_rows, ticket_rows
from deskcore.importing.mapping import field_map
from tests.cli.conftest import Command

pytestmark = pytest.mark.usefixtures("ready")
ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs/importing.md").read_text(encoding="utf-8")
TICKETS = ("import", "tickets")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tickets.csv"
    path.write_text("title,urgency\nPrinter,1\nVPN,9\n")
    return path


def test_the_report_for_scripts_has_its_fixed_form(run: Command, file: Path) -> None:
    options = ("--desk", "it", "--map", "subject=title", "--map", "priority=urgency", "--value", "urgency.1=high")
    outcome = run(*TICKETS, str(file), *options, "--json")
    assert outcome.code == 1
    assert list(outcome.json) == ["read", "created", "updated", "skipped", "errors"]
    assert (outcome.json["read"], outcome.json["created"]) == (2, 1)
    assert outcome.json["errors"][0]["row"] == 3
    assert run("fsck", "--json").json == {"checked": 1, "findings": []}


def test_a_dry_run_and_a_second_import_say_what_they_did(run: Command, file: Path) -> None:
    options = (*TICKETS, str(file), "--desk", "it", "--map", "subject=title")
    assert (
        run(*options, "--dry-run").out
        == "Nothing was stored. It would be 2 new, 0 changed, 0 there already, of 2 rows.\n"
    )
    assert run(*options).out == "Done: 2 new, 0 changed, 0 there already, of 2 rows.\n"
    again = run(*options)
    assert (again.code, again.out) == (0, "Done: 0 new, 0 changed, 2 there already, of 2 rows.\n")


def test_the_requester_comes_from_a_column(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    path.write_text("title,who\nPrinter,nobody at all\n")
    outcome = run(*TICKETS, str(path), "--desk", "it", "--map", "subject=title", "--requester-column", "who")
    assert outcome.code == 1
    assert "line 2:" in outcome.err
    assert "Correct 1 row, then import the file again" in outcome.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--desk", "nowhere", "--map", "subject=title"), "There is no desk “nowhere”"),
        (("--desk", "it"), "--map subject=COLUMN"),
        (("--desk", "it", "--map", "subject=headline"), "no column “headline”"),
        (("--desk", "it", "--map", "subject=title", "--encoding", "klingon"), "There is no encoding klingon"),
        (("--desk", "it", "--map", "subject=title", "--time-zone", "Mars"), "There is no time zone Mars"),
        (("--map", "subject=title"), "Missing option '--desk'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_meant_is_one_sentence(run: Command, file: Path, options: tuple[str, ...], said: str) -> None:
    outcome = run(*TICKETS, str(file), *options)
    assert outcome.code != 0
    assert said in outcome.err


def test_people_with_rights_are_refused(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email,role,password_hash\nadmin@meridian.example,admin,$2b$12$x\n")
    outcome = run("import", "people", str(path))
    assert outcome.code == 1
    assert "take role, password_hash out of the file" in outcome.err


def test_an_organisation_is_made_the_same_every_time_and_imported_whole(run: Command, tmp_path: Path) -> None:
    for kind, names in (("damskie", "ANNA,ZOFIA"), ("meskie", "JAN,ŁUKASZ")):
        rows = [f"{name},X,{100 * place}" for place, name in enumerate(names.split(","), start=1)]
        (tmp_path / f"imiona-pesel-{kind}.csv").write_text("\n".join(["IMIĘ,PŁEĆ,LICZBA", *rows]) + "\n")
    towns = ",".join(f'{{"name": "Miasto {number}"}}' for number in range(20))
    (tmp_path / "city.json").write_text(f'{{"city": [{towns}]}}')
    made = []
    for out in (tmp_path / "one.csv", tmp_path / "two.csv"):
        subprocess.run(
            [sys.executable, ROOT / "benchmarks/make_organisation.py", tmp_path, out, "--people", "300"],
            check=True, capture_output=True,
        )  # fmt: skip
        made.append(out.read_text())
    assert made[0] == made[1]
    rows = list(csv.DictReader(made[0].splitlines()))
    assert sum(not row["manager"] for row in rows) == 1
    report = run("import", "people", str(tmp_path / "one.csv"), "--json").json
    assert report == {"read": 300, "created": 300, "updated": 0, "skipped": 0, "errors": []}


def test_the_document_names_options_and_targets_that_exist() -> None:
    options = {name for command in import_.commands.values() for option in command.params for name in option.opts}
    named = set(re.findall(r"(--[a-z][a-z-]+)", DOCUMENT)) - {"--people"}
    assert named <= options
    assert all(
        f"`{target}`" in DOCUMENT or f"`{target}`" in DOCUMENT.replace(".FIELD", ".*") for target in ticket_rows.TARGETS
    )
    assert all(f"`{target}`" in DOCUMENT for target in people_rows.TARGETS)


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL))
def test_the_mappings_of_the_document_fit_the_desk(run: Command, tmp_path: Path, block: str) -> None:
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(block)
    fields = field_map(mapping)
    columns = sorted({column for group in fields.columns.values() for column in group})
    kinds = list(fields.values.get("request_type", {"": ""}))
    rows = [
        dict.fromkeys(columns, "1") | {"label": kind, "ticket_type": kind[:1], "topic_group": kind[2:]}
        for kind in kinds
    ]
    path = tmp_path / "rows.csv"
    with path.open("w", newline="") as out:
        writer = csv.DictWriter(out, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    report = run(*TICKETS, str(path), "--desk", "it", "--mapping", str(mapping), "--dry-run", "--json").json
    assert report["errors"] == []


def test_the_commands_of_the_document_can_be_read() -> None:
    text = DOCUMENT.replace("\\\n", " ")
    found = [shlex.split(line) for line in re.findall(r"^ {4}deskcore import (.+)$", text, re.MULTILINE)]
    assert len(found) >= 4
    for name, file, *options in found:
        command = import_.commands[name]
        context = command.make_context(
            name, [__file__, *(__file__ if each.endswith(".toml") else each for each in options)]
        )
        assert isinstance(context, click.Context)
        assert file
