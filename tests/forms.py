"""Forms on pages, as a browser without scripts fills and sends them over a real connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO

from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests.web.portal.conftest import Form, Page

#: The fault of the IT desk, as its form wants it.
FAULT = {"service": "mail", "affected": "me", "work_stopped": "no", "what_happened": "Outlook shows nothing."}
FAULT_FORM = "/services/it-incident"


def form_on(page: str, control: str = "idempotency_key") -> Form:
    """Return the form of a page that has a control of this name."""
    return next(form for form in Page(page).forms if form.values(control))


def filled(
    form: Form, changed: Mapping[str, str] | None = None, files: Iterable[tuple[str, str, bytes]] = ()
) -> tuple[bytes, dict[str, str]]:
    """Return what a browser sends, and its headers.

    :param changed: what somebody has entered, by name.
    :param files: name of the control, name of the file, and content.
    """
    sent: dict[str, list[str | FileStorage]] = {}
    for name, value in form.controls:
        sent.setdefault(name, []).append(value)
    sent |= {name: [value] for name, value in (changed or {}).items()}
    for control, name, content in files:
        sent.setdefault(control, []).append(FileStorage(BytesIO(content), name, control))
    boundary, body = encode_multipart(sent)
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
