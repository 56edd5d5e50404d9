"""What making an application costs, put off until somebody asks for it: each test makes its own.

The API's description and the functions that build addresses were most of it, and few tests read
the one or need many of the other.
"""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import pytest
from apispec import APISpec
from flask_smorest import Blueprint
from werkzeug.routing import Rule


def put_off(patch: pytest.MonkeyPatch) -> None:
    """Let applications describe their API, and compile how addresses are built, when asked."""
    _put_off_description(patch)
    _put_off_building(patch)


def _put_off_description(patch: pytest.MonkeyPatch) -> None:
    describe, give = Blueprint.register_views_in_doc, APISpec.to_dict

    def wait(blueprint: Any, api: Any, app: Any, spec: APISpec, **options: Any) -> None:
        later = partial(describe, blueprint, api, app, spec, **options)
        spec.__dict__.setdefault("waiting", []).append(later)

    def given(spec: APISpec) -> dict[str, Any]:
        for later in spec.__dict__.pop("waiting", ()):
            later()
        return give(spec)

    patch.setattr(Blueprint, "register_views_in_doc", wait)
    patch.setattr(APISpec, "to_dict", given)


def _put_off_building(patch: pytest.MonkeyPatch) -> None:
    # Werkzeug has no public name for this; where it takes another, this fails and says so.
    compile_builder = Rule._compile_builder

    def wait(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:  # noqa: FBT001, FBT002
        compiled = cache(lambda: compile_builder(rule, append_unknown))

        def build(rule: Rule, **values: Any) -> Any:
            return compiled()(rule, **values)

        return build

    patch.setattr(Rule, "_compile_builder", wait)
