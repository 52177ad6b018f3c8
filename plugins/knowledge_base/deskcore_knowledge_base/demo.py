"""Articles of the demo organisation: those under ``demo_articles``, published by the leads of their desks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import yaml
from sqlalchemy import update

from deskcore.plugin import DemoBuilder, people, unit_of_work
from deskcore_knowledge_base import writing
from deskcore_knowledge_base.models import Article, Category
from deskcore_knowledge_base.rights import Writer
from deskcore_knowledge_base.writing import Wanted

_FOLDER = Path(__file__).parent / "demo_articles"


def seed(builder: DemoBuilder) -> None:
    """Add the articles of those desks that there are."""
    desks = people.desks()
    told = yaml.safe_load((_FOLDER / "articles.yaml").read_text(encoding="utf-8"))
    with unit_of_work() as work:
        for number, (slug, titles) in enumerate(told["topics"].items()):
            work.add(Category(slug=slug, title_en=titles["en"], title_pl=titles["pl"], position=10 * number))
        work.flush()
        for article in told["articles"]:
            if article["desk"] in desks:
                _add(builder, article)


def _add(builder: DemoBuilder, told: dict[str, object]) -> None:
    agents = builder.agents(str(told["desk"]))
    if not agents:
        return
    who, pair = Writer(agents[-1], {str(told["desk"]): "lead"}), writing.new_pair()
    more = {key: str(told[key]) for key in ("desk", "category", "visibility") if key in told}
    review = builder.today + timedelta(days=int(str(told.get("review_in", 150))))
    for language in ("en", "pl"):
        text = told.get(language)
        if not isinstance(text, dict):
            continue
        article = writing.add(Wanted(**text, language=language, review_on=review, **more), who, pair)
        if told.get("state") != "draft":
            writing.publish(article.slug, who, 1)
        with unit_of_work() as work:
            seen = update(Article).where(Article.slug == article.slug).values(views=builder.random.randint(3, 240))
            work.execute(seen.execution_options(synchronize_session=False))
