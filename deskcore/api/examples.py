"""Examples in the API's description."""

from __future__ import annotations

MAIL_IS_DOWN_BODY = {
    "desk": "it",
    "request_type": "incident",
    "answers": {"service": "mail", "what_happened": "Outlook shows “Disconnected” since this morning."},
}
MAIL_IS_DOWN = {
    "number": "IT-2394",
    "desk": "it",
    "request_type": "incident",
    "subject": "Outlook shows “Disconnected” since this morning.",
    "description": "Outlook shows “Disconnected” since this morning.",
    "status": "open",
    "status_category": "open",
    "priority": "normal",
    "requester": {"name": "Anna Kowalska", "email": "anna.kowalska@meridian.example"},
    "assignee": {"name": "Marek Nowak", "email": "marek.nowak@meridian.example"},
    "team": "l1",
    "tags": ["mail"],
    "answers": {"service": "mail", "what_happened": "Outlook shows “Disconnected” since this morning."},
    "extra": {},
    "version": 3,
    "created_at": "2026-03-02T08:15:00Z",
    "updated_at": "2026-03-02T08:40:12Z",
    "due_at": None,
}
MESSAGE = {"seq": 4, "kind": "message", "at": "2026-03-02T08:40:12Z", "body": "Please restart Outlook and try again."}
TIMELINE = {
    "seq": 3,
    "kind": "assigned",
    "at": "2026-03-02T08:20:00Z",
    "author": {"name": "Ola Mazur", "email": "ola.mazur@meridian.example"},
    "plugin": None,
    "channel": "portal",
    "body": "",
    "attachments": [],
    "changes": {"from": None, "to": "Marek Nowak"},
}
