"""A connection to PostgreSQL gives up in time, and in no other way than by being closed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import OperationalError

from conftest import AUDIT_KEYS, SECRET_KEY
from deskcore.app import create_app
from deskcore.extensions import engine_options, take_time
from deskcore.outages import answer_by
from tests.faults.proxy import Proxy


@pytest.fixture
def engine(postgres: URL, network: Proxy) -> Iterator[Engine]:
    """Give an engine that waits a second for a statement, and half of one more for the server to say so."""
    address = postgres.set(host="127.0.0.1", port=network.port)
    options = engine_options("postgresql", AUDIT_KEYS, 1)
    options["connect_args"]["patience"] = 1.5
    made = sa.create_engine(address, **options)
    yield made
    made.dispose()


def test_a_statement_ends_at_its_time_and_the_connection_stays(engine: Engine) -> None:
    with engine.connect() as connection:
        with pytest.raises(OperationalError, match="statement timeout"):
            connection.execute(sa.select(sa.func.pg_sleep(5)))
        connection.rollback()
        assert connection.scalar(sa.select(1)) == 1


def test_a_silent_server_ends_the_connection(engine: Engine, network: Proxy) -> None:
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert connection.scalar(sa.select(1)) == 1
        network.swallow()
        with pytest.raises(OperationalError, match="did not answer in time") as caught:
            connection.execute(sa.select(1))
        assert caught.value.connection_invalidated
        assert driver is not None
        assert driver.closed
    network.restore()
    with engine.connect() as connection:
        assert connection.scalar(sa.select(1)) == 1, "the next one is fresh"


def test_a_request_whose_time_is_over_asks_nothing_more(engine: Engine) -> None:
    token = answer_by.set(monotonic())
    try:
        with pytest.raises(OperationalError), engine.connect() as connection:
            connection.execute(sa.select(1))
    finally:
        answer_by.reset(token)


def test_what_may_take_its_time_does_so_until_its_transaction_ends(engine: Engine) -> None:
    with engine.connect() as connection:
        take_time(connection)
        connection.execute(sa.select(sa.func.pg_sleep(2)))
        connection.commit()
        with pytest.raises(OperationalError, match="statement timeout"):
            connection.execute(sa.select(sa.func.pg_sleep(2)))


def test_no_application_is_built_while_nobody_knows_its_plugins(
    postgres: URL, network: Proxy, tmp_path: object
) -> None:
    """One without plugins would write down that all their desks are gone."""
    address = postgres.set(host="127.0.0.1", port=network.port).render_as_string(hide_password=False)
    network.refuse()
    with pytest.raises(OperationalError):
        create_app({"instance": tmp_path, "database_url": address, "secret_key": SECRET_KEY})


def test_a_connection_to_sqlite_that_was_ended_while_nobody_held_it_is_replaced(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'some.db'}"
    made = sa.create_engine(url, **engine_options(url, AUDIT_KEYS))
    with made.connect() as connection:
        driver = connection.connection.driver_connection
    assert driver is not None
    driver.close()
    with made.connect() as connection:
        assert connection.scalar(sa.select(1)) == 1
    made.dispose()
