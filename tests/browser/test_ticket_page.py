"""The ticket's page in a real browser: where it opens, what is pasted and dropped, what is printed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import expect

from deskcore.tickets import services
from deskcore.tickets.agent_models import TicketRead
from deskcore.tickets.conversation_models import Attachment
from deskcore.tickets.opening import NewTicket, open_ticket
from deskcore.tickets.saved_replies import Wanted, add_saved_reply
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as
from tests.replies import let_replies_go_out

#: Puts a file into an event, as a paste or a drop of the browser's own would.
FILE = """([kind, name]) => {
  const data = new DataTransfer();
  data.items.add(new File(["error 503"], name, { type: "text/plain" }));
  const at = document.querySelector("#reply-body");
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  at.dispatchEvent(event);
}"""


@pytest.fixture
def number(act: Callable[..., Any], person_named: Callable[[str], Any]) -> str:
    """Give a ticket of Anna's."""
    anna = person_named("anna.kowalska").id
    with act("anna.kowalska"):
        return open_ticket(NewTicket("it", "incident", "VPN drops", "Again", anna, "portal", {"service": "x"}))


@pytest.fixture
def ola_writes(act: Callable[..., Any], number: str) -> Callable[[int], None]:
    """Give ``ola_writes(30)``: so many long notes."""

    def written(count: int) -> None:
        with act("ola.mazur", "workspace"):
            for place in range(count):
                services.note(number, f"Note {place}.\n\n" + "A long line of words.\n\n" * 5)

    return written


def test_the_page_says_how_far_it_was_read_and_opens_where_that_ended(
    app: Flask, hand: Any, number: str, ola_writes: Callable[[int], None]
) -> None:
    ola_writes(4)
    marek = hand("marek.nowak")
    with marek.page.expect_response("**/read"):
        marek.open(f"/agent/tickets/{number}")
    with app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalar(sa.select(TicketRead.seq)) == 5
    ola_writes(30)
    marek.open(f"/agent/tickets/{number}")
    expect(marek.page.locator("#unread")).to_be_in_viewport()
    expect(marek.page.get_by_text("30 new messages").first).to_be_visible()
    assert marek.errors == []


def test_a_permalink_leads_into_what_is_folded(hand: Any, number: str, ola_writes: Callable[[int], None]) -> None:
    ola_writes(30)
    marek = hand("marek.nowak")
    marek.open(f"/agent/tickets/{number}#m5")
    expect(marek.page.locator("#m5")).to_be_in_viewport()


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_file_that_is_pasted_or_dropped_is_named_and_sent(app: Flask, hand: Any, number: str, kind: str) -> None:
    marek = hand("marek.nowak")
    marek.open(f"/agent/tickets/{number}")
    marek.page.locator("#reply-body").fill("See the log.")
    marek.page.evaluate(FILE, [kind, "client.log"])
    expect(marek.page.locator(".pane-reply").get_by_text("client.log").first).to_be_visible()
    marek.page.keyboard.press("Control+Enter")
    expect(marek.page.locator(".thread .attach")).to_have_text(re.compile("client.log"))
    let_replies_go_out(app)
    with app.app_context(), acting_as(SYSTEM) as session:
        assert session.scalars(sa.select(Attachment.name)).all() == ["client.log"]
    assert marek.errors == []


def test_saved_replies_are_narrowed_while_typing_and_go_where_the_cursor_is(
    hand: Any, act: Callable[..., Any], number: str
) -> None:
    with act("marek.nowak", "workspace"):
        add_saved_reply(Wanted("Restart", "Restart it."))
        add_saved_reply(Wanted("Thanks", "Thank you, {first_name}."))
    marek = hand("marek.nowak")
    marek.open(f"/agent/tickets/{number}")
    box = marek.page.locator("#reply-body")
    box.fill("Before. ")
    box.press("Escape")
    marek.page.keyboard.press("m")
    expect(marek.page.get_by_role("link", name="Restart")).to_be_visible()
    marek.page.keyboard.type("than")
    expect(marek.page.get_by_role("link", name="Restart")).to_be_hidden()
    marek.page.keyboard.press("Enter")
    expect(box).to_have_value("Before. Thank you, Anna.")
    assert marek.errors == []


def test_without_javascript_a_saved_reply_is_chosen_on_a_page_of_its_own(
    hand: Any, act: Callable[..., Any], number: str
) -> None:
    with act("marek.nowak", "workspace"):
        add_saved_reply(Wanted("Restart", "Restart it."))
    marek = hand("marek.nowak", java_script_enabled=False)
    marek.open(f"/agent/tickets/{number}")
    marek.page.locator("summary[data-command=macro]").click()
    marek.page.get_by_role("link", name="All saved replies").click()
    marek.page.get_by_role("link", name="Insert Restart").click()
    expect(marek.page.locator("#reply-body")).to_have_value("Restart it.")
    marek.page.get_by_role("button", name="Send to Anna").click()
    expect(marek.page.get_by_text("Restart it.").first).to_be_visible()


def test_the_print_shows_the_whole_conversation_with_notes_marked_and_no_controls(
    hand: Any, number: str, ola_writes: Callable[[int], None]
) -> None:
    ola_writes(30)
    marek = hand("marek.nowak")
    marek.open(f"/agent/tickets/{number}")
    marek.page.emulate_media(media="print")
    marek.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for shown in ("Note 3.", "Note 15.", "Note 29."):
        expect(marek.page.get_by_text(shown, exact=True)).to_be_visible()
    expect(marek.page.get_by_text("Internal note – requester can't see it").nth(15)).to_be_visible()
    for hidden in ("#composer", ".bar", ".side", ".toasts"):
        expect(marek.page.locator(hidden)).to_be_hidden()
    for control in marek.page.locator("button, input, select, textarea").all():
        expect(control).to_be_hidden()


def test_a_sent_reply_is_taken_back_by_z_into_the_composer(hand: Any, number: str) -> None:
    marek = hand("marek.nowak")
    marek.open(f"/agent/tickets/{number}")
    box = marek.page.locator("#reply-body")
    box.fill("Which network do you use?")
    marek.page.locator(".pane-reply select[name=status]").select_option(label="Waiting for requester")
    box.press("Control+Enter")
    line = marek.page.locator(".msg.held")
    expect(line).to_contain_text(re.compile(r"Goes out in \d+ s.*then Waiting for requester"))
    expect(marek.page.locator(".toast")).to_contain_text("The reply goes out in 10 s.")
    expect(box).to_have_value("")
    marek.page.keyboard.press("z")
    expect(box).to_have_value("Which network do you use?")
    expect(box).to_be_focused()
    expect(line).to_have_count(0)
    expect(marek.page.locator(".pane-reply select[name=status] option:checked")).to_have_text("Waiting for requester")
    assert marek.errors == []


def test_the_page_shows_by_itself_that_a_reply_has_gone_out(app: Flask, hand: Any, number: str) -> None:
    marek = hand("marek.nowak")
    marek.page.clock.install()
    marek.open(f"/agent/tickets/{number}")
    marek.page.locator("#reply-body").fill("Which network do you use?")
    marek.page.locator("#reply-body").press("Control+Enter")
    expect(marek.page.locator(".msg.held")).to_have_count(1)
    marek.page.locator("#note-body").evaluate("box => { box.value = 'still here' }")
    before = marek.page.locator(".pane-note [name=version]").input_value()
    let_replies_go_out(app)
    marek.page.clock.run_for(11_000)
    expect(marek.page.locator(".msg.held")).to_have_count(0)
    expect(marek.page.locator(".msg.mine")).to_contain_text("Which network do you use?")
    expect(marek.page.locator(".pane-note [name=version]")).not_to_have_value(before)
    expect(marek.page.locator("#note-body")).to_have_value("still here")
    assert marek.errors == []


def test_a_form_does_not_claim_that_somebody_saw_what_the_page_did_not_show(app: Flask, hand: Any, number: str) -> None:
    marek = hand("marek.nowak")
    marek.page.clock.install()
    marek.open(f"/agent/tickets/{number}")
    marek.page.locator("#reply-body").fill("Which network do you use?")
    marek.page.locator("#reply-body").press("Control+Enter")
    expect(marek.page.locator(".msg.held")).to_have_count(1)
    before = marek.page.locator(".pane-note [name=version]").input_value()
    marek.page.locator("[data-live=thread] .perma").first.focus()
    state = marek.page.locator("[data-live=state]")
    state.evaluate("part => { part.dataset.old = '1' }")
    let_replies_go_out(app)
    marek.page.clock.run_for(11_000)
    expect(state).not_to_have_attribute("data-old", "1")  # what is not in use is shown as it is now
    expect(marek.page.locator(".msg.held")).to_have_count(1)
    expect(marek.page.locator(".pane-note [name=version]")).to_have_value(before)


def test_without_javascript_a_sent_reply_is_taken_back_by_the_button_beside_it(hand: Any, number: str) -> None:
    marek = hand("marek.nowak", java_script_enabled=False)
    marek.open(f"/agent/tickets/{number}")
    marek.page.locator("#reply-body").fill("Which network do you use?")
    marek.page.get_by_role("button", name="Send to Anna").click()
    marek.page.get_by_role("button", name="Take back").click()
    expect(marek.page.locator("#reply-body")).to_have_value("Which network do you use?")
    expect(marek.page.locator(".msg.held")).to_have_count(0)


def test_a_change_is_undone_by_a_click_without_javascript(hand: Any, number: str) -> None:
    marek = hand("marek.nowak", java_script_enabled=False)
    marek.open(f"/agent/tickets/{number}")
    marek.page.get_by_role("button", name="Assign to me").click()
    marek.page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(marek.page.get_by_text(f"Undone: {number} is as it was.")).to_be_visible()
