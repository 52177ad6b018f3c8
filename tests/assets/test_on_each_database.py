"""What the plugin asks of the database in its own words is the same on both."""

from __future__ import annotations

from pathlib import Path

from deskcore_it_assets import custody, equipment, exporting, finding, history, records
from deskcore_it_assets.catalogue import category_named
from deskcore_it_assets.custody import Holder, Terms
from deskcore_it_assets.files import format_of_days
from deskcore_it_assets.intake import Options, take_in
from deskcore_it_assets.records import wanted_of
from deskcore_it_assets.rights import IMPORTER
from flask import Flask

from deskcore.plugin import ViewerView, importing, unit_of_work
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

ANNA = ViewerView("anna.kowalska@meridian.example", "Anna Kowalska", "portal")
ROWS = """tag,serial,model,category,price,holder,bought_on
P-1,SN-1,T14,Notebooks,10,,31.01.2025
P-2,SN-2,T14,Notebooks,20,anna.kowalska@meridian.example,01.02.2025
"""


def test_a_life_from_a_file_to_the_answer_of_its_holder(shared_app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "assets.csv"
    path.write_text(ROWS)
    targets = ROWS.partition("\n")[0].split(",")
    fields = importing.FieldMap(columns={target: (target,) for target in targets})
    with shared_app.test_request_context(), acting_as(SYSTEM):
        for counts in ((2, 0), (0, 2)):
            with importing.Source(path) as source:
                days = format_of_days(source.rows(), fields)
            with importing.Source(path) as source:
                report = take_in(source.rows(), fields, Options("it", days, "PLN"))
            assert (report.created, report.skipped, report.errors) == (*counts, [])
        assert [row.asset.tag for row in finding.listed(finding.Filter(words="anna note"), IMPORTER)] == ["P-2"]
        with unit_of_work() as work:
            category = category_named(work, "notebooks")
            assert category is not None
            category.accepted = True
        asset = finding.find("p-1", IMPORTER)
        stored = records.shown(asset) | {"name": "Łódź", "state": "stock"}
        records.save("P-1", wanted_of(stored), IMPORTER, asset.version)
        custody.hand_over(["P-1"], Holder("person", ANNA.email), IMPORTER, Terms(note="here"))
        assert (equipment.waiting(ANNA), equipment.answer(ANNA, accepts=False)) == (1, 1)
        assert [move.kind for move in history.history_of(finding.find("P-1", IMPORTER))] == [
            "declined", "handed_over", "changed", "added",
        ]  # fmt: skip
        assert [row.asset.tag for row in finding.listed(finding.Filter(words="lodz"), IMPORTER)] == ["P-1"]
        assert "".join(exporting.as_csv(finding.Filter(), IMPORTER)).count("Notebooks") == 2
