"""What the things of a file are, and where they lie: each looked up once, however many rows name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from deskcore_it_assets.catalogue import named, product_named
from deskcore_it_assets.models import Category, Location, Supplier
from deskcore_it_assets.own_fields import OwnField, fields_of
from deskcore_it_assets.spelling import spelled, words_in


@dataclass(frozen=True)
class Model:
    """A model as far as rows need it.

    :param words: by which things of it are found.
    """

    id: int | None
    category_id: int | None
    fields: list[OwnField]
    words: frozenset[str]


class References:
    """What rows of one file name."""

    def __init__(self) -> None:
        self._models: dict[tuple[str, str, str], Model] = {}
        self._named: dict[tuple[type, str], int] = {}

    def forget(self) -> None:
        """Forget what was added and then not stored."""
        self._models.clear()
        self._named.clear()

    def model(self, work: Session, texts: Mapping[str, str]) -> Model:
        """Return the model that a row names; one that is new is added."""
        key = name, number, maker = texts.get("model", ""), texts.get("model_number", ""), texts.get("manufacturer", "")
        if key not in self._models:
            product = product_named(work, name, number, maker, texts.get("category", ""))
            category = work.get(Category, product.category_id) if product and product.category_id else None
            titles = (category.title_en, category.title_pl) if category else ()
            own = fields_of(category.fields) if category else []
            words = frozenset(words_in(name, number, maker, *titles))
            self._models[key] = Model(
                product.id if product else None, product.category_id if product else None, own, words
            )
        return self._models[key]

    def id_of(self, work: Session, model: type[Location | Supplier], name: str) -> int | None:
        """Return the id of a place or supplier of a name, added if it is new; nothing without a name."""
        if not name:
            return None
        key = (model, spelled(name))
        if key not in self._named:
            found = named(work, Location, name) if model is Location else named(work, Supplier, name)
            assert found is not None
            self._named[key] = found.id
        return self._named[key]
