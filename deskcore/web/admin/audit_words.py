"""The audit log in words: what happened, who did it, and what was before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from deskcore.audit import Reason

ACTIONS: Mapping[str, LazyString] = {
    "absence.changed": _l("Absence changed"),
    "absence.ended": _l("Absence ended"),
    "absence.planned": _l("Absence planned"),
    "answer.revealed": _l("Sensitive answer shown"),
    "answer.key_made": _l("New key for sensitive answers"),
    "assistant.named": _l("Somebody can ask for somebody else"),
    "assistant.withdrawn": _l("Somebody can no longer ask for somebody else"),
    "backup.made": _l("Backup made"),
    "backup.restored": _l("Backup restored"),
    "break_glass.asked": _l("Emergency access asked for"),
    "break_glass.expired": _l("Emergency access expired"),
    "break_glass.given": _l("Emergency access given"),
    "break_glass.refused": _l("Emergency access refused"),
    "break_glass.withdrawn": _l("Emergency access withdrawn"),
    "demo.made": _l("Demo made"),
    "desk.added": _l("Desk added"),
    "desk.changed": _l("Desk changed"),
    "desk.disabled": _l("Desk turned off"),
    "desk.enabled": _l("Desk turned on"),
    "desk.removed": _l("Desk deleted"),
    "desk.status_leaving": _l("Status being removed"),
    "desk.status_removed": _l("Status removed"),
    "grant.given": _l("Right to work on a desk given"),
    "grant.withdrawn": _l("Right to work on a desk withdrawn"),
    "import.finished": _l("Import finished"),
    "import.started": _l("Import started"),
    "log.broken": _l("The log had been tampered with"),
    "look.changed": _l("Look changed"),
    "password.set": _l("Password set"),
    "person.address_freed": _l("Former address given up"),
    "person.changed": _l("Person changed"),
    "person.created": _l("Person added"),
    "person.deactivated": _l("Access taken away"),
    "person.reactivated": _l("Access given back"),
    "person.readdressed": _l("E-mail address changed"),
    "plugin.blocked": _l("Plugin blocked"),
    "plugin.changed": _l("What a plugin keeps changed"),
    "plugin.disabled": _l("Plugin turned off"),
    "plugin.enabled": _l("Plugin turned on"),
    "plugin.found": _l("Plugin found"),
    "plugin.incompatible": _l("Plugin does not fit"),
    "plugin.missing": _l("Plugin gone"),
    "plugin.paused": _l("Plugin paused after errors"),
    "plugin.purged": _l("Plugin purged"),
    "plugin.quarantined": _l("Plugin left out after an error"),
    "plugin.retried": _l("Plugin tried again"),
    "plugin.updated": _l("Plugin updated"),
    "request_type.added": _l("Request type added"),
    "request_type.changed": _l("Request type changed"),
    "request_type.confirmed": _l("Change of a request type confirmed"),
    "reset_link.made": _l("Link to a new password made"),
    "reset_link.used": _l("Password set by link"),
    "rights.changed": _l("Rights changed"),
    "schema.changed": _l("Tables changed"),
    "see_as.begun": _l("Seeing as somebody else begun"),
    "see_as.ended": _l("Seeing as somebody else ended"),
    "setting.changed": _l("Setting changed"),
    "sign_in.locked": _l("Sign-in locked"),
    "sign_in.privileged": _l("Administrator or auditor signed in"),
    "team.joined": _l("Team joined"),
    "ticket.followed_up": _l("Follow-up of a confidential ticket opened"),
    "ticket.released": _l("Ticket released without its approval"),
    "ticket.read": _l("Confidential ticket read"),
    "token.made": _l("API token made"),
    "token.revoked": _l("API token revoked"),
    "work.discarded": _l("Background work discarded"),
    "work.released": _l("Background work released"),
    "work.retried": _l("Background work tried again"),
}
#: What the filter offers: the kinds of thing that an action begins with.
KINDS: Mapping[str, LazyString] = {
    "answer": _l("Sensitive answers"),
    "person": _l("People"),
    "rights": _l("Rights"),
    "grant": _l("Work on desks"),
    "team": _l("Teams"),
    "password": _l("Passwords"),
    "reset_link": _l("Links to a new password"),
    "ticket": _l("Tickets"),
    "token": _l("API tokens"),
    "sign_in": _l("Sign-ins"),
    "break_glass": _l("Emergency access"),
    "plugin": _l("Plugins"),
    "setting": _l("Settings"),
    "desk": _l("Desks"),
    "request_type": _l("Request types"),
    "import": _l("Imports"),
    "backup": _l("Backups"),
    "schema": _l("Tables"),
    "work": _l("Background work"),
    "absence": _l("Absences"),
    "assistant": _l("Requests for others"),
    "demo": _l("Demo"),
    "look": _l("Look"),
    "see_as": _l("Seeing as somebody else"),
    "log": _l("The log itself"),
}
ACTORS: Mapping[str, LazyString] = {
    "person": _l("Person"),
    "plugin": _l("Plugin"),
    "command line": _l("Command line"),
    "visitor": _l("Somebody not signed in"),
    "system": _l("The helpdesk itself"),
}
FIELDS: Mapping[str, LazyString] = {
    "accent": _l("Accent colour"),
    "active": _l("Has access"),
    "administrator": _l("Administrator"),
    "area": _l("Area"),
    "asks_for": _l("Asks for"),
    "auditor": _l("Auditor"),
    "bad_rows": _l("Rows to correct"),
    "category": _l("Meaning"),
    "complete": _l("To the end"),
    "confidential": _l("Confidential"),
    "critical": _l("Nothing is stored without it"),
    "contact": _l("Contact in the footer"),
    "count": _l("How many"),
    "created": _l("New"),
    "department": _l("Department"),
    "deputy": _l("Deputy"),
    "desk": _l("Desk"),
    "digest": _l("Digest"),
    "edited": _l("Changed by an administrator"),
    "enabled": _l("Turned on"),
    "email": _l("E-mail address"),
    "expires_at": _l("Expires"),
    "external_id": _l("External id"),
    "file": _l("File"),
    "first_day": _l("First day"),
    "last_day": _l("Last day"),
    "form": _l("Form"),
    "held_since": _l("Held since"),
    "holidays": _l("Holidays"),
    "hours": _l("Business hours"),
    "icon": _l("Icon"),
    "job_title": _l("Job title"),
    "kind": _l("Kind"),
    "left_open": _l("Still open with the person"),
    "language": _l("Language"),
    "location": _l("Location"),
    "locked": _l("Locked"),
    "logo": _l("Logo"),
    "mac": _l("Signature"),
    "made_at": _l("Made"),
    "manager": _l("Manager"),
    "managers_see": _l("Managers see what their people ask"),
    "managers_send": _l("Managers can ask for people they lead"),
    "name": _l("Name"),
    "notice_en": _l("Notice in English"),
    "notice_pl": _l("Notice in Polish"),
    "organisation": _l("Organisation"),
    "password": _l("Password"),
    "paused": _l("Paused"),
    "people": _l("People"),
    "person": _l("Person"),
    "phone": _l("Phone"),
    "plugin": _l("Plugin"),
    "plugins": _l("Plugins that see its tickets"),
    "portal": _l("On the portal"),
    "position": _l("Place in lists"),
    "prefix": _l("Prefix of numbers"),
    "purpose": _l("Purpose"),
    "read": _l("Rows read"),
    "reason": _l("Reason"),
    "request_type": _l("Request type"),
    "revision": _l("Revision"),
    "role": _l("Role"),
    "scopes": _l("Scopes"),
    "secrets": _l("With the secret key"),
    "tables": _l("Tables"),
    "settings": _l("Settings"),
    "archive": _l("Archive"),
    "sequence": _l("Entry"),
    "skipped": _l("There already"),
    "state": _l("State"),
    "status": _l("Status"),
    "statuses": _l("Statuses"),
    "team": _l("Team"),
    "ticket": _l("Ticket"),
    "tickets": _l("Tickets"),
    "tier": _l("Tier"),
    "time_zone": _l("Time zone"),
    "title": _l("Title"),
    "tokens_ended": _l("Tokens ended"),
    "links_ended": _l("Links to a new password ended"),
    "until": _l("Until"),
    "updated": _l("Changed"),
    "asked": _l("Desk asked"),
    "audience": _l("Audience"),
    "default_priority": _l("Priority at first"),
    "description": _l("Description"),
    "door": _l("Door"),
    "field": _l("Field"),
    "fields": _l("Fields"),
    "group": _l("Group"),
    "keywords": _l("Words to find it by"),
    "offered": _l("Offered"),
    "order": _l("Order"),
    "popularity": _l("Popularity"),
    "subject": _l("Subject"),
    "summary": _l("Summary"),
    "typical_minutes": _l("Usual working minutes"),
    "value": _l("Value"),
    "version": _l("Version"),
    "views": _l("Saved views"),
    "wanted": _l("Wanted"),
    "weekly": _l("Days of the week"),
}
BROKEN: Mapping[Reason, LazyString] = {
    "added": _l("Entry %(number)s was added behind the end of the log."),
    "changed": _l("Entry %(number)s was changed, or put in the place of another one."),
    "cut": _l("Entry %(number)s and what followed it were removed, or the end of the log was changed."),
    "empty": _l("All entries were removed: the log of an installation is never empty."),
    "foreign": _l("Entry %(number)s was forged, or signed with a secret key that the configuration does not name."),
    "mended": _l("Before entry %(number)s was written, the end of the log had been changed or removed."),
    "missing": _l("Entry %(number)s is missing."),
    "other": _l("Entry %(number)s is not the one that was noted elsewhere."),
}


@dataclass(frozen=True)
class Words:
    """A value in words.

    :param recorded: as it was recorded, in no language.
    """

    text: str
    recorded: bool = False


def action_words(action: str) -> str:
    """Return what happened, in the reader's language; an action of a later version as it is written."""
    return str(ACTIONS.get(action, action))


def field_words(field: str) -> tuple[str, str]:
    """Return what a value is called, and its key where there are several of a kind: ``Team`` and ``l1``."""
    kind, _dot, key = field.partition(".")
    return str(FIELDS.get(kind, kind)), key


def value_words(value: Any, language: str) -> Words:
    """Return a value as people read it."""
    if value is None or value in ([], {}):
        return Words("–")
    if isinstance(value, bool):
        return Words(_("Yes") if value else _("No"))
    if isinstance(value, int | float):
        return Words(str(format_decimal(value)))
    if isinstance(value, list):
        return Words(", ".join(value_words(item, language).text for item in value), recorded=True)
    if isinstance(value, Mapping):
        if language in value:
            return Words(str(value[language]))
        parts = (f"{field_words(key)[0]}: {value_words(item, language).text}" for key, item in value.items())
        return Words(", ".join(parts), recorded=True)
    return Words(str(value), recorded=True)


def broken_words(reason: Reason, number: int) -> str:
    """Return what is wrong with an entry."""
    return str(BROKEN[reason]) % {"number": number}
