"""Writing to the log: each change in the transaction that makes it, one after another."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from deskcore.audit import chain
from deskcore.audit.actions import Action
from deskcore.audit.chain import Head
from deskcore.audit.models import AuditEntry, AuditHead
from deskcore.clock import now
from deskcore.extensions import Executor
from deskcore.origin import origin

if TYPE_CHECKING:
    from deskcore.viewer import Viewer

ENTRY = cast("sa.Table", AuditEntry.__table__)
HEAD = cast("sa.Table", AuditHead.__table__)
#: Named and not imported: people stand above the log.
PERSON = sa.table("person", sa.column("id", sa.Integer), sa.column("email", sa.String), sa.column("name", sa.String))


@dataclass(frozen=True)
class Actor:
    """Who did it.

    :param name: address of the person, name of the plugin, account of the operating system.
    """

    kind: Literal["person", "plugin", "command line", "visitor", "system"] = "system"
    person_id: int | None = None
    name: str = ""


#: The installation itself.
ITSELF = Actor()


@dataclass(frozen=True)
class Subject:
    """What was changed.

    :param type: ``person``, ``plugin``, ``desk`` …
    :param key: its public key: an address, a name; never an internal id and never a text that somebody wrote.
    :param person_id: of the person whom the entry is about.
    """

    type: str
    key: str
    person_id: int | None = None


def record(
    on: Executor,
    action: Action,
    subject: Subject,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    *,
    actor: Actor | None = None,
) -> None:
    """Append an entry to the log, in the transaction of ``on`` that makes the change.

    Call it last: writers wait for one another from here to the commit. Passwords, tokens, answers and values of
    secret settings have no place in it; say that they changed.

    :param on: the session of the surrounding unit of work, or the connection whose transaction is open.
    :param before: public values by name, of what changed only; ``after`` likewise.
    :param actor: who did it, where the session's viewer and the origin of the work do not say.
    :raises RuntimeError: when the engine was made without the keys of the log.
    """
    connection = on if isinstance(on, Connection) else on.connection()
    keys = keys_of(connection)
    head = _locked_head(connection)
    if not head.is_authentic(keys):
        found = {"sequence": head.sequence, "digest": head.digest, "mac": head.mac}
        entry = _entry("log.broken", Subject("log", "audit"), ITSELF, found, None)
        head = _append(connection, keys[0], _real_end(connection), entry)
    entry = _entry(action, subject, actor or _actor(on, connection), before, after)
    _append(connection, keys[0], head, entry)


def begin(connection: Connection) -> None:
    """Sign the end of a log that was just made and is empty; only then is an empty log no sign of a loss."""
    _write_head(connection, chain.signed_head(keys_of(connection)[0], 0, ""))


def exists(connection: Connection) -> bool:
    """Tell whether the database has a log: an older schema does not."""
    return sa.inspect(connection).has_table(HEAD.name)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what is different, as it was and as it is; a key that one side lacks is left out of that side."""
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return (
        {key: before[key] for key in changed if key in before},
        {key: after[key] for key in changed if key in after},
    )


def keys_of(connection: Connection) -> tuple[bytes, ...]:
    """Return the keys of the log that the connection's engine was made with: the present one, then former ones.

    :raises RuntimeError: when there are none.
    """
    keys: tuple[bytes, ...] = connection.get_execution_options().get("audit_keys", ())
    if not keys:
        raise RuntimeError("this engine cannot sign the audit log: make it with engine_options(url, config.audit_keys)")
    return keys


def _locked_head(connection: Connection) -> Head:
    """Return the end of the chain, which stays locked until the commit; SQLite holds its one write lock anyway."""
    wanted = sa.select(HEAD.c.sequence, HEAD.c.digest, HEAD.c.mac).with_for_update()
    row = connection.execute(wanted).one_or_none()
    return Head(*row) if row is not None else Head()


def _real_end(connection: Connection) -> Head:
    """Return where the chain goes on when its end says nothing that can be believed."""
    newest = sa.select(ENTRY.c.sequence, ENTRY.c.digest).order_by(ENTRY.c.sequence.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    return Head(*row) if row is not None else Head()


def _append(connection: Connection, key: bytes, head: Head, entry: dict[str, Any]) -> Head:
    entry |= {"sequence": head.sequence + 1, "previous_digest": head.digest}
    entry["digest"] = chain.entry_digest(entry)
    entry["mac"] = chain.mac(key, entry["digest"])
    connection.execute(ENTRY.insert().values(entry))
    head = chain.signed_head(key, entry["sequence"], entry["digest"])
    _write_head(connection, head)
    return head


def _write_head(connection: Connection, head: Head) -> None:
    values = {"sequence": head.sequence, "digest": head.digest, "mac": head.mac}
    if connection.execute(HEAD.update().values(values)).rowcount == 0:
        connection.execute(HEAD.insert().values(id=1, **values))


def _entry(
    action: Action,
    subject: Subject,
    actor: Actor,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> dict[str, Any]:
    entry = {
        "at": now(),
        "actor_kind": actor.kind,
        "actor_id": actor.person_id,
        "action": action,
        "subject_type": subject.type,
        "subject_id": subject.person_id,
        "actor": _storable(actor.name),
        "address": "" if actor.kind == "system" else _storable(origin().address),
        "subject": _storable(subject.key),
        "before": chain.canonical(before or {}),
        "after": chain.canonical(after or {}),
        "salt": secrets.token_hex(16),
    }
    return entry | {"particulars_digest": chain.particulars_digest(entry)}


def _storable(text: str) -> str:
    """Return ``text`` without what no database stores: NUL, and halves of characters from a file's name."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _actor(on: Executor, connection: Connection) -> Actor:
    """Return who acts: the session's viewer, else whoever the origin of the work names."""
    viewer: Viewer | None = None if isinstance(on, Connection) else on.info.get("viewer")
    here = origin()
    if viewer is not None and viewer.plugin is not None:
        return Actor("plugin", name=viewer.plugin)
    if viewer is not None and viewer.person_id is not None:
        email = connection.scalar(sa.select(PERSON.c.email).where(PERSON.c.id == viewer.person_id))
        return Actor("person", viewer.person_id, email or "")
    if here.kind == "command line":
        return Actor("command line", name=here.account)
    asked_by_nobody = viewer is not None or isinstance(on, Connection)
    return Actor("visitor") if here.kind == "network" and not asked_by_nobody else ITSELF
