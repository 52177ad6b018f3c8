"""Processes that start together find the same declarations to store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, get_ident
from typing import TYPE_CHECKING

import sqlalchemy as sa

from deskcore.desks import services
from deskcore.desks.models import FormVersion, RequestTypeRow
from deskcore.runtime import runtime
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

if TYPE_CHECKING:
    import pytest
    from flask import Flask

    from deskcore.hooks.registry import Registry


def test_two_that_store_the_same_declarations_do_not_collide(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        offered = session.scalar(sa.select(sa.func.count()).select_from(RequestTypeRow))
        session.execute(sa.delete(RequestTypeRow))
        session.execute(sa.delete(FormVersion))
    both, met, outdated = Barrier(2), set(), services._outdated

    def outdated_for_both(plugins: Registry) -> bool:
        answer = outdated(plugins)
        if get_ident() not in met:
            met.add(get_ident())
            both.wait(30)
        return answer

    monkeypatch.setattr(services, "_outdated", outdated_for_both)

    def load() -> int:
        with app.app_context(), acting_as(SYSTEM):
            return len(services.load_catalogue(runtime().plugins).types)

    with ThreadPoolExecutor(2) as processes:
        assert [one.result() for one in [processes.submit(load) for _ in range(2)]] == [offered, offered]
