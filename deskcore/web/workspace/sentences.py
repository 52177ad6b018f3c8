"""What happened to a ticket, in words: one sentence for each kind of event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from deskcore.desks.catalogue import DeskEntry
from deskcore.hooks.contributions import PRIORITIES, STATUS_CATEGORIES
from deskcore.runtime import runtime
from deskcore.tickets.children import CHILD, PARENT
from deskcore.tickets.pages import Entry
from deskcore.tickets.timeline import said_by_plugin
from deskcore.web.viewer import language
from deskcore.web.vocabulary import priority_look, status_look

#: What stands before the line of an event.
ICONS: Mapping[str, str] = {
    "opened": "plus",
    "message": "reply",
    "note": "lock",
    "assigned": "user",
    "left_unassigned": "clock",
    "escalated": "up",
    "moved": "right",
    "status_changed": "play",
    "priority_changed": "equal",
    "tags_changed": "tag",
    "participant_added": "users",
    "participant_removed": "users",
    "member_added": "lock",
    "member_removed": "lock",
    "visibility_changed": "lock",
    "break_glass_given": "key",
    "break_glass_ended": "key",
    "note_added": "lock",
    "linked": "link",
    "withdrawn": "check",
    "plugin_said": "stamp",
    "released": "right",
    "merged": "link",
    "joined": "link",
}


@dataclass(frozen=True)
class Words:
    """Puts the events of one ticket into words.

    :param names: names by person id, for everybody whom the events mention.
    :param requester: name of the requester.
    """

    desk: DeskEntry
    names: Mapping[int, str]
    requester: str

    def sentence(self, entry: Entry) -> str:
        """Return what happened, with who did it."""
        who, known = self.actor(entry), self._kinds().get(entry.kind)
        said = known(entry, who) if known else _("%(who)s changed something", who=who)
        return _("%(said)s (undo)", said=said) if entry.data.get("undoes") else said

    def actor(self, entry: Entry) -> str:
        """Return who did it: a person, a plugin, or the helpdesk itself."""
        if entry.author is not None:
            return entry.author.name
        return entry.plugin or _("The helpdesk")

    def _kinds(self) -> Mapping[str, Callable[[Entry, str], str]]:
        return {
            "opened": lambda entry, who: _("%(who)s opened the ticket", who=who),
            "message": lambda entry, who: _("%(who)s wrote a message", who=who),
            "note": lambda entry, who: _("%(who)s wrote an internal note", who=who),
            "assigned": self._assigned,
            "left_unassigned": self._left_unassigned,
            "escalated": self._escalated,
            "moved": self._moved,
            "status_changed": self._status_changed,
            "priority_changed": self._priority_changed,
            "tags_changed": self._tags_changed,
            "participant_added": self._joined,
            "participant_removed": self._left,
            "member_added": self._named,
            "member_removed": self._no_longer_named,
            "visibility_changed": lambda entry, who: (
                _("%(who)s left it to named people", who=who)
                if entry.data.get("to") == "named"
                else _("%(who)s opened it to the whole desk", who=who)
            ),
            "break_glass_given": self._given,
            "break_glass_ended": self._ended,
            "note_added": lambda entry, who: _("%(who)s wrote an internal note that stayed with another desk", who=who),
            "linked": self._linked,
            "merged": lambda entry, who: _("%(who)s merged it into another ticket", who=who),
            "joined": lambda entry, who: _("%(who)s merged another ticket into it", who=who),
            "withdrawn": lambda entry, who: _("%(who)s no longer needs help", who=who),
            "plugin_said": lambda entry, who: said_by_plugin(entry.data, language()),
            "released": lambda entry, who: _("%(who)s let it go on without the approval", who=who),
        }

    def _named(self, entry: Entry, who: str) -> str:
        return _("%(who)s lets %(person)s see it", who=who, person=self._name(entry.data.get("person")))

    def _no_longer_named(self, entry: Entry, who: str) -> str:
        return _("%(who)s no longer lets %(person)s see it", who=who, person=self._name(entry.data.get("person")))

    def _given(self, entry: Entry, who: str) -> str:
        person = self._name(entry.data.get("person"))
        return _("%(who)s confirmed emergency access for %(person)s", who=who, person=person)

    def _ended(self, entry: Entry, who: str) -> str:
        return _("The emergency access of %(person)s ended", person=self._name(entry.data.get("person")))

    def _name(self, person_id: object) -> str:
        return self.names.get(person_id, _("somebody")) if isinstance(person_id, int) else _("somebody")

    def _assigned(self, entry: Entry, who: str) -> str:
        before, after = entry.data.get("from"), entry.data.get("to")
        if after is None:
            return _("%(who)s took it from %(person)s", who=who, person=self._name(before))
        if entry.author is not None and entry.author.id == after:
            return _("%(who)s took it", who=who)
        if entry.data.get("instead_of"):
            stands_in, absent = self._name(after), self._name(entry.data["instead_of"])
            return _(
                "%(who)s assigned it to %(person)s, who stands in for %(absent)s",
                who=who,
                person=stands_in,
                absent=absent,
            )
        return _("%(who)s assigned it to %(person)s", who=who, person=self._name(after))

    def _left_unassigned(self, entry: Entry, who: str) -> str:
        absent = self._name(entry.data.get("instead_of"))
        return _("%(who)s did not assign it: %(absent)s is away, and nobody stands in", who=who, absent=absent)

    def _escalated(self, entry: Entry, who: str) -> str:
        team = runtime().catalogue.team_by_id(entry.data.get("to"))
        if team is None:
            return _("%(who)s took it out of its team", who=who)
        return _("%(who)s handed it to the team %(team)s", who=who, team=team.title.in_language(language()))

    def _moved(self, entry: Entry, who: str) -> str:
        titles = {desk.id: desk.title.in_language(language()) for desk in runtime().catalogue.desks.values()}
        before, after = titles.get(entry.data.get("from", 0), "–"), titles.get(entry.data.get("to", 0), "–")
        return _("%(who)s moved it from %(before)s to %(after)s", who=who, before=before, after=after)

    def _linked(self, entry: Entry, who: str) -> str:
        link, desks = entry.data.get("link"), runtime().catalogue.desks.values()
        if link == PARENT:
            return _("%(who)s opened it as a follow-up of another ticket", who=who)
        if link != CHILD:
            return _("%(who)s linked another ticket", who=who)
        desk = next((desk for desk in desks if desk.id == entry.data.get("desk")), None)
        if desk is None:
            return _("%(who)s opened a follow-up", who=who)
        return _("%(who)s opened a follow-up: %(desk)s", who=who, desk=desk.title.in_language(language()))

    def _status_changed(self, entry: Entry, who: str) -> str:
        key, category = str(entry.data.get("to", "")), str(entry.data.get("category", ""))
        named = (*self.desk.former, *self.desk.worn)
        titles = {status.key: status.title.in_language(language()) for status in named}
        word = titles.get(key) or (str(status_look(category).word) if category in STATUS_CATEGORIES else key)
        return _("%(who)s set the status to %(status)s", who=who, status=word)

    def _priority_changed(self, entry: Entry, who: str) -> str:
        number = entry.data.get("to")
        known = isinstance(number, int) and 1 <= number <= len(PRIORITIES)
        word = str(priority_look(number).word) if known and isinstance(number, int) else "–"
        return _("%(who)s set the priority to %(priority)s", who=who, priority=word)

    def _tags_changed(self, entry: Entry, who: str) -> str:
        tags = entry.data.get("to") or []
        if not tags:
            return _("%(who)s removed all tags", who=who)
        return _("%(who)s set the tags to %(tags)s", who=who, tags=", ".join(map(str, tags)))

    def _joined(self, entry: Entry, who: str) -> str:
        person = self._name(entry.data.get("person"))
        if entry.data.get("role") == "follower":
            return _("%(who)s added %(person)s as a follower", who=who, person=person)
        return _("%(who)s let %(person)s take part", who=who, person=person)

    def _left(self, entry: Entry, who: str) -> str:
        return _("%(who)s removed %(person)s", who=who, person=self._name(entry.data.get("person")))
