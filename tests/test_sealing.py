"""A sealed value opens at its own place, with the secret it was sealed with, and nowhere else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from deskcore.sealing import Unsealable, seal, unseal

SECRET = "s3cret-of-this-installation"
PLACE = "7/note/12"
VALUE = "Zażółć gęślą jaźń".encode()


def test_what_was_sealed_opens_again() -> None:
    for value in (b"", b"\0", VALUE, VALUE * 10_000):
        assert unseal([SECRET], "draft", PLACE, seal(SECRET, "draft", PLACE, value)) == value


def test_the_same_value_looks_different_each_time_and_nothing_of_it_shows() -> None:
    sealed = {seal(SECRET, "draft", PLACE, VALUE) for _ in range(50)}
    assert len(sealed) == 50
    assert not any(VALUE[:4] in each for each in sealed)


@pytest.mark.parametrize(
    ("secret", "purpose", "place"),
    [("another", "draft", PLACE), (SECRET, "answer", PLACE), (SECRET, "draft", "8/note/12"), (SECRET, "draft", "")],
    ids=["another secret", "another purpose", "somebody else's", "nobody's"],
)
def test_it_opens_nowhere_else(secret: str, purpose: str, place: str) -> None:
    sealed = seal(SECRET, "draft", PLACE, VALUE)
    with pytest.raises(Unsealable):
        unseal([secret], purpose, place, sealed)


def test_a_changed_shortened_or_foreign_value_does_not_open() -> None:
    sealed = seal(SECRET, "draft", PLACE, VALUE)
    flipped = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
    for broken in (*flipped, *(sealed[:length] for length in range(len(sealed))), sealed + b"\0", b"plain text"):
        with pytest.raises(Unsealable):
            unseal([SECRET], "draft", PLACE, broken)


def test_what_was_sealed_with_a_former_secret_opens_while_it_is_named() -> None:
    sealed = seal("former", "draft", PLACE, VALUE)
    assert unseal([SECRET, "former"], "draft", PLACE, sealed) == VALUE
    with pytest.raises(Unsealable):
        unseal([], "draft", PLACE, sealed)


def test_the_reason_tells_another_secret_from_a_changed_value() -> None:
    sealed = seal(SECRET, "draft", PLACE, VALUE)
    with pytest.raises(Unsealable, match="another secret key"):
        unseal(["another"], "draft", PLACE, sealed)
    with pytest.raises(Unsealable, match="changed, or belongs to another place"):
        unseal([SECRET], "draft", "elsewhere", sealed)


def test_the_library_is_imported_on_first_use_only() -> None:
    code = "import sys, deskcore.app; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
