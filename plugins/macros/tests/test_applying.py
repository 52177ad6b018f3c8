"""A macro where it is needed: on a ticket, in a list, in the palette, in the composer's menu."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from deskcore_macros.library import find
from flask.testing import FlaskClient

from deskcore.plugin import TicketView
from deskcore.testing import House
from deskcore.tickets.loading import find_ticket, ticket_view
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as

from .conftest import Acting, Keep

User = Callable[[str], FlaskClient]
HIDDEN = r'<input type="hidden" name="(\w+)" value="([^"]*)"'


def seen(house: House, number: str) -> TicketView:
    with house.app.app_context(), acting_as(SYSTEM):
        return ticket_view(find_ticket(number))


def form_of(page: str) -> Mapping[str, str]:
    """Return what the form that applies something sends."""
    form = page[page.index('name="of"') - 900 :]
    return dict(re.findall(HIDDEN, form[: form.index("</form>")]))


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def undo(agent: FlaskClient, page: str) -> str:
    """Press the button of the toast, and return the page that it leads to."""
    [address] = re.findall(r'action="(/agent/undo/[^"]+)"', page)
    return agent.post(address.replace("&amp;", "&"), follow_redirects=True).text


def test_what_a_macro_would_do_is_shown_done_and_undone(
    house: House, as_user: User, ticket: Callable[..., TicketView], keep: Keep, acting: Acting
) -> None:
    before = ticket()
    macro = keep("agent", "Ask", reply="Hello {first_name}, {{7*7}} <b>", status="waiting_requester", assignee="me",
                 priority="urgent", add=("asked",), follow=True)  # fmt: skip
    agent, apply = as_user("agent"), f"/agent/tickets/{before.number}/apply/macros.apply"
    assert "Ask" in agent.get(apply).text
    page = agent.get(f"{apply}?choice={macro.token}").text
    assert "Hello Rita, {{7*7}} &lt;b&gt;" in page
    said = plain(page)
    for part in ("Assignee Nobody → then Agata Agent", "Priority Normal → then Urgent", "Tags no tags → then asked"):
        assert part in said
    assert seen(house, before.number) == before
    done = agent.post(apply, data=form_of(page), follow_redirects=True).text
    after = seen(house, before.number)
    assert (after.priority, after.tags, after.assignee and after.assignee.name) == ("urgent", ("asked",), "Agata Agent")
    assert "Hello Rita" in done
    with acting("agent") as me:
        assert (find(me, macro.token).used, find(me, macro.token).used_at is not None) == (1, True)
    undo(agent, done)
    again = seen(house, before.number)
    assert (again.priority, again.tags, again.assignee, again.status) == ("normal", (), None, before.status)


def test_a_macro_that_was_changed_or_a_ticket_that_was_is_shown_again_first(
    house: House, as_user: User, ticket: Callable[..., TicketView], keep: Keep
) -> None:
    number, macro = ticket().number, keep("agent", "Rank", priority="high")
    agent, apply = as_user("agent"), f"/agent/tickets/{number}/apply/macros.apply"
    sent = form_of(agent.get(f"{apply}?choice={macro.token}").text)
    agent.post(f"/x/macros/{macro.token}", data={"name": "Rank", "priority": "urgent", "version": "1"})
    answer = agent.post(apply, data=sent)
    assert (answer.status_code, "It was changed meanwhile" in answer.text) == (409, True)
    sent = form_of(answer.text)
    as_user("lead").post(f"/agent/tickets/{number}/tags", data={"tags": "new", "version": ""})
    assert agent.post(apply, data=sent).status_code == 409
    assert seen(house, number).priority == "normal"


def test_what_is_not_allowed_is_said_and_nothing_is_done(
    house: House, as_user: User, ticket: Callable[..., TicketView], keep: Keep, acting: Acting
) -> None:
    number, macro = ticket().number, keep("agent", "Give away", assignee="ella@organisation.example", add=("gone",))
    agent, apply = as_user("agent"), f"/agent/tickets/{number}/apply/macros.apply"
    page = agent.get(f"{apply}?choice={macro.token}").text
    assert "Ella Elsewhere does not work on the desk." in page
    assert 'name="of"' not in page
    # Whoever may not see a ticket learns nothing of it by a macro, and nobody applies somebody else's.
    assert as_user("other_agent").get(apply).status_code == 404
    assert as_user("lead").get(f"{apply}?choice={macro.token}").status_code == 404
    assert seen(house, number).tags == ()


def test_a_macro_for_many_tickets_skips_what_it_may_not_do_and_is_undone_at_once(
    house: House, as_user: User, ticket: Callable[..., TicketView], keep: Keep, acting: Acting
) -> None:
    numbers = [ticket().number for _ in range(5)]
    macro = keep("agent", "Wait", status="on_hold", add=("parts",), note="Parts for {number} are ordered.")
    agent = as_user("agent")
    for number in numbers[:2]:
        agent.post(f"/agent/tickets/{number}/named", data={"for": "named", "version": ""})
        agent.post(f"/agent/tickets/{number}/named", data={"member": "leon@organisation.example", "version": ""})
        agent.post(f"/agent/tickets/{number}/named", data={"remove": "agata@organisation.example", "version": ""})
    listed = agent.post("/agent/tickets/bulk", data={"number": numbers, "action": "macros.apply"})
    assert "action=macros.apply" in listed.location
    preview = agent.get(f"{listed.location}&choice={macro.token}").text
    assert "3 tickets will change" in preview
    assert f"Parts for {numbers[4]} are ordered." in preview
    sent = form_of(preview)
    done = agent.post("/agent/tickets/bulk", data=sent, follow_redirects=True).text
    assert "3 tickets changed." in done
    assert [seen(house, number).tags for number in numbers] == [(), (), ("parts",), ("parts",), ("parts",)]
    assert [seen(house, number).status for number in numbers[2:]] == ["on_hold"] * 3
    with acting("agent") as me:
        assert find(me, macro.token).used == 3
    assert "3 tickets are as they were" in undo(agent, done)
    assert {seen(house, number).tags for number in numbers} == {()}


def test_macros_stand_in_the_palette_and_in_the_composers_menu(
    as_user: User,
    ticket: Callable[..., TicketView],
    keep: Keep,
    query_budget: Callable[[int], AbstractContextManager[Any]],
) -> None:
    number, macro = ticket().number, keep("agent", "Close it", status="resolved")
    agent = as_user("agent")
    commands = agent.get(f"/agent/palette?ticket={number}").get_json()["commands"]
    leads = {each["title"]: each["url"] for each in commands}
    assert leads["Macro: Close it"].endswith(f"/agent/tickets/{number}/apply/macros.apply?choice={macro.token}")
    elsewhere = [each["title"] for each in agent.get("/agent/palette").get_json()["commands"]]
    assert ("Macros" in elsewhere, "Macro: Close it" in elsewhere) == (True, False)
    menu = agent.get(f"/agent/tickets/{number}/saved-replies").text
    assert "Close it" in menu
    assert "/x/macros/" in agent.get("/agent/macros").text
    tried = agent.get(f"/x/macros/{macro.token}/try?ticket={number.lower()}")
    assert tried.location.endswith(f"/agent/tickets/{number}/apply/macros.apply?choice={macro.token}")
    assert agent.get(f"/x/macros/{macro.token}/try?ticket=IT-0").location.endswith(f"/x/macros/{macro.token}")
    with query_budget(20):
        assert "Apply macro…" in agent.get(f"/agent/tickets/{number}").text


def test_the_pages_keep_what_was_typed_and_mark_what_is_never_filled_in(as_user: User, acting: Acting) -> None:
    agent = as_user("agent")
    assert "Begin with three" in agent.get("/x/macros/").text
    form = agent.get("/x/macros/new").text
    [token] = re.findall(r'name="token" value="([^"]+)"', form)
    sent = {"token": token, "name": "", "reply": "Dear {customer}, {{7*7}} {request.app}", "add": "a, b"}
    refused = agent.post("/x/macros/", data=sent)
    assert (refused.status_code, "Give it a name." in refused.text) == (422, True)
    assert "{{7*7}} {request.app}" in refused.text
    for _ in range(2):
        kept = agent.post("/x/macros/", data=sent | {"name": "Greet"}, follow_redirects=True).text
    assert kept.count('<h2 class="t">') == 1
    assert '<mark class="tag">{customer}</mark>' in kept
    assert "{request.app}" in kept
    assert agent.post(f"/x/macros/{token}/delete", follow_redirects=True).status_code == 200
    assert agent.get(f"/x/macros/{token}").status_code == 404
    assert as_user("requester").get("/x/macros/").status_code == 403
