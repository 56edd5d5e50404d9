"""What the templates know of the product's words: filters from the code's names to the page's."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Flask

from vault.domain.compartments import Kind
from vault.domain.listing import Listing, describe
from vault.domain.sellers import seller_key
from vault.web import (
    clusters,
    consent_words,
    field_words,
    guides,
    kinds,
    method_words,
    notice_words,
    party_words,
    promises,
    purposes,
    state_words,
    units,
)

_TITLES = ("name", "subject", "invoiceNumber", "orderNumber", "licenseNumber", "key")


def install(app: Flask) -> None:
    """Make them filters and globals of the templates."""
    app.jinja_env.filters.update(
        topic=kinds.topic,
        document_kind=kinds.document_kind,
        strength=kinds.strength,
        counted=kinds.counted,
        kind_name=kinds.named,
        kind_title=kinds.titled,
        described=_described,
        title_of=_title_of,
        details_of=_details_of,
        source_name=guides.source_name,
        party_number=party_words.party_number,
        seller_name=party_words.seller_name,
        state=state_words.state,
        ucfirst=lambda text: text[:1].upper() + text[1:],
        measured=units.measured,
        paid_by=method_words.paid_by,
        counted_by=method_words.counted_by,
        mismatched=field_words.mismatched,
        in_order=_in_order,
        promises=promises.promises,
        purposes=purposes.purposes,
        purpose_sentence=purposes.sentence,
        clusters_of=clusters.clusters_of,
        cluster_label=clusters.cluster_label,
        part_details=clusters.details_of,
        things=consent_words.things,
        can_see=consent_words.can_see,
        seller_key=lambda name: seller_key({"name": name}),
    )
    app.jinja_env.globals.update(
        labels=field_words.LABELS,
        money_fields=field_words.MONEY_FIELDS,
        date_fields=field_words.DATE_FIELDS,
        shown_notices=notice_words.shown_notices,
    )


def _described(data: Mapping[str, Any], kind: str) -> Listing:
    """The line of a record; what a bank says of a payment may be no more than to whom it went."""
    line = describe(Kind(kind), data)
    return line._replace(title=line.title or line.seller) if kind == Kind.PAYMENT else line


def _title_of(record: Mapping[str, Any]) -> str:
    """What a person would call a record; empty where it states nothing to call it by."""
    return next((str(record[name]) for name in _TITLES if record.get(name)), "")


def _details_of(record: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What a record states besides its title; a currency goes with its amounts."""
    title = _title_of(record)
    silent = {"isGift"} | ({"priceCurrency"} if record.keys() & field_words.MONEY_FIELDS else set())
    return [
        (name, record[name])
        for name in _in_order(record.keys() & field_words.LABELS.keys() - silent)
        if record[name] != title and record[name] not in (None, "", [])
    ]


def _in_order(names: Iterable[str]) -> list[str]:
    """Fields as a person would read them: in the order of their labels, unknown ones last."""
    order = {name: number for number, name in enumerate(field_words.LABELS)}
    return sorted(names, key=lambda name: (order.get(name, len(order)), name))
