"""What agents report of devices comes in, whole or in parts, and never more of a file than it says."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from deskcore_it_assets import commands, finding, history

from .conftest import AGENT, DESK, Store

DEVICE = {
    "deviceid": "x",
    "content": {
        "bios": {"ssn": "640HP72", "smanufacturer": "Dell Inc.", "smodel": "XPS 13", "assettag": "NB-7"},
        "hardware": {"name": "anna-laptop", "chassis_type": "Laptop"},
    },
}
XML = """<?xml version="1.0"?>
<REQUEST><CONTENT><BIOS><SSN>9E11</SSN><SMODEL>Z30</SMODEL><SMANUFACTURER>Toshiba</SMANUFACTURER></BIOS>
<HARDWARE><NAME>z30-a</NAME></HARDWARE></CONTENT></REQUEST>"""
SHARED = Path(os.environ.get("DESKCORE_SHARED", Path(__file__).parents[4] / "shared")) / "data/assets-glpi-inventory"


def imported(store: Store, path: Path, *options: str) -> dict[str, Any]:
    with store.open():
        result = CliRunner().invoke(commands.inventory, [str(path), "--desk", DESK, "--json", *options])
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def counts(report: dict[str, Any]) -> tuple[int, int, int, int]:
    return report["created"], report["updated"], report["skipped"], len(report["errors"])


def test_devices_come_in_from_both_formats_and_the_second_time_changes_nothing(store: Store, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(DEVICE))
    (tmp_path / "b.xml").write_text(XML)
    assert counts(imported(store, tmp_path, "--dry-run")) == (2, 0, 0, 0)
    assert counts(imported(store, tmp_path)) == (2, 0, 0, 0)
    assert counts(imported(store, tmp_path)) == (0, 0, 2, 0)
    asset = store.asset("NB-7")
    assert asset.product is not None
    assert asset.product.category is not None
    assert (asset.name, asset.product.name, asset.product.category.title_en) == ("anna-laptop", "XPS 13", "Notebooks")
    assert store.asset("9E11").name == "z30-a"


def test_what_people_wrote_stays_and_what_changed_is_in_the_history(store: Store, tmp_path: Path) -> None:
    store.add("MY-1", serial="640hp72", model="Chosen by hand", name="old-name")
    (tmp_path / "a.json").write_text(json.dumps(DEVICE))
    assert counts(imported(store, tmp_path / "a.json")) == (0, 1, 0, 0)
    asset = store.asset("MY-1")
    assert asset.product is not None
    assert (asset.name, asset.product.name) == ("anna-laptop", "Chosen by hand")
    with store.open():
        changed = history.history_of(finding.find("MY-1", AGENT))[0].data["changed"]
    assert changed == {"name": ["old-name", "anna-laptop"]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (json.dumps(DEVICE)[:-20], "cut off"),
        (XML[:-30], "Line 3, column"),
        ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + XML.partition("?>")[2], "entities"),
        ('{"content": {"bios": {"ssn": "To be filled by O.E.M."}}}', "serial number"),
        ("[]", "no inventory"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_and_leaves_nothing(
    store: Store, tmp_path: Path, content: str, said: str
) -> None:
    (tmp_path / "bad.json").write_text(content)
    [error] = imported(store, tmp_path)["errors"]
    assert error["message"].startswith("bad.json: ")
    assert said in error["message"]
    with store.open():
        assert finding.listed(finding.Filter(), AGENT) == []


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the inventories are not at {SHARED}: name them in DESKCORE_SHARED")
def test_real_inventories_come_in_twice(store: Store) -> None:
    first = imported(store, SHARED / "examples")
    second = imported(store, SHARED / "examples")
    assert first["created"] > 5
    assert (second["created"], second["updated"]) == (0, 0)
    assert second["errors"] == first["errors"]
    xml = imported(store, SHARED / "tests")
    assert xml["created"] > 5
    again = imported(store, SHARED / "tests")
    assert again["created"] == 0
