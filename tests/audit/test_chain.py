"""Whatever somebody does to the log with SQL alone is found, and the first broken entry is named."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from deskcore import audit
from deskcore.audit import chain
from deskcore.config import Config, load_config
from deskcore.extensions import db
from deskcore.work import unit_of_work

from .conftest import ENTRY, HEAD, newest, sequences, write

#: What a column is edited to; a word for the others.
EDITED: dict[str, Any] = {
    "sequence": 999_999, "actor_id": 12345, "subject_id": 12345, "at": sa.func.current_timestamp(),
}  # fmt: skip


def broken(on: Connection) -> audit.Broken | None:
    return audit.verify(on).broken


def test_what_was_written_by_the_helpdesk_is_unbroken(by_sql: Connection, middle: int) -> None:
    result = audit.verify(by_sql)
    assert result.broken is None
    assert result.checked == result.head.sequence == middle + 2


@pytest.mark.parametrize("column", [column.name for column in ENTRY.columns])
def test_an_entry_that_was_edited_is_named_whichever_column_it_was(
    by_sql: Connection, middle: int, column: str
) -> None:
    by_sql.execute(ENTRY.update().where(ENTRY.c.sequence == middle).values({column: EDITED.get(column, "x")}))
    because: dict[str, audit.Reason] = {"sequence": "missing", "mac": "foreign"}
    assert broken(by_sql) == audit.Broken(middle, because.get(column, "changed"))


def test_an_entry_that_no_program_can_read_is_named(by_sql: Connection, middle: int) -> None:
    if by_sql.dialect.name == "postgresql":
        pytest.skip("PostgreSQL stores nothing but moments in a column of moments")
    by_sql.exec_driver_sql(f"UPDATE audit_entry SET at = 'yesterday' WHERE sequence = {middle}")
    assert broken(by_sql) == audit.Broken(middle, "changed")


def test_an_entry_that_was_deleted_is_named(by_sql: Connection, middle: int) -> None:
    by_sql.execute(ENTRY.delete().where(ENTRY.c.sequence == middle))
    assert broken(by_sql) == audit.Broken(middle, "missing")


def test_two_entries_that_changed_places_are_named(by_sql: Connection, middle: int) -> None:
    for place, other in ((middle, 0), (middle + 1, middle), (0, middle + 1)):
        by_sql.execute(ENTRY.update().where(ENTRY.c.sequence == place).values(sequence=other))
    assert broken(by_sql) == audit.Broken(middle, "changed")


def test_an_entry_that_was_copied_behind_the_end_is_named(by_sql: Connection, middle: int) -> None:
    by_sql.execute(ENTRY.insert().values({**newest(by_sql), "sequence": middle + 3}))
    assert broken(by_sql) == audit.Broken(middle + 3, "added")


def test_an_entry_before_the_first_is_named(by_sql: Connection, middle: int) -> None:
    by_sql.execute(ENTRY.insert().values({**newest(by_sql), "sequence": 0}))
    assert broken(by_sql) == audit.Broken(0, "changed")


def test_newest_entries_that_were_removed_are_missed(by_sql: Connection, middle: int) -> None:
    by_sql.execute(ENTRY.delete().where(ENTRY.c.sequence > middle))
    assert broken(by_sql) == audit.Broken(middle + 1, "cut")


def cut(on: Connection, last: int) -> None:
    """Remove the newest entries, and let the end of the chain name the one before, as well as SQL alone can."""
    row = on.execute(sa.select(ENTRY).where(ENTRY.c.sequence == last)).mappings().one()
    on.execute(HEAD.update().values(sequence=last, digest=row["digest"], mac=row["mac"]))
    on.execute(ENTRY.delete().where(ENTRY.c.sequence > last))


def test_newest_entries_that_were_removed_with_care_are_missed_too(by_sql: Connection, middle: int) -> None:
    cut(by_sql, middle)
    assert broken(by_sql) == audit.Broken(middle + 1, "cut")


def test_what_is_written_after_a_cut_does_not_cover_it_up(by_sql: Connection, middle: int) -> None:
    cut(by_sql, middle)
    for name in ("later", "much later"):
        write(by_sql, name)
        assert newest(by_sql)["subject"] == name
        assert broken(by_sql) == audit.Broken(middle + 1, "mended")


def test_a_chain_that_was_computed_anew_without_the_key_is_named(by_sql: Connection, middle: int) -> None:
    rows = [dict(row) for row in by_sql.execute(sa.select(ENTRY).order_by(ENTRY.c.sequence)).mappings()]
    digest = ""
    for row in rows:
        row["actor"] = "somebody else" if row["sequence"] == middle else row["actor"]
        row["previous_digest"] = digest
        row["particulars_digest"] = chain.particulars_digest(row)
        digest = row["digest"] = chain.entry_digest(row)
        by_sql.execute(ENTRY.update().where(ENTRY.c.sequence == row["sequence"]).values(row))
    by_sql.execute(HEAD.update().values(digest=digest))
    assert broken(by_sql) == audit.Broken(middle, "foreign")
    write(by_sql, "later")
    assert broken(by_sql) == audit.Broken(middle, "foreign")


@pytest.mark.parametrize("thorough", [False, True])
def test_a_log_that_was_emptied_is_missed(by_sql: Connection, thorough: bool) -> None:
    by_sql.execute(ENTRY.delete())
    by_sql.execute(HEAD.delete() if thorough else HEAD.update().values(sequence=0, digest="", mac=""))
    assert broken(by_sql) == audit.Broken(1, "empty")
    write(by_sql, "later")
    assert sequences(by_sql) == [1, 2]
    assert broken(by_sql) == audit.Broken(1, "mended")


def test_a_head_that_was_noted_elsewhere_finds_a_cut_by_somebody_who_had_kept_an_older_end(by_sql: Connection) -> None:
    older = dict(by_sql.execute(sa.select(HEAD)).mappings().one())
    write(by_sql, "to be hidden")
    noted = audit.read_head(by_sql)
    by_sql.execute(ENTRY.delete().where(ENTRY.c.sequence == noted.sequence))
    by_sql.execute(HEAD.update().values(older))
    assert broken(by_sql) is None
    assert audit.verify(by_sql, noted).broken == audit.Broken(noted.sequence, "cut")
    write(by_sql, "instead")
    assert audit.verify(by_sql, noted).broken == audit.Broken(noted.sequence, "other")
    assert audit.verify(by_sql, audit.read_head(by_sql)).broken is None


def with_keys(on: Connection, *keys: bytes) -> Connection:
    """Go on as after a change of the secret key."""
    return on.execution_options(audit_keys=keys)


def test_after_a_change_of_the_secret_key_the_log_is_whole_if_the_former_one_is_named(by_sql: Connection) -> None:
    [former] = by_sql.get_execution_options()["audit_keys"]
    with_keys(by_sql, b"another", former)
    assert broken(by_sql) is None
    write(by_sql, "under the new key")
    assert broken(by_sql) is None


def test_a_change_of_the_secret_key_is_noticed_and_can_be_explained_afterwards(by_sql: Connection, middle: int) -> None:
    [former] = by_sql.get_execution_options()["audit_keys"]
    with_keys(by_sql, b"another")
    assert broken(by_sql) == audit.Broken(1, "foreign")
    write(by_sql, "under the new key")
    assert sequences(by_sql)[-1] == middle + 4  # with the remark that the end could not be believed
    assert broken(by_sql) == audit.Broken(1, "foreign")
    with_keys(by_sql, b"another", former)
    assert broken(by_sql) is None


def test_the_present_key_comes_first_and_tells_nothing_about_the_secret(tmp_path: Path) -> None:
    former, present = "a former secret key, long enough", "the present secret key, long enough"
    config = load_config({"instance": tmp_path, "secret_key": present, "former_secret_keys": [former]})
    assert config.audit_keys == tuple(Config(secret_key=secret).audit_keys[0] for secret in (present, former))
    assert not [secret for secret in (former, present) if secret in f"{config} {config.audit_keys}"]


def test_an_engine_without_the_keys_writes_nothing_unsigned(by_sql: Connection) -> None:
    with_keys(by_sql)
    with pytest.raises(RuntimeError, match="audit_keys"):
        write(by_sql)


def test_what_is_rolled_back_leaves_no_gap(system: None) -> None:
    before = sequences()
    with suppress(ZeroDivisionError), unit_of_work() as session:
        write(session, "x")
        raise ZeroDivisionError
    with unit_of_work() as session:
        with suppress(ZeroDivisionError), session.begin_nested():
            write(session, "y")
            raise ZeroDivisionError
        write(session, "z")
    assert sequences() == [*before, before[-1] + 1]
    assert audit.verify(db.session).broken is None


def test_the_form_of_the_chain_stays_as_it_was_promised(by_sql: Connection) -> None:
    """Whoever exports the log must be able to compute it with a few lines of any language."""
    row = newest(by_sql)
    particulars = {key: row[key] for key in ("actor", "address", "subject", "before", "after", "salt")}
    covered = {
        "sequence": row["sequence"], "at": row["at"].isoformat(timespec="microseconds"),
        "actor_kind": row["actor_kind"], "actor_id": row["actor_id"], "action": row["action"],
        "subject_type": row["subject_type"], "subject_id": row["subject_id"],
        "previous_digest": row["previous_digest"], "particulars_digest": sha256(particulars),
    }  # fmt: skip
    assert row["digest"] == sha256(covered)


def sha256(values: dict[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def test_no_entry_can_pass_for_an_end() -> None:
    head = chain.signed_head(b"key", 7, "digest")
    assert head.is_authentic([b"key"])
    assert not replace(head, mac=chain.mac(b"key", "digest")).is_authentic([b"key"])
    assert not replace(head, sequence=6).is_authentic([b"key"])
