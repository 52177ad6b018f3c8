"""Articles on their way: drafts, reviews, versions, translations, and who may do what."""

from __future__ import annotations

import re

import pytest
from deskcore_knowledge_base import reading, writing
from deskcore_knowledge_base.rights import IMPORTER
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskcore.plugin import Conflict, NotAllowed, Refused

from .conftest import AGENT, DESK, LEAD, STRANGER, Library

NEW, ARTICLES = "/x/knowledge_base/new", "/x/knowledge_base/articles"


def form(title: str = "Change the toner", body: str = "1. Open the lid.", **more: object) -> dict[str, object]:
    usual = {"title": title, "body": body, "language": "en", "desk": DESK, "visibility": "staff"}
    return usual | {"action": "draft"} | more


def act(client: FlaskClient, slug: str, action: str, version: int = 1) -> int:
    return client.post(f"{ARTICLES}/{slug}", data={"action": action, "version": version}).status_code


def test_an_agent_writes_and_the_lead_publishes(library: Library) -> None:
    agent, lead = library.reader("agent"), library.reader("lead")
    page = agent.get(NEW).text
    pair = re.search(r'name="pair" value="([^"]+)"', page)
    assert pair is not None
    assert "Save and ask for a review" in page
    for _twice in range(2):
        sent = agent.post(NEW, data=form(pair=pair[1], action="review"))
        assert sent.headers["Location"] == f"{ARTICLES}/change-the-toner"
    assert act(agent, "change-the-toner", "publish") == 403
    assert "Change the toner" in lead.get(f"{ARTICLES}?show=review").text
    assert act(lead, "change-the-toner", "publish") == 303
    assert "Open the lid" in library.reader("requester").get("/answers/a/change-the-toner").text
    assert library.reader("requester").get(ARTICLES).status_code == 403


def test_where_the_desk_trusts_its_agents_they_publish(library: Library, setting) -> None:  # type: ignore[no-untyped-def]
    setting("agents_publish", True)
    sent = library.reader("agent").post(NEW, data=form(action="publish"))
    assert sent.status_code == 303
    assert library.reader("requester").get("/answers/a/change-the-toner").status_code == 200


def test_a_change_waits_while_readers_see_what_is_published(library: Library) -> None:
    slug = library.published()
    lead, url = library.reader("lead"), f"/answers/a/{slug}"
    sent = lead.post(f"/x/knowledge_base/edit/{slug}", data=form(body="1. Open the cover.", version=1))
    assert sent.status_code == 303
    assert "Open the lid" in library.reader("requester").get(url).text
    assert "Published, with changes" in lead.get(f"{ARTICLES}/{slug}").text
    compared = lead.get(f"{ARTICLES}/{slug}/versions/2").text
    assert re.search(r"<del>.*1\. Open the lid\.</del>", compared)
    assert re.search(r"<ins>.*1\. Open the cover\.</ins>", compared)
    assert act(lead, slug, "publish", 2) == 303
    assert "Open the cover" in library.reader("requester").get(url).text
    assert lead.post(f"{ARTICLES}/{slug}/versions/1", data={"version": 2}).status_code == 303
    assert act(lead, slug, "publish", 3) == 303
    assert "Open the lid" in library.reader("requester").get(url).text


def test_two_who_change_the_same_article_both_keep_their_text(library: Library) -> None:
    slug = library.draft()
    agent, url = library.reader("agent"), f"/x/knowledge_base/edit/{slug}"
    assert agent.post(url, data=form(body="First.", version=1)).status_code == 303
    crossed = library.reader("lead").post(url, data=form(body="Second.", version=1))
    assert crossed.status_code == 409
    assert "First." in crossed.text
    assert "Second." in crossed.text
    assert 'name="version" value="2"' in crossed.text
    assert act(agent, slug, "review", 1) == 409


def test_what_is_missing_is_said_and_nothing_typed_is_lost(library: Library) -> None:
    agent = library.reader("agent")
    refused = agent.post(NEW, data=form(title=" ", visibility="nobody", category="none", review_on="soon"))
    assert refused.status_code == 422
    assert "1. Open the lid." in refused.text
    refused = agent.post(NEW, data=form(title="x" * 201, visibility="nobody", category="none"))
    assert [refused.text.count(f'href="#kb-{name}"') for name in ("title", "visibility", "category")] == [1, 1, 1]
    assert agent.post(NEW, data=form(desk="elsewhere")).status_code == 403


def test_the_preview_shows_what_readers_would_see_and_stores_nothing(library: Library) -> None:
    agent = library.reader("agent")
    page = agent.post(NEW, data=form(body="# Safe\n\n<script>alert(1)</script>\n\n**bold**", action="preview")).text
    assert "<h2>Safe</h2>" in page
    assert "<strong>bold</strong>" in page
    assert "<script>alert" not in page
    assert "No articles yet" in agent.get(ARTICLES).text


def test_a_translation_is_shown_beside_its_original_and_falls_behind_with_it(library: Library) -> None:
    slug = library.published()
    lead = library.reader("lead")
    assert "1. Open the lid." in lead.get(f"{NEW}?of={slug}").text
    sent = lead.post(NEW, data=form("Wymień toner", "1. Otwórz.", language="pl", of=slug, action="publish"))
    polish = sent.headers["Location"].rpartition("/")[2]
    assert lead.get(f"{NEW}?of={slug}").headers["Location"].endswith(f"/edit/{polish}")
    warning = "has a newer version of this article"
    person = library.reader("requester")
    assert warning not in person.get(f"/answers/a/{polish}").text
    lead.post(f"/x/knowledge_base/edit/{slug}", data=form(body="1. Open both lids.", version=1, action="publish"))
    assert warning in person.get(f"/answers/a/{polish}").text
    assert warning not in person.get(f"/answers/a/{slug}").text
    again = form("Wymień toner", "1. Otwórz obie.", version=1, action="publish")
    lead.post(f"/x/knowledge_base/edit/{polish}", data=again)
    assert warning not in person.get(f"/answers/a/{polish}").text
    assert warning not in person.get(f"/answers/a/{slug}").text


def test_both_languages_are_for_the_same_readers(library: Library) -> None:
    slug = library.published(visibility="desk", pair="p")
    lead = library.reader("lead")
    lead.post(NEW, data=form("Wymień toner", language="pl", visibility="public", of=slug, action="publish"))
    for each in (slug, "wymien-toner"):
        assert library.article(each).visibility == "desk"
        assert library.house.app.test_client().get(f"/answers/a/{each}").status_code == 404
    agent = library.reader("agent")
    opened = agent.post(f"/x/knowledge_base/edit/{slug}", data=form(visibility="public", version=1))
    assert opened.status_code == 403


def test_nobody_writes_for_a_desk_of_others(library: Library) -> None:
    slug = library.published()
    with library.open():
        for step in (writing.publish, writing.ask_for_review, writing.archive, writing.bring_back):
            with pytest.raises(NotAllowed):
                step(slug, STRANGER, 1)
        with pytest.raises(NotAllowed):
            writing.save(slug, library.wanted(desk="elsewhere"), STRANGER, 1)
        with pytest.raises(NotAllowed):
            writing.save(slug, library.wanted(desk="elsewhere"), AGENT, 1)
        with pytest.raises(NotAllowed):
            writing.restore(slug, 1, STRANGER, 1)
    other = library.reader("other_agent")
    assert other.get(f"{ARTICLES}/{slug}").status_code == 200
    assert other.get(f"/x/knowledge_base/edit/{slug}").status_code == 403
    assert other.get(f"{ARTICLES}/{slug}/versions/1").status_code == 403
    hidden = library.draft("A draft")
    assert other.get(f"{ARTICLES}/{hidden}").status_code == 404


def test_the_archive_gives_back_a_draft(library: Library) -> None:
    slug, lead = library.published(), library.reader("lead")
    assert act(lead, slug, "archive") == 303
    assert "Change the toner" in lead.get(f"{ARTICLES}?show=archived").text
    assert act(lead, slug, "bring_back") == 303
    assert library.reader("requester").get(f"/answers/a/{slug}").status_code == 404
    assert act(lead, slug, "bring_back") == 422


def test_articles_are_due_for_review_until_somebody_says_that_they_are_right(library: Library) -> None:
    from datetime import date, timedelta

    slug = library.published(review_on=date(2020, 1, 1))
    agent, url = library.reader("agent"), f"{ARTICLES}/{slug}"
    assert "Change the toner" in agent.get(f"{ARTICLES}?show=stale").text
    assert agent.post(url, data={"action": "reviewed", "version": 1, "review_on": "2020-01-02"}).status_code == 422
    later = (date.today() + timedelta(days=400)).isoformat()
    assert agent.post(url, data={"action": "reviewed", "version": 1, "review_on": later}).status_code == 303
    assert "Change the toner" not in agent.get(f"{ARTICLES}?show=stale").text


STEPS = st.lists(st.sampled_from(["save en", "save pl", "publish en", "publish pl"]), max_size=8)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_an_article_is_behind_exactly_while_its_translation_says_more(library: Library, steps: list[str]) -> None:
    """A model: each save either brings something new, or catches up with what the other language brought."""
    with library.open():
        pair = writing.new_pair()
        slugs = {
            "en": writing.add(library.wanted("One"), IMPORTER, pair).slug,
            "pl": writing.add(library.wanted("Raz", language="pl"), IMPORTER, pair).slug,
        }
        # What each language says, and what of it is published: the number of the newest news that it knows of.
        knows, public, news = {"en": 0, "pl": 0}, {"en": -1, "pl": -1}, 0
        for place, step in enumerate(steps):
            action, language = step.split()
            other = "pl" if language == "en" else "en"
            article = library._read(slugs[language])
            if action == "publish":
                writing.publish(article.slug, LEAD, article.latest)
                public[language] = knows[language]
            else:
                wanted = library.wanted(article.title, f"Text {place}", language=language)
                writing.save(article.slug, wanted, AGENT if not article.live else LEAD, article.latest)
                if knows[other] > knows[language]:
                    knows[language] = knows[other]
                else:
                    news += 1
                    knows[language] = news
            for one, two in (("en", "pl"), ("pl", "en")):
                first, second = library._read(slugs[one]), library._read(slugs[two])
                assert reading.is_behind(first, second) == (public[two] > knows[one]), (steps[: place + 1], one)


def test_errors_name_what_to_do(library: Library) -> None:
    slug = library.draft()
    with library.open():
        with pytest.raises(Conflict, match="Read what changed"):
            writing.publish(slug, LEAD, 7)
        with pytest.raises(Refused, match="not in review"):
            writing.send_back(slug, LEAD, 1)
