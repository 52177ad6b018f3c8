"""``deskcore check`` explains what is unsafe or odd."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from conftest import SECRET_KEY
from tests.cli.conftest import Command


def notes(run: Command) -> dict[str, Any]:
    return {note["about"]: (note["level"], note["message"]) for note in run("check", "--json").json}


def configure(folder: Path, **values: object) -> None:
    lines = [
        f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}" for key, value in values.items()
    ]
    (folder / "config.toml").write_text("\n".join(lines).replace("'", '"') + "\n")


@pytest.fixture
def sound(ready: Path) -> Path:
    key = ready / "secret_key"
    key.write_text(SECRET_KEY)
    key.chmod(0o600)
    return ready


@pytest.mark.usefixtures("sound")
def test_a_sound_installation_has_nothing_to_correct(run: Command) -> None:
    outcome = run("check")
    assert outcome.code == 0
    assert outcome.out == "Nothing is wrong.\n"


def test_a_key_that_others_can_read_is_a_problem(run: Command, sound: Path) -> None:
    (sound / "secret_key").chmod(0o644)
    assert run("check").code == 1
    assert notes(run)[str(sound / "secret_key")][0] == "problem"


def test_a_short_key_is_a_problem(run: Command, sound: Path) -> None:
    (sound / "secret_key").write_text("secret")
    assert notes(run)["secret_key"][0] == "problem"


def test_a_folder_that_others_can_read_is_a_problem(run: Command, sound: Path) -> None:
    sound.chmod(0o755)
    assert notes(run)[str(sound)][0] == "problem"


@pytest.mark.parametrize(
    ("values", "about", "level"),
    [
        ({"base_url": "http://help.example.org"}, "base_url", "problem"),
        ({}, "base_url", "warning"),
        ({"base_url": "https://help.example.org"}, "trusted_proxies", "warning"),
        ({"base_url": "https://help.example.org", "debug": True}, "debug", "problem"),
        ({"debug": True}, "debug", "warning"),
        ({"base_url": "https://help.example.org", "demo": True}, "demo", "problem"),
        ({"worker_threads": 0}, "worker_threads", "warning"),
        ({"colour": "red"}, "config.toml", "problem"),
        ({"base_url": "ftp://x"}, "config.toml", "problem"),
    ],
    ids=str,
)
def test_each_odd_setting_is_named(
    run: Command, sound: Path, values: dict[str, object], about: str, level: str
) -> None:
    configure(sound, **values)
    assert notes(run)[about][0] == level


@pytest.mark.parametrize(
    ("revision", "said"), [("9999_future", "newer version"), ("", "has no tables yet")], ids=["ahead", "missing"]
)
def test_a_schema_that_does_not_fit_is_a_problem(run: Command, sound: Path, revision: str, said: str) -> None:
    engine = sa.create_engine(f"sqlite:///{sound / 'deskcore.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
        if revision:
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (revision,))
    engine.dispose()
    level, message = notes(run)["database"]
    assert level == "problem"
    assert said in message
    assert run("fsck").code == 1


def test_a_plugin_that_is_left_out_is_named(run: Command, sound: Path) -> None:
    plugin = sound / "plugins" / "too_old"
    plugin.mkdir(parents=True)
    (plugin / "setup.cfg").write_text("[metadata]\nname = nothing\n")
    assert notes(run)["too_old"][0] == "warning"


def test_a_look_changes_nothing(run: Command, instance: Path) -> None:
    instance.mkdir(mode=0o700)
    run("check")
    assert list(instance.iterdir()) == []
