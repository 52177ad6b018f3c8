"""Who will be asked, as far as it can be told before the form is filled: for the person who is about to fill it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from flask_babel import format_currency
from flask_babel import gettext as _

from deskcore.plugin import PanelRow, PersonView, RequestType, TicketDraft, ViewerView, people
from deskcore_approvals.delegations import delegates_now
from deskcore_approvals.finding import found, leads
from deskcore_approvals.rules import Step, When, read_rules
from deskcore_approvals.seeing import stand_in

#: So many people are named.
_NAMED = 3


def rows(request_type: RequestType, viewer: ViewerView) -> list[PanelRow]:
    """Return a row for each step that a request may need, in order: who decides, and when it is asked."""
    steps = read_rules(request_type.sections["approvals"]).steps
    as_it_opens = {field.key: viewer.email for field in request_type.fields if field.default == "me"}
    requester, texts = PersonView(viewer.email, viewer.name), ("", "", "")
    draft = TicketDraft(request_type.desk, request_type.key, *texts, requester, "portal", as_it_opens)
    asked, delegates = {step.key: _asked(step, draft) for step in steps}, delegates_now()
    deciders = {
        key: [person for email in emails if (person := stand_in(email, viewer.email, delegates, _anybody))]
        for key, emails in asked.items()
    }
    named = people.named({email for emails in deciders.values() for email in emails})
    names = {key: [named[email].name for email in emails if email in named] for key, emails in deciders.items()}
    told = {step.key: _told(step, names[step.key], request_type, viewer.language) for step in steps}
    return [PanelRow(" · ".join(told[step.key]), term=step.title.in_language(viewer.language)) for step in steps]


def _asked(step: Step, draft: TicketDraft) -> list[str]:
    """Return the addresses of those who would be asked as the form opens; nobody where only an answer tells."""
    known = [entry for entry in step.approvers if not (field := _field_of(entry)) or field in draft.answers]
    approvers, _complete = found(known, draft, _anybody)
    # Where an answer will tell, nobody is asked instead yet.
    return list(approvers if approvers or len(known) < len(step.approvers) else leads(draft, _anybody))


def _anybody(email: str) -> bool:
    return True


def _field_of(entry: str) -> str:
    """Return the field whose answer says whom an entry means, or ``""``."""
    kind, _colon, rest = entry.partition(":")
    return rest.partition(":")[0] if kind in ("field", "cost_centre") else ""


def _told(step: Step, names: Sequence[str], request_type: RequestType, language: str) -> Iterator[str]:
    labels = {field.key: field.label.in_language(language) for field in request_type.fields}
    if len(names) > _NAMED:
        yield _("%(names)s and others", names=", ".join(names[:_NAMED]))
    elif names:
        yield ", ".join(names)
    for field in dict.fromkeys(map(_field_of, step.approvers)):
        if field and (step.when is None or step.when.field != field):
            yield _("depends on “%(field)s”", field=labels[field])
    if step.above is not None:
        yield _("above %(amount)s", amount=", ".join(_limits(step.above)))
    if step.when is not None:
        yield _condition(step.when, request_type, language)


def _limits(above: Mapping[str, Decimal]) -> Iterator[str]:
    for currency, limit in above.items():
        digits = "" if limit == limit.to_integral_value() else ".00"
        yield str(format_currency(limit, currency, format=f"#,##0{digits}\u00a0¤¤", currency_digits=False))


def _condition(when: When, request_type: RequestType, language: str) -> str:
    field = next(each for each in request_type.fields if each.key == when.field)
    label = field.label.in_language(language)
    if when.values is None:
        return _("if “%(field)s” is filled in", field=label)
    titles = {option.value: option.label.in_language(language) for option in field.options}
    words = {True: _("yes"), False: _("no")}
    values = [words[value] if isinstance(value, bool) else titles.get(value, str(value)) for value in when.values]
    return _("if “%(field)s” is: %(values)s", field=label, values=", ".join(values))
