"""Pictures and documents of articles."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from deskcore_knowledge_base import files
from sqlalchemy import select

from deskcore import clock
from deskcore.plugin import Refused, session, unit_of_work

from .conftest import LEAD, Library

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def test_a_picture_is_shown_to_readers_of_its_article_and_to_nobody_else(library: Library) -> None:
    slug = library.published(visibility="staff")
    lead, url = library.reader("lead"), f"/x/knowledge_base/articles/{slug}"
    for name, content, status in (("", b"", 422), ("e.png", b"", 422), ("x.png", PNG, 303), ("a.svg", SVG, 303)):
        upload = {"file": (BytesIO(content), name)} if name else {}
        assert lead.post(f"{url}/files", data=upload).status_code == status
    with library.open(), pytest.raises(Refused, match="larger than 10 MB"):
        files.add_file(library._read(slug), "big.bin", b"x" * (files.MOST + 1), LEAD)
    page = lead.get(url).text
    address = page.partition("![x](")[2].partition(")")[0]
    shown = library.reader("requester").get(address)
    assert (shown.status_code, shown.mimetype, shown.data) == (200, "image/png", PNG)
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert library.house.app.test_client().get(address).status_code == 404
    svg = page.partition(">[a](")[2].partition(")")[0]
    saved = library.reader("requester").get(svg)
    assert saved.mimetype == "application/octet-stream"
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert library.reader("other_agent").post(f"{url}/files", data={"file": (BytesIO(PNG), "x.png")}).status_code == 403
    token = address.split("/")[3]
    assert lead.post(url, data={"action": "archive", "version": "1"}).status_code == 303
    assert library.reader("requester").get(address).status_code == 404
    for reader, status in ((lead, 200), (library.reader("other_agent"), 404)):
        assert reader.get(f"/x/knowledge_base/files/{token}").status_code == status
    assert lead.post(url, data={"action": "bring_back", "version": "1"}).status_code == 303
    assert lead.post(url, data={"action": "publish", "version": "1"}).status_code == 303
    assert library.reader("other_agent").post(f"{url}/files/{token}/remove").status_code == 403
    assert library.reader("requester").get(address).status_code == 200
    assert lead.post(f"{url}/files/{token}/remove").status_code == 303
    assert library.reader("requester").get(address).status_code == 404


def test_files_of_an_article_that_was_never_saved_go_after_a_day(library: Library) -> None:
    """What is on its way stays: a file of a draft, and one of an article, however old they are."""
    agent = library.reader("agent")
    slug = library.draft()
    with library.open():
        files.add_file(library._read(slug), "kept.png", PNG, LEAD)
        for pair in ("begun", "lost"):
            files.keep_file(pair, f"{pair}.png", PNG, LEAD)
    kept = {"title": "Toner", "pair": "begun", "_step": "1"}
    assert agent.post("/x/knowledge_base/draft", data=kept, headers={"Accept": "application/json"}).status_code == 200
    assert names_after(library, timedelta(hours=23)) == {"kept.png", "begun.png", "lost.png"}
    assert names_after(library, timedelta(hours=25)) == {"kept.png", "begun.png"}
    agent.post("/x/knowledge_base/draft", data={"_discard": "1"})
    assert names_after(library, timedelta(hours=25)) == {"kept.png"}


def names_after(library: Library, time: timedelta) -> set[str]:
    """Return the names of the files that there are after some time."""
    with library.open(), clock.at(clock.now() + time):
        files.collect_files({})
        return set(session().scalars(select(files.File.name)))


def test_an_article_has_so_many_files_and_no_more(library: Library) -> None:
    with library.open(), unit_of_work():
        for place in range(files.MANY):
            files.keep_file("p", f"{place}.txt", b"x", LEAD)
        with pytest.raises(Refused, match="at most 100 files"):
            files.keep_file("p", "one-more.txt", b"x", LEAD)
        assert files.keep_file("other", "first.txt", b"x", LEAD).token
