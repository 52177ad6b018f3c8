"""The words by which things are found, kept in a table of their own: as fast among many things as among few."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session, joinedload

from deskcore_it_assets.models import Asset, Assignment, Product, Word, open_now
from deskcore_it_assets.spelling import words_in


def reindex(work: Session, assets: Sequence[Asset]) -> None:
    """Write down anew by which words things are found; they are stored already."""
    ids = [asset.id for asset in assets]
    product = joinedload(Asset.product)
    options = product.joinedload(Product.manufacturer), product.joinedload(Product.category)
    wanted = select(Asset).where(Asset.id.in_(ids)).options(*options)
    whole = work.scalars(wanted.execution_options(populate_existing=True)).all()
    open_ones = select(Assignment).where(Assignment.asset_id.in_(ids), open_now())
    held = {each.asset_id: each for each in work.scalars(open_ones)}
    work.execute(delete(Word).where(Word.asset_id.in_(ids)).execution_options(synchronize_session=False))
    write_words(work, ((asset.id, words_of(asset, held.get(asset.id))) for asset in whole))


def write_words(work: Session, found: Iterable[tuple[int, Iterable[str]]]) -> None:
    """Add the words of things that have none yet."""
    rows = [{"asset_id": number, "word": word} for number, words in found for word in words]
    if rows:
        # Past the session, which would look at each of the many rows.
        work.connection().execute(insert(Word), rows)


def words_of(asset: Asset, held: Assignment | None) -> set[str]:
    """Return the words by which a thing is found; it comes with its model, maker and category."""
    texts = [asset.tag, asset.serial, asset.name, asset.order_number, *product_texts(asset.product)]
    if held is not None and held.kind == "person":
        texts += holder_texts(held.person, held.person_name)
    return words_in(*texts)


def product_texts(product: Product | None) -> list[str]:
    """Return by what things of a model are found."""
    if product is None:
        return []
    texts = [product.name, product.number, product.manufacturer.name if product.manufacturer else ""]
    return texts + ([product.category.title_en, product.category.title_pl] if product.category else [])


def holder_texts(email: str, name: str) -> list[str]:
    """Return by what the things of somebody are found."""
    return [name, email.partition("@")[0]]
