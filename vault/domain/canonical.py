"""Values in one form: what is equal is written alike, whatever order it came in."""

import json
from typing import Any


def canonical(value: Any) -> str:
    """A JSON value as text, with the members of objects in order; mappings count as objects."""
    return json.dumps(value, sort_keys=True, default=dict)


def plain(text: Any) -> str:
    """A number or a name without case and white space; "" for None."""
    return "".join(str(text or "").casefold().split())
