"""An archive that is not to the byte what was written is refused, whatever is wrong with it, and nothing is written."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskcore.recovery.archive import read, writing
from deskcore.recovery.manifest import BadArchive, Inventory, Manifest, read_manifest
from deskcore.recovery.restore import verify
from tests.recovery.conftest import Command

MOMENT = datetime(2026, 11, 21, 12, tzinfo=UTC)
DIGEST = "ab" * 32
REVISIONS = {"deskcore": ["0001_core"]}


def made(path: Path, **changes: object) -> Path:
    """Write a small archive of which everything is right, but for ``changes`` of its manifest."""
    content = path.parent / "content"
    content.write_bytes(b"a page of a database\n" * 60)
    with writing(path, MOMENT, lambda size: None) as writer:
        writer.add("database/deskcore.db", content)
        writer.add(f"files/ab/{DIGEST}", content)
        writer.add("instance/config.toml", content)
        values = {"revisions": REVISIONS, "plugins": {}, "rows": {"ticket": 3}, **changes}
        inventory = Inventory(kind="sqlite", **values)  # type: ignore[arg-type]
        writer.add_manifest(Manifest(MOMENT, "0.1.0", inventory, dict(writer.members)))
    return path


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Give the bytes of an archive of which everything is right."""
    return made(tmp_path_factory.mktemp("sound") / "all.tar").read_bytes()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Name a file for archives."""
    return tmp_path_factory.mktemp("changed") / "all.tar"


def contents(path: Path) -> tuple[Manifest, dict[str, bytes]]:
    """Read everything an archive holds."""
    found: dict[str, bytes] = {}

    def keep(name: str, pieces: Iterator[bytes]) -> None:
        found[name] = b"".join(pieces)

    return read(path, keep), found


def test_a_sound_archive_is_verified(sound: bytes, place: Path) -> None:
    place.write_bytes(sound)
    assert verify(place).manifest.database.rows == {"ticket": 3}
    assert verify(place).config.startswith("a page of a database")


@given(st.data())
def test_an_archive_that_ends_too_early_is_refused(sound: bytes, place: Path, data: st.DataObject) -> None:
    end = sound.rindex(b"}") + 1
    place.write_bytes(sound[: data.draw(st.integers(0, end - 1))])
    with pytest.raises(BadArchive, match="Nothing was restored"):
        verify(place)


@given(st.data())
def test_an_archive_with_another_byte_is_refused_or_says_the_same(
    sound: bytes, place: Path, data: st.DataObject
) -> None:
    place.write_bytes(sound)
    right = contents(place)
    at, bit = data.draw(st.integers(0, len(sound) - 1)), data.draw(st.integers(0, 7))
    place.write_bytes(sound[:at] + bytes([sound[at] ^ 1 << bit]) + sound[at + 1 :])
    try:
        found = contents(place)
    except BadArchive:
        return
    assert found == right


def test_every_byte_of_what_is_kept_counts(sound: bytes, place: Path) -> None:
    for name in (b"a page of a database", b'"format"', b'"plugins"', DIGEST.encode()):
        at = sound.index(name)
        place.write_bytes(sound[:at] + b"X" + sound[at + 1 :])
        with pytest.raises(BadArchive):
            verify(place)


def test_a_figure_of_the_manifest_that_was_changed_is_refused(sound: bytes, place: Path) -> None:
    assert sound.count(b'"ticket": 3') == 1
    place.write_bytes(sound.replace(b'"ticket": 3', b'"ticket": 4'))
    with pytest.raises(BadArchive, match="its manifest cannot be read"):
        verify(place)


def with_member(path: Path, sound: bytes, info: tarfile.TarInfo, content: bytes = b"") -> Path:
    """Put one more member in front of the others."""
    with tarfile.open(path, "w") as changed, tarfile.open(fileobj=BytesIO(sound)) as original:
        info.size = len(content)
        changed.addfile(info, BytesIO(content))
        for member in original:
            changed.addfile(member, original.extractfile(member))
    return path


def link(name: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return info


@pytest.mark.parametrize(
    "info",
    [
        tarfile.TarInfo("../outside"),
        tarfile.TarInfo("/tmp/outside"),
        tarfile.TarInfo("instance/../../outside"),
        tarfile.TarInfo("instance/plugins/../../../outside"),
        tarfile.TarInfo("instance//etc/passwd"),
        tarfile.TarInfo("instance/.restoring"),
        tarfile.TarInfo("instance/plugins/.restoring"),
        tarfile.TarInfo("instance/deskcore.db"),
        tarfile.TarInfo("instance/plugins"),
        tarfile.TarInfo("instance/plugins/a\\..\\b"),
        tarfile.TarInfo("files/ab/" + "cd" * 32),
        tarfile.TarInfo("database/deskcore.db-wal"),
        tarfile.TarInfo("anything"),
        link("instance/plugins", tarfile.SYMTYPE),
        link(f"files/ab/{DIGEST}", tarfile.SYMTYPE),
        link("instance/config.toml", tarfile.LNKTYPE),
        link("database/deskcore.db", tarfile.FIFOTYPE),
        link("instance/plugins/x", tarfile.DIRTYPE),
        link("instance/plugins/x", tarfile.CHRTYPE),
    ],
    ids=lambda info: f"{info.name} {info.type.decode()}",
)
def test_a_member_that_leads_elsewhere_is_refused_before_anything_is_made_of_it(
    info: tarfile.TarInfo, sound: bytes, place: Path
) -> None:
    handled: list[str] = []

    def handle(name: str, pieces: Iterator[bytes]) -> None:
        handled.append(name)

    with pytest.raises(BadArchive, match="is nothing that Deskcore puts into an archive"):
        read(with_member(place, sound, info), handle)
    assert handled == []


def test_a_member_that_no_manifest_names_or_that_comes_twice_is_refused(sound: bytes, place: Path) -> None:
    for name in ("instance/templates/page.html", "instance/config.toml"):
        with pytest.raises(BadArchive):
            verify(with_member(place, sound, tarfile.TarInfo(name), b"of somebody else"))


def test_a_member_behind_the_manifest_is_refused(sound: bytes, place: Path) -> None:
    place.write_bytes(sound)
    with tarfile.open(place, "a") as tar:
        tar.addfile(tarfile.TarInfo("instance/plugins/late.py"))
    with pytest.raises(BadArchive, match="holds more than its manifest says"):
        verify(place)


def test_the_archives_of_two_backups_cannot_be_mixed(sound: bytes, place: Path) -> None:
    with tarfile.open(place, "w") as mixed, tarfile.open(fileobj=BytesIO(sound)) as original:
        for member in original:
            content = original.extractfile(member)
            assert content is not None
            of_another = member.name.startswith("database")
            mixed.addfile(member, BytesIO(content.read().replace(b"page", b"leaf") if of_another else content.read()))
    with pytest.raises(BadArchive, match=r"“database/deskcore\.db” is not as the manifest says"):
        verify(place)


def test_a_newer_version_is_refused_by_its_revision_and_by_its_form(tmp_path: Path) -> None:
    sentence = r"Deskcore 0\.1\.0 made this archive, and this version does not know its form yet"
    future = made(tmp_path / "all.tar", revisions={"deskcore": ["9999_future"]})
    with pytest.raises(BadArchive, match=sentence):
        verify(future)
    with pytest.raises(BadArchive, match=sentence):
        read_manifest(json.dumps({"format": 99, "deskcore": "0.1.0", "whatever": "follows"}).encode())


def test_an_archive_without_a_database_is_refused(tmp_path: Path) -> None:
    with writing(tmp_path / "all.tar", MOMENT, lambda size: None) as writer:
        writer.add_manifest(Manifest(MOMENT, "0.1.0", Inventory("sqlite", REVISIONS, {}, {}), {}))
    with pytest.raises(BadArchive, match="holds no database"):
        verify(tmp_path / "all.tar")


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"\x1f\x8b broken gzip", b"\0" * 4096])
def test_what_is_no_archive_is_one_sentence(deskcore: Command, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "all.tar").write_bytes(content)
    said = deskcore(tmp_path / "instance", "restore", tmp_path / "all.tar")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "The archive is damaged or incomplete" in said.err
    assert not (tmp_path / "instance").exists()


def test_a_compressed_archive_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    whole = made(tmp_path / "all.tar.gz").read_bytes()
    for length in (10, len(whole) // 2, len(whole) * 9 // 10):
        (tmp_path / "part.tar.gz").write_bytes(whole[:length])
        with pytest.raises(BadArchive):
            verify(tmp_path / "part.tar.gz")
