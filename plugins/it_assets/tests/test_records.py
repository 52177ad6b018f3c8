"""What is written down: one thing for each tag and serial number, and every mistake named at once."""

from __future__ import annotations

import pytest
from deskcore_it_assets import finding, history, records
from deskcore_it_assets.own_fields import OwnField
from deskcore_it_assets.particulars import Wanted, cents_of

from deskcore.plugin import Conflict, NotAllowed, Refused, Text

from .conftest import AGENT, DESK, RITA, STRANGER, Store


def test_a_tag_and_a_serial_number_are_one_things_however_they_are_written(store: Store) -> None:
    store.add("NB-1", serial="pf3xyz")
    for tag, serial in (("nb-1", ""), ("NB-2", "PF3XYZ")):
        with pytest.raises(Refused, match="Another item"):
            store.add(tag, serial=serial)
    store.add("NB-3", serial="To be filled by O.E.M.")
    store.add("NB-4", serial="to be filled by o.e.m.")


def test_every_mistake_is_named_at_once(store: Store) -> None:
    wrong = Wanted(" ", desk="none", price="-1", warranty_until="soon", name="x" * 201, category="Notebooks", state="x")
    with store.open(), pytest.raises(Refused) as refused:
        records.add(wrong, AGENT)
    fields = {problem.field for problem in refused.value.problems}
    assert fields == {"tag", "desk", "price", "warranty_until", "name", "model", "state"}


@pytest.mark.parametrize(
    ("text", "cents"),
    [("1299.5", 129950), ("1 299,50", 129950), ("1,299.50", 129950), ("1.299,50", 129950), ("0", 0), ("0.005", 0)],
)
def test_a_price_is_read_as_people_write_it(text: str, cents: int) -> None:
    assert cents_of(text) == cents


def test_nobody_adds_equipment_of_another_desk(store: Store) -> None:
    with store.open(), pytest.raises(NotAllowed):
        records.add(Wanted("NB-1", desk=DESK), STRANGER)


def test_a_change_is_in_the_history_with_what_it_was(store: Store) -> None:
    store.add(price="100", currency="PLN")
    seen = store.asset().version
    with store.open():
        records.save("NB-1", Wanted("NB-1", desk=DESK, price="90", currency="pln"), AGENT, seen)
        with pytest.raises(Conflict):
            records.save("NB-1", Wanted("NB-1", desk=DESK), AGENT, seen)
        changed = history.history_of(finding.find("NB-1", AGENT))[0].data["changed"]
    assert changed["price"] == ["100.00", "90.00"]
    assert changed["model"] == ["ThinkPad X1", ""]
    assert "currency" not in changed


def test_a_category_has_fields_of_its_own_that_are_checked(store: Store) -> None:
    memory = OwnField("memory", "number", Text("Memory (GB)", "Pamięć (GB)"), required=True)
    keys = OwnField("keys", "choice", Text("Keyboard", "Klawiatura"), options=("PL", "US"))
    store.asks_for_an_answer("Notebooks", memory, keys)
    with pytest.raises(Refused) as refused:
        store.add(fields={"keys": "DE"})
    assert {problem.field for problem in refused.value.problems} == {"fields.memory", "fields.keys"}
    store.add(fields={"memory": "16", "keys": "PL", "unknown": "x"})
    assert store.asset().fields == {"memory": 16, "keys": "PL"}


def test_it_is_found_by_the_beginnings_of_words_in_any_order(store: Store) -> None:
    store.add("NB-0412", serial="PF3XYZ", name="Laptop Łukasza")
    store.add("MON-1", model="UltraSharp", manufacturer="Dell", category="Monitors")
    store.give("MON-1")

    def found(words: str) -> list[str]:
        with store.open():
            return [each.asset.tag for each in finding.listed(finding.Filter(words=words), AGENT)]

    for words in ("nb-0412", "0412", "pf3", "lukasza", "ŁUKASZA think", "lenovo notebook"):
        assert found(words) == ["NB-0412"], words
    assert found("dell rita") == ["MON-1"]
    assert found("dell lenovo") == []
    store.take("MON-1")
    assert found("dell rita") == []
    assert RITA.startswith("rita")


def test_leads_say_in_the_browser_what_kinds_of_equipment_there_are(store: Store) -> None:
    url, lead = "/x/it_assets/categories", store.browser("lead")
    refused = store.browser("agent").get(url)
    assert (refused.status_code, "it_assets.manage" in refused.text) == (403, True)
    assert lead.post(url, data={"title_en": "Phones", "months": "x"}).status_code == 422
    assert lead.post(url, data={"title_en": "P", "title_pl": "P", "audit_months": "0"}).status_code == 422
    form = {"title_en": "Phones", "title_pl": "Telefony", "accepted": "yes", "months": "24", "audit_months": "12"}
    assert "24 months" in lead.post(url, data=form, follow_redirects=True).text
    assert "already" in lead.post(url, data={**form, "title_en": "PHONES"}).text
    store.add("PH-1", model="Pixel", category="telefony")
    category = store.asset("PH-1").product.category  # type: ignore[union-attr]
    assert category is not None
    assert (category.title_en, category.accepted, category.months, category.audit_months) == ("Phones", True, 24, 12)
    field = {"category": str(category.id), "title_en": "Colour", "title_pl": "Kolor", "type": "choice"}
    assert lead.post(f"{url}/fields", data={**field, "options": "red"}).status_code == 422
    lead.post(f"{url}/fields", data={**field, "options": "red\nblue", "required": "yes"})
    store.add("PH-2", model="Pixel", category="Phones", fields={"colour": "blue"})
    page = store.browser("agent").get("/x/it_assets/edit/PH-2").text
    assert '<option value="blue" selected>' in page
    lead.post(f"{url}/fields", data={"category": str(category.id), "remove": "colour"})
    assert "Colour" not in store.browser("agent").get("/x/it_assets/edit/PH-2").text
