"""Every row of the administrative tables, and which entries of the log explain that one has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from deskcore import audit
from deskcore.extensions import Base, db

#: What explains a change of each administrative table: actions, by column where they differ.
EXPLAINED: dict[str, dict[str, set[str]]] = {
    "person": {
        "administrator": {"rights.changed"},
        "auditor": {"rights.changed"},
        "active": {"person.deactivated", "person.reactivated"},
        "password_hash": {"password.set", "reset_link.used"},
        "email": {"person.readdressed"},
        "*": {"import.finished", "person.changed"},
        "new": {"person.created", "import.finished"},
    },
    "department": {"*": {"import.finished"}, "new": {"import.finished", "person.changed", "person.created"}},
    "location": {"*": {"import.finished"}, "new": {"import.finished", "person.changed", "person.created"}},
    "team": {
        "*": {"desk.added", "desk.changed", "desk.enabled"},
        "new": {"desk.added", "desk.changed"},
        "gone": {"desk.changed", "desk.removed"},
    },
    "team_member": {"new": {"team.joined"}},
    "desk_grant": {"*": {"grant.given"}, "new": {"grant.given"}, "gone": {"grant.withdrawn"}},
    "one_time_link": {
        "*": {"reset_link.used"},
        "new": {"reset_link.made"},
        "gone": {"reset_link.made", "reset_link.used", "password.set", "person.readdressed"},
    },
    "api_token": {"*": {"token.revoked"}, "new": {"token.made"}, "gone": {"person.deactivated"}},
    "desk": {
        "enabled": {"desk.enabled", "desk.disabled"},
        "*": {"desk.changed", "desk.enabled"},
        "new": {"desk.added"},
        "gone": {"desk.removed"},
    },
    "request_type": {
        "enabled": {"desk.enabled", "desk.disabled", "desk.changed"},
        "*": {"desk.changed", "desk.enabled", "request_type.changed"},
        "new": {"desk.added", "desk.changed", "request_type.added"},
        "gone": {"desk.removed"},
    },
    "request_type_override": {
        "*": {"request_type.changed", "request_type.confirmed"},
        "new": {"request_type.changed", "request_type.added"},
        "gone": {"request_type.changed", "request_type.confirmed", "desk.removed"},
    },
    "desk_override": {
        "*": {"desk.changed"},
        "new": {"desk.changed", "desk.disabled", "desk.enabled"},
        "gone": {"desk.changed", "desk.disabled", "desk.enabled"},
    },
    "desk_hours": {"*": {"desk.changed"}, "new": {"desk.changed"}, "gone": {"desk.removed"}},
    "status_move": {
        "*": {"desk.status_leaving", "desk.status_removed"},
        "new": {"desk.status_leaving"},
        "gone": {"desk.removed"},
    },
    "former_address": {
        "new": {"person.readdressed"},
        "gone": {"person.readdressed", "person.address_freed"},
    },
    "absence": {"*": {"absence.changed"}, "new": {"absence.planned"}, "gone": {"absence.ended"}},
    "assistant": {"new": {"assistant.named"}, "gone": {"assistant.withdrawn"}},
    "look": {"*": {"look.changed"}, "new": {"look.changed"}},
    "plugin_desk": {"new": {"desk.added", "desk.changed"}},
    "plugin_setting": {"*": {"setting.changed"}, "new": {"setting.changed"}, "gone": {"plugin.purged"}},
    "plugin_state": {
        "schema": {"schema.changed"},
        "wanted": {"plugin.enabled", "plugin.disabled"},
        "paused_at": {"plugin.paused", "plugin.retried", "plugin.enabled", "plugin.disabled"},
        "state": {
            "plugin.blocked", "plugin.disabled", "plugin.enabled", "plugin.missing", "plugin.paused",
            "plugin.quarantined", "plugin.retried",
        },
        "new": {"plugin.found"},
        "gone": {"plugin.purged"},
    },
}  # fmt: skip
#: People's own preferences, and what only repeats or explains another column.
IGNORED = {
    "person": {"language", "theme", "density", "time_zone", "shortcuts", "own_keys", "hidden_panels"},
    "plugin_state": {"reason", "trace", "updated_at"},
    "status_move": {"done"},
}
#: Tables of these areas that no administrator changes, and why.
NOT_ADMINISTRATIVE = {
    "sign_in": "somebody's browser",
    "see_as": "somebody's browser; begin and end are recorded",
    "throttle": "counts attempts; locks are recorded",
    "request_type_version": "what a request type was; the change that ended it is recorded",
    "form_version": "content by its digest; the request type that points to it is recorded",
    "number_series": "goes on with each ticket",
    "system_state": "the epoch follows the changes",
    "plugin_failure": "counts failures; what becomes of the plugin is recorded",
    "plugin_health": "counts calls",
    "heartbeat": "which processes are alive",
}

Tables = dict[str, dict[tuple[Any, ...], dict[str, Any]]]
Entries = list[audit.EntryView]


def snapshot() -> Tables:
    """Return all rows of the administrative tables by primary key."""
    found: Tables = {}
    for name in EXPLAINED:
        table = Base.metadata.tables[name]
        keys = [column.name for column in table.primary_key]
        rows = db.session.execute(sa.select(table)).mappings()
        found[name] = {tuple(row[key] for key in keys): dict(row) for row in rows}
    for row in found["plugin_state"].values():
        row["paused_at"] = row["paused_at"] is not None  # paused again, it is as it was
    db.session.rollback()
    return found


def changes(before: Tables, after: Tables) -> Iterator[tuple[str, str, set[str]]]:
    """Yield for every change what it is about, in words, and the actions that would explain it."""
    for table, rows in after.items():
        held, known = before[table], EXPLAINED[table]
        for key in held.keys() - rows.keys():
            yield about(table, held[key], before), f"{table} {key} is gone", known.get("gone", set())
        for key, row in rows.items():
            if key not in held:
                yield about(table, row, after), f"{table} {key} is new", known.get("new", set())
                continue
            for column in row.keys() - IGNORED.get(table, set()):
                if row[column] != held[key][column]:
                    explained = known.get(column, set()) | known.get("*", set())
                    yield about(table, row, after), f"{table} {key} has another {column}", explained


def about(table: str, row: Mapping[str, Any], tables: Tables) -> str:
    """Return the subject that an entry about a row must name."""
    if table.startswith("plugin_") and table != "plugin_desk":
        return f"{row['plugin']}.{row['key']}" if table == "plugin_setting" else row["name"]
    if table in ("team", "request_type", "plugin_desk", "desk", "desk_override", "desk_hours", "status_move"):
        return str(tables["desk"][(row.get("desk_id") or row["id"],)]["key"])
    if table == "look":
        return "organisation"
    if table in ("department", "location"):
        return "people"
    if table == "request_type_override":
        return about("request_type", tables["request_type"][(row["request_type_id"],)], tables)
    return str(tables["person"][(row.get("person_id") or row["id"],)]["email"])


def unexplained(before: Tables, after: Tables, entries: Entries) -> list[str]:
    given = {(entry.action, entry.subject) for entry in entries}
    # What somebody's particulars name for the first time is added to the lists of departments and locations.
    given |= {(entry.action, "people") for entry in entries if {"department", "location"} & entry.after.keys()}
    # Whoever got another address was known by the former one before.
    given |= {(entry.action, entry.before["email"]) for entry in entries if entry.action == "person.readdressed"}
    # An entry about a request type names its desk first.
    given |= {
        (entry.action, entry.subject.partition(".")[0]) for entry in entries if entry.action[:12] == "request_type"
    }
    return [
        words
        for subject, words, actions in changes(before, after)
        if not any((action, subject) in given or (action, "people") in given for action in actions)
    ]
