"""Operations of the API, under ``/api/v1/x/knowledge_base``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import Schema, ValidationError, fields
from sqlalchemy import select

from deskcore.plugin import ApiResource, Problem, Refused, schemas, search, session
from deskcore_knowledge_base import reading, shelving, writing
from deskcore_knowledge_base.models import MAX_BODY, MAX_SLUG, MAX_SUMMARY, MAX_TITLE, Article
from deskcore_knowledge_base.rights import writer
from deskcore_knowledge_base.slugs import slug_of
from deskcore_knowledge_base.writing import Wanted

#: Articles of one page of the list.
_PAGE, _MOST_OF_A_PAGE = 25, 100


class ArticleSchema(Schema):
    """An article."""

    slug = fields.String(required=True)
    language = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    body = fields.String(required=True)
    category = fields.String(required=True)
    state = fields.String(required=True)
    visibility = fields.String(required=True)
    desk = fields.String(required=True)
    review_on = fields.Date(required=True, allow_none=True)
    version = fields.Integer(required=True)
    translation = fields.String(required=True)
    updated_at = fields.DateTime(required=True, format="iso")


class ArticleLine(Schema):
    """An article in a list."""

    slug = fields.String(required=True)
    language = fields.String(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    visibility = fields.String(required=True)
    desk = fields.String(required=True)


class ArticlesSchema(Schema):
    """A page of articles, and where the next one begins; ``null`` after the last."""

    items = fields.List(fields.Nested(ArticleLine), required=True)
    next = fields.String(required=True, allow_none=True)


class ArticlesQuery(schemas.Body):
    """Which articles a page lists."""

    language = schemas.Line(most=2, load_default="")
    after = schemas.Line(most=MAX_SLUG, load_default="")
    limit = fields.Integer(load_default=_PAGE)


class _Text(fields.String):
    """Text of any lines."""

    default_error_messages: dict[str, Any] = {
        "invalid": _l("Send this as text."),
        "required": _l("This is needed."),
        "null": _l("This cannot be null."),
    }

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        if len(value) > MAX_BODY:
            raise ValidationError(_("Use at most %(count)s characters.", count=MAX_BODY))
        return value


class ArticleBody(schemas.Body):
    """A text of an article, who looks after it, and who may read it; ``version`` is the one that was changed."""

    title = schemas.Line(most=MAX_TITLE, required=True)
    summary = schemas.Line(most=MAX_SUMMARY, load_default="")
    body = _Text(required=True)
    language = schemas.Line(most=2, load_default="en")
    category = schemas.Line(most=MAX_SLUG, load_default="")
    visibility = schemas.Line(most=10, load_default="staff")
    desk = schemas.Line(most=60, required=True)
    review_on = schemas.Line(most=10, load_default="")
    version = fields.Integer(load_default=0, strict=True)
    publish = schemas.Flag(load_default=False)


def list_articles(query: dict[str, Any]) -> dict[str, Any]:
    """List what is published for whoever asks, by slug."""
    limit = min(max(query["limit"], 1), _MOST_OF_A_PAGE)
    wanted = select(Article).where(reading.readable_by(search.audience()), Article.slug > query["after"])
    if query["language"]:
        wanted = wanted.where(Article.language == query["language"])
    found = session().scalars(wanted.order_by(Article.slug).limit(limit + 1)).all()
    return {"items": found[:limit], "next": found[limit - 1].slug if len(found) > limit else None}


def get_article(slug: str) -> dict[str, Any]:
    """Return an article: what is published, or the newest text for whoever writes it."""
    who = writer()
    found = shelving.find_mine(slug, shelving.mine(who.desks, search.audience()))
    return _represented(found, found.latest if who.writes(found.desk) else found.live)


def put_article(slug: str, body: dict[str, Any]) -> dict[str, Any]:
    """Add an article under a name of your choice, or change the one that has it."""
    who, version, publishes = writer(), body.pop("version"), body.pop("publish")
    wanted = Wanted(**{**body, "review_on": _day(body["review_on"])})
    if slug != slug_of(slug, MAX_SLUG):
        raise Refused(Problem(_("Use lower-case letters, digits and dashes, such as reset-password."), "slug"))
    if session().scalar(select(Article.id).where(Article.slug == slug)) is None:
        article = writing.add(wanted, who, slug=slug)
    else:
        article = writing.save(slug, wanted, who, version)
    if publishes and article.live != article.latest:
        article = writing.publish(slug, who, article.latest)
    return _represented(article, article.latest)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused(Problem(_("Write the day like 2026-11-30."), "review_on")) from None


def _represented(article: Article, number: int) -> dict[str, Any]:
    text, other = reading.version_of(article, number), reading.translation_of(article)
    keys = ("slug", "language", "state", "visibility", "desk", "review_on", "updated_at")
    return {key: getattr(article, key) for key in keys} | {
        "title": text.title,
        "summary": text.summary,
        "body": text.body,
        "category": next((each.slug for each in reading.categories() if each.id == article.category_id), ""),
        "version": number,
        "translation": other.slug if other is not None and other.readable else "",
    }


_LINE = {
    "slug": "reset-password",
    "language": "en",
    "title": "Reset your password",
    "summary": "What to do when you cannot sign in.",
    "visibility": "staff",
    "desk": "it",
}
_ARTICLE = _LINE | {
    "body": "1. Open the sign-in page.\n2. Choose “Forgot password”.",
    "category": "accounts",
    "state": "published",
    "review_on": "2027-05-31",
    "version": 3,
    "translation": "zmien-haslo",
    "updated_at": "2026-11-20T09:30:00+00:00",
}
_SENT = {"title": "Reset your password", "body": "1. Open the sign-in page.", "desk": "it", "publish": True}

RESOURCES = [
    ApiResource(
        "knowledge_base_list_articles",
        "GET",
        "/articles",
        list_articles,
        answer=ArticlesSchema,
        query=ArticlesQuery,
        example={"items": [_LINE], "next": None},
    ),
    ApiResource(
        "knowledge_base_get_article", "GET", "/articles/<slug>", get_article, answer=ArticleSchema, example=_ARTICLE
    ),
    ApiResource(
        "knowledge_base_put_article",
        "PUT",
        "/articles/<slug>",
        put_article,
        answer=ArticleSchema,
        body=ArticleBody,
        example=_ARTICLE,
        sends=_SENT,
    ),
]
