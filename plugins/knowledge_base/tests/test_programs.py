"""Programs read and write articles through the API."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from .conftest import DESK, Library

ARTICLES = "/api/v1/x/knowledge_base/articles"
BODY = {"title": "Change the toner", "body": "1. Open the lid.", "desk": DESK}
Api = Callable[[str], FlaskClient]


def test_an_article_is_put_once_however_often_it_is_sent(library: Library, api: Api) -> None:
    lead = api("lead")
    for _twice in range(2):
        answer = lead.put(f"{ARTICLES}/toner", json=BODY | {"publish": True})
        assert (answer.status_code, answer.json["version"], answer.json["state"]) == (200, 1, "published")
    changed = BODY | {"body": "1. Open the cover."}
    assert lead.put(f"{ARTICLES}/toner", json=changed).status_code == 409
    answer = lead.put(f"{ARTICLES}/toner", json=changed | {"version": 1})
    assert (answer.json["version"], answer.json["state"]) == (2, "draft")
    assert lead.get(f"{ARTICLES}/toner").json["body"] == "1. Open the cover."
    assert api("requester").get(f"{ARTICLES}/toner").json["body"] == "1. Open the lid."


def test_only_those_write_who_may(library: Library, api: Api) -> None:
    for role in ("requester", "other_agent"):
        assert api(role).put(f"{ARTICLES}/toner", json=BODY).status_code == 403
    assert api("agent").put(f"{ARTICLES}/toner", json=BODY | {"publish": True}).status_code == 403
    assert api("requester").get(f"{ARTICLES}/toner").status_code == 404


def test_what_is_wrong_is_named(library: Library, api: Api) -> None:
    def fields(name: str = "toner", **body: object) -> set[str]:
        answer = api("lead").put(f"{ARTICLES}/{name}", json=BODY | body)
        assert answer.status_code == 422, answer.json
        return {each["field"] for each in answer.json["errors"]}

    assert fields(body=1) == {"body"}
    assert fields(title=" ", visibility="nobody", category="none", language="de") == {
        "title", "visibility", "category", "language",
    }  # fmt: skip
    assert fields(review_on="soon") == {"review_on"}
    assert fields(name="Not a slug") == {"slug"}
    assert fields(nonsense=1) == {"nonsense"}


def test_the_list_goes_on_after_the_last_and_shows_what_may_be_read(library: Library, api: Api) -> None:
    for number in range(5):
        library.published(f"Article {number}", visibility="desk" if number == 2 else "staff")
    found, after = [], ""
    while after is not None:
        page = api("requester").get(ARTICLES, query_string={"limit": 2, "after": after}).json
        found += [each["slug"] for each in page["items"]]
        after = page["next"]
    assert found == ["article-0", "article-1", "article-3", "article-4"]
    assert len(api("agent").get(ARTICLES).json["items"]) == 5
