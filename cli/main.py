"""The `colloquy` command: its verbs, and how failures are told."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from cli import (
    analysis,
    bench,
    compare,
    conversations,
    correct,
    dead,
    exports,
    learners,
    operation,
    rerun,
    rollout,
    rubric,
    searching,
)
from cli.screen import complain, sentence
from config.logging import set_up
from pipeline.errors import ColloquyError

EXAMPLE = "Example: colloquy analyze talk.m4a --learner S1"

app = typer.Typer(
    help="Turns a recorded conversation of a language learner into an evaluation.",
    epilog=EXAMPLE,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def options(
    context: typer.Context,
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Set what holds for every verb."""
    context.obj = {"debug": debug}


analysis.add_to(app)
bench.add_to(app)
compare.add_to(app)
conversations.add_to(app)
exports.add_to(app)
correct.add_to(app)
dead.add_to(app)
learners.add_to(app)
operation.add_to(app)
rerun.add_to(app)
rollout.add_to(app)
rubric.add_to(app)
searching.add_to(app)


def main() -> None:
    """Run the command; a failure is one sentence on stderr and exit status 1."""
    debug = "--debug" in sys.argv[1:]
    # What people must know the command says itself; logs are for those who look for a fault.
    if debug:
        set_up("info", json_lines=False)
    else:
        logging.getLogger().addHandler(logging.NullHandler())
    arguments = [one for one in sys.argv[1:] if one != "--debug"]
    try:
        app(["--debug", *arguments] if debug else arguments)
    except ColloquyError as error:
        if debug:
            raise
        complain(error.sentence)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if debug:
            raise
        complain(sentence(error))
        sys.exit(1)
