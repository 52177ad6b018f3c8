"""Names in addresses, made of titles."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskcore_knowledge_base.models import MAX_SLUG, Article, Category

#: Letters that do not come apart into a plain one and a mark.
_LETTERS = str.maketrans({"ł": "l", "Ł": "l", "ß": "ss", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"})


def slug_of(title: str, most: int = MAX_SLUG - 8) -> str:
    """Return a title as part of an address: lower-case letters, digits and dashes, or ``""`` if it has none."""
    bare = unicodedata.normalize("NFKD", title.lower().translate(_LETTERS))
    slug = re.sub(r"[^a-z0-9]+", "-", "".join(char for char in bare if not unicodedata.combining(char))).strip("-")
    return slug if len(slug) <= most else slug[:most].rpartition("-")[0] or slug[:most]


def free_slug(work: Session, model: type[Article | Category], title: str, otherwise: str) -> str:
    """Return a slug of a title that is nobody's yet.

    :param otherwise: for a title without a letter.
    """
    slug = slug_of(title) or otherwise
    taken = set(work.scalars(select(model.slug).where(model.slug.startswith(slug, autoescape=True))))
    if slug not in taken:
        return slug
    number = next(number for number in range(2, len(taken) + 3) if f"{slug}-{number}" not in taken)
    return f"{slug}-{number}"
