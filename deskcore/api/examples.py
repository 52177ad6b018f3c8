"""Examples in the API's description."""

from __future__ import annotations

_ANNA = {"name": "Anna Kowalska", "email": "anna.kowalska@meridian.example"}
_MAREK = {"name": "Marek Nowak", "email": "marek.nowak@meridian.example"}

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
    "requester": _ANNA,
    "assignee": _MAREK,
    "team": "l1",
    "tags": ["mail"],
    "answers": {"service": "mail", "what_happened": "Outlook shows “Disconnected” since this morning."},
    "extra": {},
    "version": 3,
    "created_at": "2026-03-02T08:15:00Z",
    "updated_at": "2026-03-02T08:40:12Z",
    "due_at": None,
}
REVEALED = {"field": "account_number", "value": "PL61109010140000071219812874"}
FILE = {
    "key": "9Jx0dUqQ2nH4bV7s",
    "name": "outlook.log",
    "size": 20480,
    "sealed": False,
    "media_type": "text/plain",
    "url": "/api/v1/tickets/IT-2394/attachments/9Jx0dUqQ2nH4bV7s",
}
TICKET_FILE = FILE | {"seq": 4, "kind": "message", "at": "2026-03-02T08:40:12Z"}
MESSAGE = {
    "seq": 4,
    "kind": "message",
    "at": "2026-03-02T08:40:12Z",
    "body": "Please restart Outlook and try again.",
    "attachments": [],
}
FILES_SENT = MESSAGE | {"body": "outlook.log", "attachments": [FILE]}
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
ME = _MAREK | {
    "language": "pl",
    "time_zone": "Europe/Warsaw",
    "administrator": False,
    "area": "workspace",
    "scopes": ["desks:read", "people:read", "plugins:read", "plugins:write", "tickets:read", "tickets:write"],
    "expires_at": "2027-03-02T08:15:00Z",
    "desks": [{"key": "it", "role": "agent"}],
}
SOMEBODY = _ANNA | {
    "job_title": "Sales specialist",
    "phone": "+48 22 555 01 17",
    "department": "Sales",
    "location": "Warsaw",
    "manager": {"name": "Piotr Zieliński", "email": "piotr.zielinski@meridian.example"},
    "absent_until": None,
}
DESK = {
    "key": "it",
    "title": "IT",
    "open": True,
    "statuses": [{"key": "new", "category": "new", "title": "New"}],
    "teams": [{"key": "l1", "title": "First line", "tier": 1}],
}
REQUEST_TYPE = {
    "key": "incident",
    "desk": "it",
    "title": "Something doesn't work",
    "summary": "Tell us what happens.",
    "fields": {"type": "object", "properties": {"what_happened": {"type": "string"}}, "required": ["what_happened"]},
}
HIT = {
    "kind": "ticket",
    "title": "Outlook shows “Disconnected” since this morning.",
    "url": "https://help.meridian.example/agent/tickets/IT-2394",
    "snippet": "Outlook shows “Disconnected” since this morning.",
    "score": 1.0,
}
WRONG = {"field": "answers.service", "message": "This is needed.", "pointer": "/answers/service"}


def page(item: object) -> dict[str, object]:
    """Return a page of one item."""
    return {"items": [item], "next": None}
