"""What Deskcore promises for its plugins holds for this one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO

from deskcore_knowledge_base import feedback

from deskcore.testing import Canary, Pages

from .conftest import Library


def test_nobody_learns_of_tickets_of_other_desks(library: Library, canary: Canary) -> None:
    library.published()
    canary.check()


def test_its_pages_can_be_used_by_everybody_in_both_languages(library: Library, pages: Pages) -> None:
    lead = library.reader("lead")
    lead.post("/x/knowledge_base/topics", data={"title_en": "Printers", "title_pl": "Drukarki", "position": "1"})
    slug = library.published("Change the toner", category="printers", summary="Soon.")
    lead.post(f"/x/knowledge_base/edit/{slug}", data={"title": "Toner", "body": "x", "desk": "plain", "version": "1"})
    url = f"/x/knowledge_base/articles/{slug}"
    lead.post(f"{url}/files", data={"file": (BytesIO(b"\x89PNG\r\n\x1a\n"), "x.png")})
    address = lead.get(url).text.partition("![x](/answers/files/")[2].partition("/")[0]
    library.reader("requester").post(f"/answers/a/{slug}", data={"helped": "no", "comment": "Which?"})
    with library.open():
        feedback.count_search("toner", "en", 0)
        feedback.count_search("lids", "en", 1)
    typed = ("Printers", "Drukarki", "Change the toner", "x.png", "toner", "Zgłoś sprawę", "Czego dotyczy?")
    pages.check(slug=slug, category="printers", number=1, token=address, name="x.png", typed=typed)


def test_nothing_is_left_when_it_is_off(
    library: Library, plugin_enabled: Callable[..., AbstractContextManager[None]]
) -> None:
    slug = library.published()
    person = library.reader("requester")
    with plugin_enabled("knowledge_base", False):
        assert person.get("/answers").status_code == 404
        assert "Answers" not in person.get("/").text
    assert person.get(f"/answers/a/{slug}").status_code == 200
