"""Finds the connectors by walking this package: there is no list to edit.

A connector that cannot be imported is contained: it is named with the reason, the others work.
"""

import importlib
import pkgutil
from dataclasses import dataclass, field

import vault.connectors
from vault.connectors.base import CONFIDENT, Connector, Document, Manifest
from vault.errors import UnsupportedDocument

_FRAMEWORK = frozenset(
    {"archives", "base", "child", "discovery", "documents", "formats", "reader", "sandbox"}
)


@dataclass(slots=True)
class Found:
    """The connectors by slug, and those that failed, by module with the reason."""

    connectors: dict[str, Connector] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)


def discover() -> Found:
    """Import each connector of the package; none is run."""
    found = Found()
    for module in sorted(pkgutil.iter_modules(vault.connectors.__path__), key=lambda m: m.name):
        if module.name in _FRAMEWORK:
            continue
        try:
            connector = _load(f"{vault.connectors.__name__}.{module.name}")
        except Exception as err:  # noqa: BLE001 a failing connector must not stop another
            found.failures[module.name] = f"{type(err).__name__}: {err}"
        else:
            found.connectors[connector.manifest.slug] = connector
    return found


def _load(name: str) -> Connector:
    module = importlib.import_module(name)
    for value in vars(module).values():
        if isinstance(value, type) and isinstance(getattr(value, "manifest", None), Manifest):
            connector: Connector = value()
            return connector
    raise TypeError("it has no class with a manifest")


def recognise(found: Found, document: Document) -> Connector | None:
    """Return the connector that is surest of the document, or None where none is sure enough.

    One that fails while looking is noted in `found.failures` and counts as not sure. A reason why
    nobody could look inside (a damaged archive, a bomb) is raised when nobody else is sure.
    """
    return surest(found, document)[0]


def surest(found: Found, document: Document) -> tuple[Connector | None, float]:
    """Return what `recognise` does, and how sure that connector is."""
    best, confidence = None, 0.0
    refusal: UnsupportedDocument | None = None
    for slug, connector in found.connectors.items():
        try:
            sure = connector.identify(document)
        except UnsupportedDocument as err:
            refusal = err
            continue
        except Exception as err:  # noqa: BLE001 a failing connector must not stop another
            found.failures[slug] = type(err).__name__
            continue
        if sure > confidence:
            best, confidence = connector, sure
    if confidence >= CONFIDENT:
        return best, confidence
    if refusal is not None:
        raise refusal
    return None, 0.0
