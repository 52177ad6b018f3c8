"""Lists of devices that others keep: models, and until when their makers look after them."""

from __future__ import annotations

import gzip
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from deskcore_it_assets import commands, ends
from deskcore_it_assets.models import Product
from sqlalchemy import func, select

from deskcore.plugin import session, unit_of_work

from .conftest import Store

SHARED = Path(os.environ.get("DESKCORE_SHARED", Path(__file__).parents[4] / "shared")) / "data"
IPHONES = {
    "product": "iphone",
    "meta": {
        "title": "Apple iPhone",
        "category": "device",
        "releases": [
            {"releaseCycle": "12", "releaseLabel": "12", "eol": "2020-05-01"},
            {"releaseCycle": "17", "releaseLabel": "17", "eol": False},
            {"releaseCycle": "bad", "eol": "soon"},
        ],
    },
}


def imported(store: Store, command: click.Command, path: Path, *options: str) -> dict[str, Any]:
    with store.open():
        result = CliRunner().invoke(command, [str(path), "--json", *options])
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def counts(report: dict[str, Any]) -> tuple[int, int, int, int]:
    return report["created"], report["updated"], report["skipped"], len(report["errors"])


def written(path: Path, *rows: Any) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows) + "\n")
    return path


def ends_of(store: Store, tag: str) -> tuple[date | None, bool]:
    asset = store.asset(tag)
    with store.open():
        warned = ends.ending(asset)
    return ends.ends_on(asset), warned is not None


def test_models_come_in_once_and_what_is_wrong_is_named(store: Store, tmp_path: Path) -> None:
    cisco = {"manufacturer": "Cisco", "model": "C9300-24T", "part_number": "C9300-24T-A"}
    path = written(tmp_path / "m.jsonl", cisco, "{broken", "[]", {"model": ""}, {"model": 7}, {**cisco, "model": "X"})
    options = ("--category", "Network equipment")
    assert counts(imported(store, commands.asset_models, path, *options, "--dry-run")) == (2, 0, 0, 4)
    first = imported(store, commands.asset_models, path, *options)
    assert counts(first) == (2, 0, 0, 4)
    assert [error["row"] for error in first["errors"]] == [2, 3, 4, 5]
    assert counts(imported(store, commands.asset_models, path, *options)) == (0, 0, 2, 4)
    store.add("SW-1", model="c9300-24t", model_number="C9300-24T-A", manufacturer="cisco", category="")
    product = store.asset("SW-1").product
    assert product is not None
    assert product.category is not None
    assert (product.name, product.category.title_en) == ("C9300-24T", "Network equipment")


def test_a_file_that_was_cut_off_says_so(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl.gz"
    models = ({"model": f"M{number}", "manufacturer": os.urandom(40).hex()} for number in range(500))
    rows = "".join(json.dumps(model) + "\n" for model in models)
    path.write_bytes(gzip.compress(rows.encode())[:-2000])
    [error] = imported(store, commands.asset_models, path)["errors"]
    assert "cut off" in error["message"]


def test_an_end_becomes_a_warning_and_never_overwrites_what_people_wrote(store: Store, tmp_path: Path) -> None:
    phone = {"manufacturer": "Apple", "category": "Phones"}
    store.add("TF-1", model="iPhone 12", **phone)
    store.add("TF-2", model="iPhone 12 mini", **phone)
    path = written(tmp_path / "e.jsonl", IPHONES, {"product": "python", "meta": {"category": "lang"}}, {"product": 1})
    assert counts(imported(store, commands.asset_ends, path, "--dry-run")) == (2, 0, 1, 2)
    assert ends_of(store, "TF-1") == (None, False)
    assert counts(imported(store, commands.asset_ends, path)) == (2, 0, 1, 2)
    assert counts(imported(store, commands.asset_ends, path)) == (0, 0, 3, 2)
    assert ends_of(store, "TF-1") == (date(2020, 5, 1), True)
    assert ends_of(store, "TF-2") == (None, False)
    page = store.browser("agent").get("/x/it_assets/assets/TF-1").text
    assert "No longer supported since 1\u00a0May\u00a02020" in page
    store.add("TF-3", model="iphone 12", **phone, ends_on="2031-01-01")
    assert ends_of(store, "TF-3") == (date(2031, 1, 1), False)
    with store.open(), unit_of_work() as work:
        product = work.scalars(select(Product).where(Product.name == "iPhone 12")).one()
        product.ends_on, product.ends_from = date(2030, 1, 1), ""
    IPHONES["meta"]["releases"][0]["eol"] = "2021-01-01"  # type: ignore[index]
    assert counts(imported(store, commands.asset_ends, written(path, IPHONES))) == (0, 1, 1, 1)
    assert ends_of(store, "TF-1") == (date(2030, 1, 1), False)


def test_a_model_that_comes_later_gets_its_end_too(store: Store, tmp_path: Path) -> None:
    imported(store, commands.asset_ends, written(tmp_path / "e.jsonl", IPHONES))
    store.add("TF-9", model="iPhone 12", manufacturer="Apple")
    assert ends_of(store, "TF-9")[0] is not None


@pytest.mark.parametrize(
    ("maker", "model", "key"),
    [
        ("Apple", "iPad Air 11-inch (M4)", "apple ipad air 11 m4"),
        ("Samsung Mobile", "Galaxy A55 5G", "samsung galaxy a55 5g"),
        ("Microsoft", "Surface Laptop 5", "microsoft surface laptop 5"),
        ("Fairphone", "Fairphone 4", "fairphone 4"),
    ],
)
def test_a_device_is_known_by_its_words(maker: str, model: str, key: str) -> None:
    assert ends.device_key(maker, model) == key


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the lists are not at {SHARED}: name them in DESKCORE_SHARED")
def test_the_real_lists_come_in_twice(store: Store) -> None:
    models = SHARED / "assets-device-models/device-models.jsonl.gz"
    first, second = (imported(store, commands.asset_models, models) for _ in range(2))
    assert (first["read"], first["errors"]) == (3769, [])
    assert first["created"] > 3700
    assert counts(second) == (0, 0, 3769, 0)
    with store.open():
        assert session().scalar(select(func.count()).select_from(Product)) == first["created"]
    known = SHARED / "assets-endoflife/products.jsonl.gz"
    store.add("TF-1", model="iPhone 12", manufacturer="Apple")
    store.add("SF-1", model="Surface Laptop 4", manufacturer="Microsoft")
    first, second = (imported(store, commands.asset_ends, known) for _ in range(2))
    assert first["created"] > 1000
    assert counts(second)[:2] == (0, 0)
    assert ends_of(store, "SF-1")[0] is not None
