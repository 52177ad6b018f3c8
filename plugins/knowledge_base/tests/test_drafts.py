"""Nothing that somebody writes is lost: it is kept while it is written, and two pages never overwrite each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from deskcore_knowledge_base import files
from flask.testing import FlaskClient

from .conftest import DESK, LEAD, Library

NEW, DRAFT = "/x/knowledge_base/new", "/x/knowledge_base/draft"
SCRIPT = {"Accept": "application/json"}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


class Page:
    """The editor, open in a browser: it knows what the script of the page knows."""

    def __init__(self, client: FlaskClient, address: str) -> None:
        self._client, self.address = client, address
        self.text = client.get(address).text
        controls = re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', self.text)
        self.hidden = {name: value for name, value in controls if name != "csrf_token"}
        saved_to = re.search(r'data-draft="([^"]+)"', self.text)
        assert saved_to is not None
        self._saved_to = saved_to[1].replace("&amp;", "&")

    def save(self, headers: Mapping[str, str] = SCRIPT, **typed: Any) -> Any:
        """Save as the script does, a moment after the last key."""
        self.hidden["_step"] = str(int(self.hidden["_step"]) + 1)
        usual = {"title": "", "body": "", "language": "en", "desk": DESK, "visibility": "staff"}
        answer = self._client.post(self._saved_to, data=usual | self.hidden | typed, headers=headers)
        if answer.is_json and answer.status_code == 200:
            self.hidden["_draft"] = answer.get_json()["draft"]
        return answer

    def send(self, **typed: Any) -> Any:
        """Press a button of the form."""
        usual = {"language": "en", "desk": DESK, "visibility": "staff", "action": "draft"}
        return self._client.post(self.address, data=usual | self.hidden | typed)


def typed_in(page: str) -> str:
    """Return what the text of the editor holds."""
    return page.partition('id="kb-body"')[2].partition(">")[2].partition("</textarea>")[0]


def test_what_was_typed_is_there_again_until_it_is_saved(library: Library) -> None:
    agent = library.reader("agent")
    page = Page(agent, NEW)
    assert page.save(title="Toner", body="1. Open").get_json()["said"].startswith("Draft saved at")
    page.save(title="Toner", body="1. Open the lid.")
    again = Page(library.reader("agent"), NEW)
    assert typed_in(again.text) == "1. Open the lid."
    assert "You have a draft from" in again.text
    assert typed_in(library.reader("lead").get(NEW).text) == ""
    assert again.send(title="Toner", body="1. Open the lid.").status_code == 303
    assert typed_in(agent.get(NEW).text) == ""
    assert "Toner" in agent.get("/x/knowledge_base/articles").text


def test_what_arrives_late_does_not_win_and_another_page_is_not_overwritten(library: Library) -> None:
    agent, slug = library.reader("agent"), library.draft()
    office = Page(agent, f"/x/knowledge_base/edit/{slug}")
    home = Page(agent, f"/x/knowledge_base/edit/{slug}")
    office.save(body="From the office.")
    office.hidden["_step"] = "0"
    office.save(body="Late.")
    assert typed_in(agent.get(office.address).text) == "From the office."
    assert home.save(body="From home.").status_code == 409
    both = home.save({}, body="From home.")
    assert both.status_code == 409
    assert "From the office." in both.text
    assert typed_in(both.text) == "From home."


def test_a_text_that_is_refused_is_kept_and_so_is_what_the_preview_shows(library: Library) -> None:
    agent = library.reader("agent")
    page = Page(agent, NEW)
    assert page.send(title="", body="No title yet.").status_code == 422
    assert typed_in(agent.get(NEW).text) == "No title yet."
    shown = Page(agent, NEW).send(title="T", body="**Bold**", action="preview").text
    assert "<strong>Bold</strong>" in shown
    assert typed_in(agent.get(NEW).text) == "**Bold**"


def test_whoever_opens_an_article_sees_that_somebody_else_is_writing_on_it(library: Library) -> None:
    slug = library.draft()
    address = f"/x/knowledge_base/edit/{slug}"
    agent, lead = Page(library.reader("agent"), address), Page(library.reader("lead"), address)
    assert agent.save(body="From the agent.").status_code == 200
    assert "Agata Agent is writing on this article, too" in library.reader("lead").get(address).text
    assert lead.send(title="Toner", body="From the lead.").status_code == 303
    crossed = agent.send(title="Toner", body="From the agent.")
    assert crossed.status_code == 409
    assert "From the lead." in crossed.text
    assert typed_in(crossed.text) == "From the agent."


def test_a_draft_is_discarded_without_touching_the_article(library: Library) -> None:
    slug = library.draft()
    page = Page(library.reader("agent"), f"/x/knowledge_base/edit/{slug}")
    page.save(body="Not this.")
    assert page.save({}, _discard="leave").status_code == 303
    assert typed_in(library.reader("agent").get(page.address).text) == "1. Open the lid."
    assert library.reader("other_agent").post(DRAFT, query_string={"article": slug}).status_code == 404
    assert library.reader("requester").post(DRAFT).status_code == 403


def test_no_file_is_put_to_or_seen_of_an_article_of_others(library: Library) -> None:
    slug = library.published(pair="p", visibility="desk")
    with library.open():
        files.keep_file("p", "plan of the vault.png", PNG, LEAD)
    stranger = Page(library.reader("other_agent"), NEW)
    stranger.hidden["pair"] = "p"
    stranger.save(title="Toner", body="1. Open", desk="elsew", file=(BytesIO(PNG), "mine.png"))
    assert "plan of the vault" not in Page(library.reader("other_agent"), NEW).text
    with library.open():
        assert [each.name for each in files.files_of("p")] == ["plan of the vault.png"]
    assert "plan of the vault" in library.reader("agent").get(f"/x/knowledge_base/edit/{slug}").text


def test_a_picture_is_added_while_the_article_is_written_and_seen_before_it_is_published(library: Library) -> None:
    agent = library.reader("agent")
    page = Page(agent, NEW)
    sent = page.save(title="Toner", body="1. Open", file=(BytesIO(PNG), "lid open.png")).get_json()
    [added] = sent["files"]
    assert added["label"].startswith("![lid open](/answers/files/")
    empty = page.save(title="Toner", body="1. Open", file=(BytesIO(b""), "nothing.png")).get_json()
    assert (empty["files"], empty["said"]) == ([], "The file is empty. Choose another one.")
    shown = page.send(title="Toner", body=f"1. Open\n\n{added['label']}", action="preview").text
    picture = re.search(r'<img[^>]* src="(/x/knowledge_base/files/[^"]+)"', shown)
    assert picture is not None
    assert agent.get(picture[1]).data == PNG
    assert library.reader("lead").get(picture[1]).status_code == 404
    assert page.send(title="Toner", body=added["label"]).status_code == 303
    assert library.reader("lead").get(picture[1]).data == PNG
    address = added["label"].partition("(")[2].rstrip(")")
    assert library.reader("requester").get(address).status_code == 404
