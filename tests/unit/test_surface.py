"""What holds for every command: `--json` on reads, an example, colours, completion."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.surface import WITHOUT_JSON, commands, options

COLOURED = re.compile(r"\x1b\[[0-9;]*(?:3|4|9|10)[0-7]")
"""Sets the colour of letters or ground; bold and dim are none."""
COLLOQUY = Path(sys.executable).with_name("colloquy")
FAILS = ("report", "nothing", "--html", "x.html")


@pytest.mark.parametrize("name", commands())
def test_every_command_has_json_but_those_that_only_do_something(name: str) -> None:
    assert ("--json" in options(commands()[name])) == (name not in WITHOUT_JSON)


def test_no_command_is_excused_that_there_is_not() -> None:
    assert commands().keys() > WITHOUT_JSON


@pytest.mark.parametrize("name", commands())
def test_every_command_has_help_with_an_example_and_no_colours_outside_of_a_terminal(
    name: str,
) -> None:
    told = CliRunner().invoke(app, [*name.split(), "--help"]).stdout
    assert "Example: " in told
    assert f"colloquy {name}" in " ".join(told.partition("Example: ")[2].split())
    assert "\x1b" not in told


def test_the_page_of_commands_has_each_with_its_options() -> None:
    page = Path("docs/commands.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `colloquy ([a-z ]*[a-z])[^`]*` \|([^|]*)\|", page, re.MULTILINE)
    told = {name: set(re.findall(r"`(--[a-z-]+)`", cell)) for name, cell in rows}
    assert told == {name: options(one) for name, one in commands().items()}


def environment(**changes: str) -> dict[str, str]:
    forced = {"FORCE_COLOR", "NO_COLOR", "GITHUB_ACTIONS", "TTY_COMPATIBLE", "PY_COLORS"}
    kept = {name: value for name, value in os.environ.items() if name not in forced}
    return kept | {"TERM": "xterm-256color"} | changes


def in_a_terminal(*arguments: str, **variables: str) -> str:
    ours, theirs = os.openpty()
    with (
        os.fdopen(ours, "rb", buffering=0) as screen,
        subprocess.Popen(
            [COLLOQUY, *arguments],
            env=environment(**variables),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        ) as _,
    ):
        os.close(theirs)
        shown = b""
        try:
            while part := screen.read(4096):
                shown += part
        except OSError:
            # Linux says so that the other side is closed.
            pass
    return shown.decode()


@pytest.mark.parametrize("arguments", [FAILS, ("rubric", "--help")])
def test_colours_are_for_terminals_whose_users_want_them(arguments: tuple[str, ...]) -> None:
    assert COLOURED.search(in_a_terminal(*arguments))
    assert not COLOURED.search(in_a_terminal(*arguments, NO_COLOR="1"))


def test_nothing_is_marked_up_outside_of_a_terminal() -> None:
    done = subprocess.run(
        [COLLOQUY, *FAILS], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "error: There is no file nothing" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("colloquy ru", {"rubric", "runs"}),
        ("colloquy rubric un", {"undo"}),
        ("colloquy rerun --sc", {"--scored-with"}),
        ("colloquy export --format text", {"textgrid"}),
        ("colloquy runs --state comp", {"completed"}),
    ],
)
def test_a_shell_completes_commands_options_and_their_values(typed: str, found: set[str]) -> None:
    words = typed.split()
    script = f"""
        source <({COLLOQUY} --show-completion bash)
        COMP_WORDS=({typed}) COMP_CWORD={len(words) - 1}
        _colloquy_completion {COLLOQUY}
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "-c", script], env=environment(), capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) == found


@pytest.mark.parametrize("speaker", ["S1", "Bob", "partner-1", "Learner"])
def test_a_search_by_who_is_no_role_is_wrong_use(speaker: str) -> None:
    told = CliRunner().invoke(app, ["search", "summer", "--speaker", speaker])
    assert told.exit_code == 2
    assert "partner-2" in " ".join(told.output.split())
