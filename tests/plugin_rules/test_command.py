"""``deskcore plugin check``: names and paths, one rule, JSON, exit codes, silenced rules."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from deskcore.cli import main
from deskcore.plugin_rules.catalogue import RULES
from deskcore.plugin_rules.document import render
from tests.plugin_rules.conftest import Fleet

ROOT = Path(__file__).parents[2]
Check = Callable[..., tuple[int, str, str]]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """Give a function that runs the command where there is no installation."""
    monkeypatch.setenv("DESKCORE_INSTANCE", str(tmp_path / "nowhere"))

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main(["plugin", "check", *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_finding_is_a_line_with_plugin_rule_place_and_remedy(check: Check, fleet: Fleet) -> None:
    fleet.write("deskcore_fleet_desk/panels.py", "print('here')\n")
    line = len((fleet.package / "panels.py").read_text(encoding="utf-8").splitlines())
    code, out, _ = check("--no-trial", fleet.folder)
    first, last = out.splitlines()
    assert first == (
        f"fleet_desk  no-print  deskcore_fleet_desk/panels.py:{line}: It calls print(). {RULES['no-print'].remedy}"
    )
    assert (code, last) == (1, "1 plugin checked: 1 finding.")


def test_without_findings_the_code_is_0(check: Check, fleet: Fleet) -> None:
    assert check("--no-trial", fleet.folder) == (0, "1 plugin checked: no findings.\n", "")


def test_all_plugins_that_are_found_are_checked(check: Check) -> None:
    code, out, _ = check("--no-trial", "--json")
    assert {each["plugin"] for each in json.loads(out)["plugins"]} == {path.name for path in ROOT.glob("plugins/*")}
    assert code == 0


def test_a_found_plugin_is_checked_by_its_name(check: Check) -> None:
    name = sorted(path.parent.name for path in ROOT.glob("plugins/*/setup.cfg"))[0]
    assert check("--no-trial", name)[0] == 0


def test_scripts_get_findings_silences_and_notes(check: Check, fleet: Fleet) -> None:
    fleet.remove("README.md")
    fleet.write("deskcore_fleet_desk/panels.py", "print('here')\n")
    fleet.write("setup.cfg", "\n[deskcore:check]\nignore =\n    no-print: it has no other way\n")
    code, out, _ = check("--no-trial", "--json", fleet.folder)
    [shown] = json.loads(out)["plugins"]
    assert code == 1
    assert shown["silenced"] == [{"rule": "no-print", "reason": "it has no other way", "findings": 1}]
    [finding] = shown["findings"]
    assert set(finding) == {"plugin", "rule", "where", "message", "remedy"}
    assert (finding["rule"], finding["where"]) == ("readme", "README.md")


def test_a_silenced_rule_is_shown_with_its_reason(check: Check, fleet: Fleet) -> None:
    fleet.remove("README.md")
    fleet.write("setup.cfg", "\n[deskcore:check]\nignore =\n    readme: the intranet has it\n")
    code, out, _ = check("--no-trial", fleet.folder)
    assert "fleet_desk  readme  silenced (1): the intranet has it" in out
    assert (code, out.splitlines()[-1]) == (0, "1 plugin checked: no findings, 1 silenced.")


def test_one_rule_can_be_looked_at_alone(check: Check, fleet: Fleet) -> None:
    fleet.remove("README.md")
    fleet.write("deskcore_fleet_desk/panels.py", "print('here')\n")
    _, out, _ = check("--no-trial", "--rule", "readme", fleet.folder)
    assert "no-print" not in out
    assert "README.md: It is not there." in out


def test_the_rules_are_listed_with_their_reasons(check: Check) -> None:
    code, out, _ = check("--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(RULES)
    assert all(rule.reason in out for rule in RULES.values())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--rule", "speed"], "There is no rule “speed”; --list names them."),
        (["no_such_plugin"], "“no_such_plugin” is no folder and no plugin that is found."),
        (["--postgresql", "postgresql+psycopg://nobody@127.0.0.1:1/none"], "This server does not answer"),
        (["--time-limit", "soon"], "--time-limit"),
    ],
)
def test_wrong_use_has_a_code_of_its_own(check: Check, arguments: list[str], sentence: str) -> None:
    code, out, err = check(*arguments)
    assert (code, out) == (2, "")
    assert sentence in err


def test_a_folder_that_is_no_plugin_is_a_finding(check: Check, tmp_path: Path) -> None:
    (tmp_path / "cars").mkdir()
    code, out, _ = check("--no-trial", tmp_path / "cars")
    assert code == 1
    assert "cars  manifest  setup.cfg: Its folder has no setup.cfg" in out


def test_the_document_is_rendered_from_the_rules() -> None:
    command = "python -m deskcore.plugin_rules.document > docs/plugins/checks.md"
    assert (ROOT / "docs/plugins/checks.md").read_text(encoding="utf-8") == render(), f"run: {command}"


def test_every_rule_has_a_reason_and_a_remedy_of_one_sentence() -> None:
    for rule in RULES.values():
        assert rule.reason.endswith("."), rule.name
        assert rule.remedy.endswith("."), rule.name
        assert rule.look is not None or rule.tried, rule.name
