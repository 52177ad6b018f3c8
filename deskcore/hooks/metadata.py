"""Guards the one metadata that core and plugins share against what importing a plugin may do to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Mapper, configure_mappers

from deskcore.extensions import Base
from deskcore.hooks.checks import owner_of
from deskcore.hooks.errors import BadContribution
from deskcore.hooks.sentences import sentence


@contextmanager
def guarded(plugin: str, package: str, plugins: set[str]) -> Iterator[None]:
    """Import a plugin inside this block: its tables must carry its prefix, and its models must fit together.

    When they do not, or the import fails, they are taken out again: a single bad relationship would otherwise
    make every query of the core fail.

    :param plugins: all plugin names, because the prefix of one may begin with that of another.
    :raises BadContribution: naming a table without the prefix.
    """
    metadata = Base.metadata
    before = set(metadata.tables)
    try:
        yield
        mapped = {mapper.local_table.name for mapper in _own(package) if isinstance(mapper.local_table, Table)}
        for table in sorted(mapped | set(metadata.tables) - before):
            _check_prefix(table, plugin, plugins)
        configure_mappers()
    except BaseException:
        _forget(package)
        for table in set(metadata.tables) - before:
            metadata.remove(metadata.tables[table])
        raise


def _check_prefix(table: str, plugin: str, plugins: set[str]) -> None:
    if owner_of(table, plugins | {plugin}) != plugin:
        raise BadContribution(sentence(
            "Its table “%(table)s” must begin with “%(plugin)s_”; rename it.", table=table, plugin=plugin
        ))  # fmt: skip


def _own(package: str) -> list[Mapper[Any]]:
    return [one for one in Base.registry.mappers if f"{one.class_.__module__}.".startswith(f"{package}.")]


def _forget(package: str) -> None:
    """Take the plugin's mapped classes out of the shared registry.

    SQLAlchemy offers this for a whole registry only, hence the private names; a test watches over them.
    """
    for mapper in _own(package):
        manager = mapper.class_manager
        Base.registry._dispose_manager_and_mapper(manager)
        Base.registry._managers.pop(manager, None)
