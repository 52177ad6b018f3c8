"""What the plugin asks of the database in its own words is the same on both."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from deskcore_it_assets import (
    bulk,
    campaigns,
    counting,
    custody,
    device_lists,
    differences,
    equipment,
    exporting,
    finding,
    history,
    records,
)
from deskcore_it_assets.catalogue import category_named
from deskcore_it_assets.custody import Holder, Terms
from deskcore_it_assets.files import format_of_days
from deskcore_it_assets.finding import Filter
from deskcore_it_assets.intake import Options, take_in
from deskcore_it_assets.particulars import wanted_of
from deskcore_it_assets.rights import IMPORTER, Keeper
from flask import Flask

from deskcore.plugin import ViewerView, importing, now, reports, unit_of_work
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

ANNA = ViewerView("anna.kowalska@meridian.example", "Anna Kowalska", "portal")
MAKERS = (counting.make_overview, counting.make_plan, counting.make_people)
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


def test_campaigns_reports_and_lists_of_devices_ask_both_databases_alike(shared_app: Flask, tmp_path: Path) -> None:
    agent = Keeper("marek.nowak@meridian.example", "Marek Nowak", {"it": "agent"})
    viewer = ViewerView(agent.email, agent.name, "workspace", "en", {"it": "agent"})
    asked = reports.Asked("it", now(), now())
    with shared_app.test_request_context(), acting_as(SYSTEM):
        for tag, place in (("C-1", "Depot"), ("C-2", "Shelf"), ("C-3", "Łódź")):
            known = {
                "model": "iPhone 12",
                "manufacturer": "Apple",
                "price": "100",
                "currency": "PLN",
                "location": place,
            }
            records.add(wanted_of({"tag": tag, "desk": "it", "bought_on": "2024-05-31", **known}), IMPORTER)
        custody.hand_over(["C-3"], Holder("person", ANNA.email), IMPORTER)
        made = campaigns.begin("Autumn", "it", Filter(words="iphone"), agent)
        for code, place in (("C-1", "Depot"), ("C-2", "łódź"), ("C-3", "anywhere"), ("P-9", ""), ("C-2", "ŁÓDŹ")):
            campaigns.scan(made.token, code, place, agent)
        told = Counter(campaigns.outcome_of(item) for item in differences.lines(made, ""))
        assert told == differences.counts(made) == {"found": 2, "wrong_place": 1, "unknown": 1}
        differences.close(made.token, agent, put_right=True)
        assert "".join(differences.as_csv(made)).count("\n") == 5
        shown = bulk.tried(bulk.Order("retire"), ["C-1", "C-2", "C-3"], agent)
        assert [bool(row.problem) for row in shown] == [False, False, True]
        assert bulk.done(bulk.Order("repair"), {row.tag: row.version for row in shown[:2]}, agent) == 2
        list_of_ends = tmp_path / "ends.jsonl"
        phone = {"releaseCycle": "12", "eol": str(now().date())}
        meta = {"title": "Apple iPhone", "category": "device", "releases": [phone]}
        list_of_ends.write_text(json.dumps({"product": "iphone", "meta": meta}))
        assert [device_lists.take_in_ends(list_of_ends).created for _ in range(2)] == [1, 0]
        overview, plan, people = (make(asked, viewer) for make in MAKERS)
        assert "3" in [row.cells[0].text for row in plan.tables[0].rows]
        assert overview.figures[0].value != "0"
        assert [row.label for row in people.tables[1].rows][:1] == [ANNA.name]
