"""Merging by page: what is offered, what it would do, what both pages say afterwards, and the way back."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flask import Flask

from deskcore.extensions import db
from deskcore.testing import statements


def version(agent: Any, path: str) -> str:
    """Open a page and return what it says of what its reader saw."""
    agent.get(path)
    return str(agent.hidden("version"))


def merges(agent: Any, source: str, target: str, *, follow: bool = False) -> Any:
    """Open the preview of a merge, and send its form."""
    seen = version(agent, f"/agent/tickets/{source}/merge?into={target}")
    fields = {"into": target, "version": seen} | ({"follow": "yes"} if follow else {})
    return agent.send(f"/agent/tickets/{source}/merge", fields)


def test_the_page_offers_tickets_of_the_same_person_and_those_with_the_words_one_looks_for(
    marek: Any, opens: Any
) -> None:
    source, alike, other = opens("Printer jams"), opens("Printer is loud"), opens("VPN is slow")
    strange = opens("Projector flickers", by="jan.wojcik")
    page = marek.get(f"/agent/tickets/{source}/merge").text
    assert page.index(alike) < page.index(other)
    assert "same person · sounds alike" in page
    assert strange not in page
    page = marek.get(f"/agent/tickets/{source}/merge?find=flickers").text
    assert strange in page
    assert alike not in page
    assert "Is closed" in marek.get(f"/agent/tickets/{source}/merge?find={strange.lower()}").text


def test_both_pages_say_what_was_merged_and_the_toast_takes_it_back(marek: Any, opens: Any) -> None:
    source, target = opens("Printer jams", by="jan.wojcik"), opens("Printer is loud")
    preview = marek.get(f"/agent/tickets/{source}/merge?into={target}").text
    assert f"Jan Wójcik follows {target} from now on" in preview
    page = merges(marek, source, target, follow=True).text
    assert "Marek Nowak merged another ticket into it" in page
    assert "Printer jams. Since this morning." in page
    undo = re.search(r'action="(/agent/undo/[^"]+)"', page)
    assert undo is not None
    there = marek.get(f"/agent/tickets/{source}").text
    assert f"This ticket was merged into {target}." in there
    assert "data-composer" not in there
    page = marek.post(unescape(undo[1])).text
    assert f"Undone: {source} is as it was." in page
    assert "Marek Nowak merged it into another ticket (undo)" in page
    assert "data-composer" in page


def test_a_merged_ticket_is_taken_apart_on_its_page(marek: Any, opens: Any) -> None:
    source, target = opens(), opens()
    merges(marek, source, target)
    seen = version(marek, f"/agent/tickets/{source}")
    page = marek.post(f"/agent/tickets/{source}/apart", version=seen).text
    assert f"It stands for itself again. {target} goes on without it." in page
    again = marek.post(f"/agent/tickets/{source}/apart", version=version(marek, f"/agent/tickets/{source}"))
    assert "was not merged, or was taken apart before" in again.text


def test_what_cannot_be_merged_is_said_with_where_it_went(marek: Any, opens: Any) -> None:
    source, target, end = opens(), opens(), opens()
    merges(marek, target, end)
    page = marek.get(f"/agent/tickets/{source}/merge?into={target}").text
    assert f"{target} was itself merged into {end}." in page
    assert f"Merge into {end}" in page
    for into, words in ((source, "merged into itself"), ("IT-99999", "There is no ticket IT-99999"), ("", "Choose")):
        refused = marek.post(f"/agent/tickets/{source}/merge", into=into)
        assert refused.status_code == 422
        assert words in refused.text
    assert marek.post(f"/agent/tickets/{source}/merge", into=end, version="99-1").status_code == 409
    late = marek.post(f"/agent/tickets/{target}/reply", body="Hello", version=version(marek, f"/agent/tickets/{end}"))
    assert f"This was merged into {end}. Go on there." in late.text


def test_the_portal_leads_to_where_the_request_goes_on(marek: Any, browser: Any, opens: Any) -> None:
    source, target, alone = opens(by="jan.wojcik"), opens("Loud"), opens("Third", by="jan.wojcik")
    merges(marek, source, target, follow=True)
    jan = browser("jan.wojcik")
    page = jan.get(f"/requests/{source}").text
    assert f"Your request {source} goes on here, together with this one." in page
    assert f"from {source}" in page
    assert f"from {source}" not in browser("anna.kowalska").get(f"/requests/{target}").text
    late = jan.post(f"/requests/{source}/reply", body="Still broken")
    assert late.status_code == 422
    assert f"This request goes on together with {target}." in late.text
    assert "Still broken" in late.text
    merges(marek, alone, opens("Fourth"))
    page = jan.get(f"/requests/{alone}").text
    assert "We deal with this together with another request, which you do not see." in page
    assert "It goes on together with another request" in page
    assert 'id="answer"' in page
    assert "Send answer" not in page


def test_the_pages_take_few_statements(app: Flask, marek: Any, opens: Any) -> None:
    target = opens("End")
    with app.app_context():
        engine = db.engine
    counts = []
    for _round in range(3):
        source = opens()
        merges(marek, source, target)
        with statements(engine) as ran:
            marek.get(f"/agent/tickets/{target}")
        counts.append(len(ran))
    assert counts[0] == counts[-1] <= 14
    with statements(engine) as ran:
        marek.get(f"/agent/tickets/{opens()}/merge?into={target}")
    assert len(ran) <= 20
