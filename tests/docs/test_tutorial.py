"""The tutorial is done from top to bottom, and shows what there is to see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo import copy_demo
from tests.docs.pages import DOCS, blocks, changed, pattern
from tests.docs.reader import Reader

TUTORIAL = (DOCS / "tutorial.md").read_text(encoding="utf-8")


@pytest.fixture
def reader(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Reader]:
    """Give somebody in a folder where the demo was made before; that it is made is tested by itself."""
    copy_demo(tmp_path_factory, worker_id, tmp_path / "instance")
    monkeypatch.delenv("DESKCORE_INSTANCE", raising=False)
    reader = Reader(tmp_path, "instance/plugins/fleet_desk")
    yield reader
    reader.server.stop()


def test_whoever_follows_the_tutorial_sees_what_it_shows(reader: Reader) -> None:
    reader.read(blocks(TUTORIAL))
    assert len(reader.typed) == TUTORIAL.count("\n$ ") >= 10
    assert len(reader.seen) >= 10
    assert not reader.server.troubles


def test_the_tutorial_can_be_read_in_fifteen_minutes() -> None:
    assert len(TUTORIAL.splitlines()) <= 350


@pytest.mark.parametrize(
    ("shown", "said", "same"),
    [
        ("one\n…\nfour", "one\ntwo\nthree\nfour", True),
        ("one …", "one and a half", True),
        ("one …", "one\ntwo", False),
        ("one", "one\ntwo", False),
        ("one (1)", "one 1", False),
    ],
)
def test_output_is_compared_line_by_line(shown: str, said: str, same: bool) -> None:
    assert bool(pattern(shown).fullmatch(said)) is same


def test_a_change_must_find_its_place() -> None:
    assert changed("a\nb\nc\n", " a\n-b\n+d\n@@\n c\n+e\n") == "a\nd\nc\ne\n"
    with pytest.raises(AssertionError, match="there 0 times"):
        changed("a\n", "-b\n")
    with pytest.raises(AssertionError, match="there 2 times"):
        changed("a\na\n", "-a\n")
