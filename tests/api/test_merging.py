"""Merging by program: once, guarded by the version, and afterwards told where to go."""

from __future__ import annotations

import pytest

from tests.api.conftest import Program

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"])


def test_a_program_merges_once_and_is_told_where_to_go_afterwards(marek: Program, anna: Program) -> None:
    source, target = anna.opens(), anna.opens()
    tag = marek.get(f"/tickets/{source}").headers["ETag"]
    headers = {"If-Match": tag, "Idempotency-Key": "merge-1"}
    for _time in range(2):
        answer = marek.post(f"/tickets/{source}/merge", {"into": target}, headers=headers)
        assert answer.status_code == 200
        assert answer.get_json()["number"] == target
    assert marek.get(f"/tickets/{source}").get_json()["status_category"] == "closed"
    late = anna.post(f"/tickets/{source}/messages", {"body": "Hello?"})
    assert late.status_code == 422
    assert f"This was merged into {target}. Go on there." in late.text
    assert marek.post(f"/tickets/{source}/transitions", {"status": "open"}).status_code == 422
    kinds = [item["kind"] for item in marek.get(f"/tickets/{target}/timeline").get_json()["items"]]
    assert kinds.count("joined") == 1
    assert "joined" not in anna.get(f"/tickets/{target}/timeline").text


def test_what_cannot_be_merged_is_a_problem(marek: Program, anna: Program) -> None:
    source, target = anna.opens(), anna.opens()
    assert anna.post(f"/tickets/{source}/merge", {"into": target}).status_code == 403
    assert marek.post(f"/tickets/{source}/merge", {"into": "IT-99999"}).status_code == 404
    itself = marek.post(f"/tickets/{source}/merge", {"into": source})
    assert itself.status_code == 422
    assert itself.get_json()["errors"][0]["field"] == "into"
    stale = marek.post(f"/tickets/{source}/merge", {"into": target}, headers={"If-Match": f'"{source}-v99"'})
    assert stale.status_code == 409
