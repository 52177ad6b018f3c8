"""Requests made from the description itself, right and wrong ones, sent to a real server.

The same can be tried against any installation, best one without real data:

    schemathesis run $HELPDESK/api/v1/openapi.json --header "Authorization: Bearer $TOKEN"
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.api.conftest import Program
from tests.bad_inputs.conftest import serving

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "missing_required_header", "unsupported_method",
    "allow_header_conformance", "ignored_auth",
)  # fmt: skip
#: Requests for each operation besides those that try every limit; so few that both tokens take a quarter of a minute.
EXAMPLES = 4


@pytest.fixture
def database() -> str:
    """The checks look at answers, which are the same on both databases."""
    return "sqlite"


@pytest.mark.parametrize("name", ["marek.nowak", "anna.kowalska"])
def test_every_operation_keeps_what_its_description_promises(
    app: Flask, program: Callable[..., Program], name: str, tmp_path: Path
) -> None:
    caller = program(name)
    caller.opens()  # something to be found: what comes back is sent again
    described = caller.get("/openapi.json").get_json()["paths"]
    count = sum(len(item.keys() - {"parameters"}) for path, item in described.items() if "openapi" not in path)
    with serving(app) as (host, port):
        command = [
            str(Path(sys.executable).with_name("schemathesis")), "run", f"http://{host}:{port}/api/v1/openapi.json",
            "--header", f"Authorization: Bearer {caller.token}", "--checks", ",".join(CHECKS),
            "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES),
            "--generation-deterministic", "--continue-on-failure", "--no-color",
        ]  # fmt: skip
        environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    assert re.search(rf"Tested: {count}\b", done.stdout), done.stdout
