"""What the desk makes of ratings: panels, a column, the report, and low ratings that a lead deals with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from deskcore_satisfaction import panels
from deskcore_satisfaction.models import Survey
from flask.testing import FlaskClient
from sqlalchemy import select

from deskcore import clock
from deskcore.extensions import db
from deskcore.fingerprints import fingerprint
from deskcore.people.addresses import change_address
from deskcore.testing import Statements, statements
from deskcore.testing.outbox import run_job
from deskcore.tickets import services
from deskcore.tickets.models import Ticket
from deskcore.viewer import SYSTEM
from deskcore.work import acting_as, unit_of_work

from .conftest import MONDAY, Asking, address, later

User = Callable[[str], FlaskClient]


def rated(asking: Asking, as_user: User, ratings: Mapping[str, tuple[str, int | None, str]]) -> dict[str, str]:
    """Let agents solve tickets of these names, and their requester rate them; return the numbers by name."""
    asking.give("pause_days", 0)
    numbers = {}
    for name, (agent, rating, comment) in ratings.items():
        numbers[name] = asking.asked(about=name, agent=agent)
        if rating is not None:
            with clock.at(later(hours=4)):
                form = {"rating": str(rating), "comment": comment, "version": "1"}
                assert as_user("requester").post(f"/ratings/{numbers[name]}", data=form).status_code == 303
    asking.work(later(hours=4))
    return numbers


def test_the_lead_deals_with_a_low_rating_and_says_what_was_done(asking: Asking, as_user: User) -> None:
    number = rated(asking, as_user, {"Door": ("agent", 1, "It <i>squeaks</i>")})["Door"]
    page = f"/x/satisfaction/low/{number}"
    with clock.at(later(hours=5)):
        lead, agent = as_user("lead"), as_user("agent")
        assert "It &lt;i&gt;squeaks&lt;/i&gt;" in lead.get(page).text
        assert number in lead.get("/x/satisfaction/low").text
        assert number not in agent.get("/x/satisfaction/low").text
        assert (agent.get(page).status_code, as_user("requester").get(page).status_code) == (403, 403)
        assert as_user("other_agent").get(page).status_code == 404
        assert agent.post(page, data={"note": "Mine", "version": "2"}).status_code == 403
        assert lead.post(page, data={"note": " ", "version": "2"}).status_code == 422
        late = lead.post(page, data={"note": "Oiled it", "version": "1"})
        assert (late.status_code, "Oiled it" in late.text) == (409, True)
        for _twice in range(2):
            assert lead.post(page, data={"note": "Oiled it", "version": "2"}).status_code == 303
        assert "Oiled it" in lead.get(page).text
        assert number not in lead.get("/x/satisfaction/low").text
    assert asking.said(number)[-2:] == [("Low rating: Very bad", False), ("Leon Lead dealt with the low rating", False)]
    with clock.at(later(hours=6)):
        form = {"rating": "2", "comment": "Still", "version": "2"}
        assert as_user("requester").post(f"/ratings/{number}", data=form).status_code == 303
        assert number in as_user("lead").get("/x/satisfaction/low").text  # another rating is another matter


def test_agents_see_ratings_beside_tickets_and_people_and_in_lists(
    asking: Asking, as_user: User, query_budget: Callable[[int], Statements]
) -> None:
    numbers = rated(
        asking, as_user, {"Door": ("agent", 2, "It squeaks"), "Lamp": ("agent", None, ""), "Key": ("lead", 5, "")}
    )
    with clock.at(later(hours=5)):
        page = as_user("agent").get(f"/agent/tickets/{numbers['Door']}").text
        assert "It squeaks" in page
        assert "Waits for the lead" in page
        assert f"/x/satisfaction/low/{numbers['Door']}" in as_user("lead").get(f"/agent/tickets/{numbers['Door']}").text
        assert "No answer yet; asked on" in as_user("agent").get(f"/agent/tickets/{numbers['Lamp']}").text
        person = as_user("agent").get(f"/agent/people/{address('requester')}").text
        assert "Bad – Door" in person
        assert "Bad – Door" not in as_user("other_agent").get(f"/agent/people/{address('requester')}").text
    with asking.as_("agent", "workspace"), query_budget(2):
        assert panels.column(list(numbers.values())) == {numbers["Door"]: "Bad", numbers["Key"]: "Very good"}
    with asking.as_("other_agent", "workspace"):
        assert panels.column(list(numbers.values())) == {}


def found(agent: FlaskClient, text: str) -> set[str]:
    """Return the numbers that a list shows for the text of a query."""
    page = agent.get("/agent/tickets", query_string={"q": text, "limit": 100})
    assert page.status_code == 200
    return set(re.findall(r'href="/agent/tickets/([A-Z]+-[0-9A-Z]+)[?"]', page.text))


def test_lists_are_narrowed_by_the_last_rating(asking: Asking, as_user: User) -> None:
    given = {"Door": 1, "Desk": 2, "Lamp": 3, "Key": 4, "Chair": 5, "Window": None}
    numbers = rated(asking, as_user, {name: ("agent", rating, "") for name, rating in given.items()})
    agent = as_user("agent")

    def named(text: str) -> set[str]:
        shown = found(agent, text)
        return {name for name, number in numbers.items() if number in shown}

    key = "x.satisfaction.rating"
    wanted = {
        "none": {"Window"}, "low": {"Door", "Desk"}, "high": {"Key", "Chair"}, "very_bad": {"Door"}, "bad": {"Desk"},
        "all_right": {"Lamp"}, "good": {"Key"}, "very_good": {"Chair"}, "low,very_good": {"Door", "Desk", "Chair"},
        "none,high": {"Window", "Key", "Chair"}, "low,bad": {"Door", "Desk"},
    }  # fmt: skip
    assert {values: named(f"{key}:{values}") for values in wanted} == wanted
    assert named(f"-{key}:low") == set(numbers) - {"Door", "Desk"}
    assert named(f"{key}:splendid") == set(numbers)  # it means nothing, and the page says so
    page = agent.get("/agent/tickets", query_string={"q": f"{key}:low"}).text
    assert "Rating: Low" in page
    # The last rating counts: somebody who was let down the first time and content the second.
    asking.do("agent", services.set_status, numbers["Door"], "open", at=later(hours=5))
    asking.solve(numbers["Door"], at=later(hours=6))
    asking.ask(later(hours=9))
    with clock.at(later(hours=10)):
        form = {"rating": "5", "comment": "", "version": "1"}
        assert as_user("requester").post(f"/ratings/{numbers['Door']}", data=form).status_code == 303
    assert named(f"{key}:low") == {"Desk"}
    assert named(f"{key}:high") == {"Door", "Key", "Chair"}
    # A list costs no statement more for it, and whoever does not see the tickets does not find them.
    with asking.house.app.app_context():
        engine = db.engine
    counts = []
    for text in ("priority:low,normal,high,urgent", f"{key}:low,high,none"):
        found(agent, text)
        with statements(engine) as ran:
            found(agent, text)
        counts.append(len(ran))
    assert counts[0] == counts[1]
    assert found(as_user("other_agent"), f"{key}:low,high,none") == set()


def test_ratings_on_a_confidential_desk_are_found_by_its_agents_alone(asking: Asking, as_user: User) -> None:
    number = asking.open(desk="elsewhere")
    with asking.house.app.app_context(), acting_as(SYSTEM), unit_of_work() as session:
        [ticket_id] = session.scalars(select(Ticket.id).where(Ticket.number == number))
        about = {"desk": "elsewhere", "request_type": "concern", "requester": address("requester")}
        times = {"closed_at": MONDAY, "due_at": MONDAY, "asked_at": MONDAY, "rated_at": MONDAY}
        session.add(Survey(ticket_id=ticket_id, closing=2, state="asked", rating=1, **about, **times))
    assert found(as_user("other_agent"), "x.satisfaction.rating:low") == {number}
    assert found(as_user("agent"), "x.satisfaction.rating:low") == set()


def test_the_report_counts_what_its_reader_may_see(asking: Asking, as_user: User) -> None:
    rated(
        asking,
        as_user,
        {
            "Door": ("agent", 1, "It squeaks"),
            "Lamp": ("agent", 4, ""),
            "Desk": ("agent", None, ""),
            "Key": ("lead", 5, "Quick"),
            "Tap": ("lead", None, ""),
        },
    )
    with clock.at(later(hours=5)):
        lead, agent = (as_user(role).get("/reports/csat?period=month").text for role in ("lead", "agent"))
        elsewhere = as_user("other_agent").get("/reports/csat?period=month").text
        csv = as_user("lead").get("/reports/csat.csv?period=month&table=answers").text
        by_agent = as_user("lead").get("/reports/csat.csv?period=month&table=by-agent").text
        own = as_user("agent").get("/reports/csat.csv?period=month&table=by-agent").text
        overview = as_user("lead").get("/reports?period=month").text
    for page in (lead, agent):
        assert "3.3" in page  # (1 + 4 + 5) / 3
        assert "3 of 5 answered" in page
        assert "60%" in page
        assert "It squeaks" in page
    assert "Deal with it" in lead
    assert "Waits for the lead" in agent
    assert "No ratings yet: nobody was asked" in elsewhere
    assert "It squeaks" not in elsewhere
    assert "Very bad" in csv
    assert ("Agata Agent" in by_agent, "Leon Lead" in by_agent) == (True, True)
    assert ("Agata Agent" in own, "Leon Lead" in own) == (True, False)
    assert "Ratings by desk" in overview


def test_programs_read_ratings_as_far_as_people_may(
    asking: Asking, as_user: User, api: Callable[[str], FlaskClient]
) -> None:
    numbers = rated(asking, as_user, {"Door": ("agent", 1, "It squeaks"), "Key": ("lead", 5, "")})
    one, all_ = f"/api/v1/x/satisfaction/tickets/{numbers['Door']}", "/api/v1/x/satisfaction/desks/plain"
    with clock.at(later(hours=5)):
        [item] = api("agent").get(one).json["items"]  # type: ignore[index]
        assert (item["number"], item["rating"], item["comment"]) == (numbers["Door"], 1, "It squeaks")
        assert item["rated_at"] == "2026-11-23T13:00:00+00:00"
        assert api("requester").get(one).status_code == 200
        for role in ("other_requester", "other_agent", "admin"):
            assert api(role).get(one).status_code == 404, role
        assert [each["number"] for each in api("agent").get(all_).json["items"]] == [numbers["Door"]]  # type: ignore[index]
        first = api("lead").get(all_, query_string={"limit": "1"}).json
        assert first is not None
        rest = api("lead").get(all_, query_string={"after": first["next"]}).json
        assert rest is not None
        assert [each["number"] for each in (*first["items"], *rest["items"])] == [numbers["Key"], numbers["Door"]]
        assert rest["next"] is None
        assert api("lead").get(all_, query_string={"after": "nothing"}).status_code == 422
        for role in ("requester", "other_agent", "admin"):
            assert api(role).get(all_).status_code == 404, role
        assert api("lead").get(all_, query_string={"limit": "0"}).status_code == 422
        assert api("lead").get("/api/v1/x/satisfaction/desks/nowhere").status_code == 404
        assert api("lead").get(f"/api/v1/x/satisfaction/tickets/{'PLAIN-999'}").status_code == 404


def test_ratings_are_forgotten_after_their_time_and_follow_people_to_new_addresses(
    asking: Asking, as_user: User
) -> None:
    number = rated(asking, as_user, {"Door": ("agent", 4, "Fine")})["Door"]
    with asking.house.app.app_context(), acting_as(SYSTEM):
        change_address(address("requester"), "rita.new@organisation.example", fingerprint(address("requester")))
    with clock.at(later(hours=6)):
        assert "Change it" in as_user("rita.new@organisation.example").get(f"/requests/{number}").text
        run_job(asking.house, "satisfaction_tidy", {})
    assert asking.last(number).requester == "rita.new@organisation.example"
    asking.give("keep_days", 30)
    with clock.at(later(days=31)):
        run_job(asking.house, "satisfaction_tidy", {})
    assert asking.surveys() == []


def test_a_stranger_without_any_desk_is_refused_by_pages_for_leads(as_user: User) -> None:
    assert as_user("requester").get("/x/satisfaction/low").status_code == 403
    assert as_user("other_agent").get("/x/satisfaction/low").status_code == 200
