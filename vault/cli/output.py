"""How commands answer: sentences to a person, JSON to a program."""

import sys
from collections.abc import Iterable
from typing import Any

import click
import orjson

json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
"""Gives a command the parameter `as_json`."""


def answer(value: Any, lines: Iterable[str], *, as_json: bool) -> None:
    """Write `value` as JSON, or the `lines` that say the same to a person."""
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        for line in lines:
            click.echo(line)
