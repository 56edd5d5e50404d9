"""Who and where: sellers, carriers and addresses as markup states them."""

from vault.connectors.mail_order.facts import Facts
from vault.connectors.mail_order.nodes import Node

_IDENTIFIERS = {
    "vatID": "",
    "globalLocationNumber": "0088:",
    "leiCode": "0199:",
    "duns": "0060:",
}
"""Properties that identify an organization, with the scheme of ISO/IEC 6523 where one has it."""
_ADDRESS = (
    "name",
    "streetAddress",
    "postOfficeBoxNumber",
    "addressLocality",
    "addressRegion",
    "postalCode",
    "addressCountry",
)


def party(facts: Facts, node: Node, *names: str) -> dict[str, str]:
    """Return the first party among some properties: `{"name", "identifier"}`, {} for none."""
    for name in names:
        for value in node.all(name):
            if isinstance(value, str):
                found = {"name": facts.text(Node(values={name: [value]}), name), "identifier": ""}
            else:
                found = {"name": facts.text(value, "name", "legalName")}
                found["identifier"] = _identifier(facts, value)
            if stated := {key: text for key, text in found.items() if text}:
                return stated
    return {}


def _identifier(facts: Facts, node: Node) -> str:
    for name, scheme in _IDENTIFIERS.items():
        if stated := facts.text(node, name):
            return scheme + stated
    return ""


def address(facts: Facts, node: Node, *names: str) -> str:
    """Return an address on one line, its parts as stated, in the order of an envelope."""
    for name in names:
        for value in node.all(name):
            if isinstance(value, str):
                return facts.text(Node(values={name: [value]}), name)
            parts = [facts.text(value, part) for part in _ADDRESS]
            if line := ", ".join(dict.fromkeys(filter(None, parts))):
                return line
    return ""
