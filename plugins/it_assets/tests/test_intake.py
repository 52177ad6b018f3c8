"""Equipment comes in from files: nothing twice, nothing by halves, and every bad row is named with its column."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from deskcore_it_assets import commands, finding, history
from deskcore_it_assets.own_fields import OwnField

from deskcore.plugin import Refused, Text

from .conftest import AGENT, DESK, OSKAR, RITA, Store

SNIPE = """\
Company,Name,Asset Tag,Category,Manufacturer,Location,Model,Model Notes,Purchase Date,Purchase Cost,Checkout Type,\
Checked Out To: Username,Checked Out To: Email,Checked Out To: Location
Acme,Backhoe,ICC-1,Diggers,Berge,Plant,MX 1,,1/23/23,2266.13,,,,
Acme,,NNH-2,Diggers,Berge,Plant,MX 1,big,3/1/23,"2,300.71",Location,,,Yard
Acme,Trencher,BOL-3,Diggers,Berge,Plant,MX 1,,10/26/22,1777,User,rita,rita@organisation.example,
"""


def imported(store: Store, path: Path, *options: str) -> dict[str, Any]:
    """Import a file and return its report."""
    with store.open():
        given = [str(path), "--desk", DESK, "--json", *options]
        result = CliRunner().invoke(commands.assets, given, catch_exceptions=False)
    found: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code == bool(found["errors"])
    return found


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "assets.csv"
    path.write_bytes(text.encode(encoding))
    return path


def counts(report: dict[str, Any]) -> tuple[int, int, int, int]:
    return report["created"], report["updated"], report["skipped"], len(report["errors"])


def test_a_file_of_snipe_it_is_understood_as_it_is_and_the_second_time_changes_nothing(
    store: Store, tmp_path: Path
) -> None:
    path = written(tmp_path, SNIPE)
    report = imported(store, path)
    assert counts(report) == (3, 0, 0, 0)
    assert report["ignored_columns"] == ["Model Notes", "Checkout Type", "Checked Out To: Username"]
    with store.open():
        things = {each.asset.tag: each for each in finding.listed(finding.Filter(), AGENT)}
        assert [each.held.holder if each.held else "" for each in things.values()] == ["Rita Requester", "", "Yard"]
        asset = finding.find("NNH-2", AGENT)
        assert (asset.cents, asset.currency, str(asset.bought_on)) == (230071, "PLN", "2023-03-01")
        assert [each.asset.tag for each in finding.listed(finding.Filter(words="rita trench"), AGENT)] == ["BOL-3"]
        versions = [asset.version]
    assert counts(imported(store, path)) == (0, 0, 3, 0)
    assert [store.asset("NNH-2").version] == versions


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1250"])
def test_line_ends_and_encodings_are_found_out(store: Store, tmp_path: Path, end: str, encoding: str) -> None:
    lines = ["Nr inwentarzowy;Nazwa;Data zakupu", "M-1;Żółta łódź;24.12.2025", "M-2;Gęś;1.02.2026", ""]
    assert counts(imported(store, written(tmp_path, end.join(lines), encoding))) == (2, 0, 0, 0)
    asset = store.asset("m-1")
    assert (asset.name, str(asset.bought_on)) == ("Żółta łódź", "2025-12-24")


def test_every_bad_row_is_named_with_its_column_and_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    store.add("OLD", serial="taken")
    text = """\
Asset Tag,Serial,Name,Model,Purchase Date,Purchase Cost,Status,Email
A-1,s1,good,,2025-01-31,10,,
a-1,,twice,,,,,
A-3,S1,serial twice,,,,,
A-4,,date,,31/01/2025,,,
A-5,,price,,,-3,,
A-6,,formula,"=HYPERLINK(""x"")",,,,
A-7,,status,,,,Gone fishing,
A-8,,person,,,,,nobody@organisation.example
A-9,TAKEN,other tag,,,,,
,,nothing,,,,,
A-11,,lost and held,,,,Lost,rita@organisation.example
A-12,shifted,too,many,,,,,,
A-13,,somebody,,,,Deployed,
"""
    report = imported(store, written(tmp_path, text))
    assert counts(report) == (1, 0, 0, 12)
    said = {error["row"]: error["message"] for error in report["errors"]}
    assert {row: message.partition(":")[0] for row, message in said.items() if row != 13} == {
        3: "Asset Tag", 4: "Serial", 5: "Purchase Date", 6: "Purchase Cost", 7: "Model", 8: "Status", 9: "Email",
        10: "Serial", 11: "Asset Tag", 12: "Status", 14: "Status",
    }  # fmt: skip
    assert "10 values" in said[13]
    assert "--value" in said[8]
    with store.open():
        assert [each.asset.tag for each in finding.listed(finding.Filter(), AGENT)] == ["A-1", "OLD"]


@pytest.mark.parametrize(
    ("text", "created", "said"),
    [
        (
            "Asset Tag,Purchase Date\nA,2025-01-31\nB,2025-02-01\nC,31.01.2025\nD,01/31/2025\n",
            2,
            {4: "Purchase Date: “31.01.2025”", 5: "Purchase Date: “01/31/2025”"},
        ),
        (",Asset Tag,,Name\n,A,,one\nA2,,B,\n", 1, {3: "Asset Tag"}),
        ("Asset Tag,Serial\nA,sn7\n\nB,SN7\n", 1, {4: "Serial: line 2"}),
    ],
    ids=["days in three formats", "blank and shifted columns", "blank lines, and serials that differ in case"],
)
def test_files_as_they_come_are_answered_with_row_and_column(
    store: Store, tmp_path: Path, text: str, created: int, said: dict[int, str]
) -> None:
    report = imported(store, written(tmp_path, text))
    assert report["created"] == created
    errors = {error["row"]: error["message"] for error in report["errors"]}
    assert errors.keys() == said.keys()
    assert all(errors[row].startswith(begin) for row, begin in said.items()), errors


def test_a_dry_run_says_the_same_and_stores_nothing(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, SNIPE + "Acme,,ICC-1,,,,,,,,,,,\n")
    dry = imported(store, path, "--dry-run")
    with store.open():
        assert finding.listed(finding.Filter(), AGENT) == []
    assert imported(store, path) == dry
    assert counts(dry) == (3, 0, 0, 1)


def test_what_the_file_says_otherwise_is_changed_and_what_it_does_not_say_stays(store: Store, tmp_path: Path) -> None:
    imported(store, written(tmp_path, SNIPE))
    text = f"Asset Tag,Location,Status,Email\nicc-1,Depot,,\nNNH-2,,Lost,\nBOL-3,,,{OSKAR}\n"
    assert counts(imported(store, written(tmp_path, text))) == (0, 3, 0, 0)
    with store.open():
        first, second, third = (finding.find(tag, AGENT) for tag in ("ICC-1", "NNH-2", "BOL-3"))
        assert (first.tag, first.name, first.location.name if first.location else "") == ("ICC-1", "Backhoe", "Depot")
        assert history.history_of(first)[0].data["changed"] == {"location": ["Plant", "Depot"]}
        assert (second.state, finding.held_now(second)) == ("lost", None)
        assert history.history_of(third)[0].data == {"holder": "Oskar Otherwise", "from": "Rita Requester"}
    assert counts(imported(store, written(tmp_path, text))) == (0, 0, 3, 0)


def test_what_is_exported_changes_nothing_when_it_comes_in_again(store: Store, tmp_path: Path) -> None:
    imported(store, written(tmp_path, SNIPE))
    for number in range(finding.PAGE):
        store.add(f"NB-{number:02}", name="@formula" if number == 7 else "", price="10", currency="EUR")
    store.add("GONE")
    store.step("retire", "GONE")
    answer = store.browser("agent").get("/x/it_assets/assets.csv")
    assert "'@formula" in answer.text
    path = tmp_path / "out.csv"
    path.write_bytes(answer.data)
    assert counts(imported(store, path, "--value", "name.'@formula=@formula")) == (0, 0, finding.PAGE + 3, 0)
    assert store.browser("requester").get("/x/it_assets/assets.csv").status_code == 403
    assert "NB-07" in store.browser("agent").get("/x/it_assets/assets.csv?q=nb-07").text
    assert "NB-08" not in store.browser("agent").get("/x/it_assets/assets.csv?q=nb-07").text


def test_days_that_could_be_read_in_two_ways_are_asked_about(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, "Asset Tag,Purchase Date\nA,3/4/2025\n")
    with pytest.raises(Refused, match="--date-format"):
        imported(store, path)
    assert counts(imported(store, path, "--date-format", "%d/%m/%Y")) == (1, 0, 0, 0)
    assert str(store.asset("A").bought_on) == "2025-04-03"


def test_a_mapping_is_given_saved_and_used_again(store: Store, tmp_path: Path) -> None:
    store.add("X")
    memory = OwnField("memory", "number", Text("Memory", "Pamięć"))
    store.asks_for_an_answer("Notebooks", memory)
    path = written(tmp_path, 'Label "A",RAM,Owner,Sort,Type,Make\nT-1,16,rita@organisation.example,new,Notebooks,T14\n')
    saved = tmp_path / "saved.toml"
    by_hand = [
        '--map=tag=Label "A"', "--map=fields.memory=RAM", "--map=holder=Owner", "--map=status=Sort",
        "--map=category=Type", "--map=model=Make", "--value=status.new=stock",
    ]  # fmt: skip
    assert counts(imported(store, path, *by_hand, "--save-mapping", str(saved))) == (1, 0, 0, 0)
    assert store.asset("T-1").fields == {"memory": 16}
    assert counts(imported(store, path, "--mapping", str(saved))) == (0, 0, 1, 0)
    with pytest.raises(Refused, match="tags"):
        imported(store, written(tmp_path, "RAM\n16\n"))
    assert RITA
