"""What is sent to the routes, and what stands in their addresses, where the ticket does not say it."""

from __future__ import annotations

from typing import Any

#: What is sent so that whoever may do it does it.
FORMS: dict[str, dict[str, Any]] = {
    "/agent/macros": {"name": "Greeting", "body": "Hello"},
    "/agent/tickets/<number>/assign": {"assignee": "marek.nowak@meridian.example"},
    "/agent/tickets/<number>/escalate": {"to": "it/l3"},
    "/agent/tickets/<number>/follow": {"person": "jan.wojcik@meridian.example"},
    "/agent/tickets/<number>/link": {"other": "IT-1"},
    "/agent/tickets/<number>/move": {"to": "dummy/"},
    "/agent/tickets/<number>/named": {"for": "named"},
    "/agent/tickets/<number>/note": {"body": "A note"},
    "/agent/tickets/<number>/panels/<plugin>/<panel>": {"hidden": "1"},
    "/agent/tickets/<number>/priority": {"priority": "urgent"},
    "/agent/tickets/<number>/read": {"version": "1-1"},
    "/agent/tickets/<number>/reply": {"body": "A reply"},
    "/agent/tickets/<number>/status": {"status": "on_hold"},
    "/agent/tickets/<number>/tags": {"tags": "one two"},
    "/emergency-access": {"number": "IT-1", "reason": "Somebody needs it at once"},
    "/approvals/<token>": {"action": "approve", "version": "1"},
    "/approvals/delegation": {"delegate": "jan.wojcik@meridian.example"},
    "/requests/<number>/people": {"person": "jan.wojcik@meridian.example"},
    "/requests/<number>/reply": {"body": "An answer", "idempotency_key": "matrix"},
    "/x/approvals/cost-centres": {"code": "900", "name": "Sales", "owner": "jan.wojcik@meridian.example"},
    "/x/approvals/cost-centres/remove": {"code": "900"},
    "/agent/members/<key>/plugins/<plugin>": {"on": "1"},
    "/x/finance_desk/accounts/<number>/call": {"phone": "+48 22 555 01 23", "spoke_with": "Jan Lis"},
    "/x/finance_desk/accounts/<number>/reject": {"reason": "Nobody there knows of it"},
    "/x/sla_policies/calendars/<key>": {"en": "Office", "zone": "Europe/Warsaw", "hours.0": "08:00–16:00"},
    "/x/sla_policies/calendars/<key>/days": {"day": "2031-05-02", "day_name": "Bridge day"},
    "/x/sla_policies/calendars/<key>/holidays": {"country": "PL", "first_year": "2031"},
    "/x/sla_policies/calendars/new": {"en": "Warehouse", "zone": "Europe/Warsaw", "hours.0": "08:00–16:00"},
    "/x/sla_policies/policies/<key>": {"en": "IT", "calendar": "office", "urgent.resolution": "4 h", "revision": "0"},
    "/x/sla_policies/what-if": {"first": "now", "size": "50"},
    "/x/sla_policies/policies/new": {"en": "IT", "calendar": "office", "urgent.resolution": "4 h", "revision": "0"},
}
#: The same for the API.
DOCUMENTS: dict[str, dict[str, Any]] = {
    "/api/v1/tickets": {
        "desk": "it",
        "request_type": "incident",
        "answers": {"service": "printer", "what_happened": "It jams", "affected": "me"},
    },
    "/api/v1/tickets/<number>": {"priority": "urgent"},
    "/api/v1/tickets/<number>/messages": {"body": "A message"},
    "/api/v1/tickets/<number>/transitions": {"status": "on_hold"},
    "/api/v1/x/dummy_all/visits/<badge>": {"guest": "Jan"},
}
PLACES = {
    "slug": "it-incident",
    "door": "broken",
    "code": "pl",
    "email": "jan.wojcik@meridian.example",
    "plugin": "dummy_all",
    "mode": "reply",
    "page": "sla",
    "report": "visits",
    "panel": "dummy_visit",
    "offer": "x" * 22,
    "reply": "x" * 22,
    "badge": "B-1",
    "secret": "x" * 43,
    "signed": "x" * 60,
    "field": "affected",
    "filename": "app.css",
    "team": "l1",
    "category": "network",
    "handle": "x" * 16,
    "revision": "1",
    "run_token": "x" * 32,
    "status": "new",
    "tag": "NB-0412",
}
