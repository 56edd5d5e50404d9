"""The words for clusters: one for each, and the same wherever they are shown."""

import pytest
from flask import Flask

from vault.domain.clusters import CLUSTERS, parts
from vault.domain.compartments import SHAREABLE, Kind
from vault.domain.rules import ANY, Rule
from vault.domain.terms import Terms
from vault.web.clusters import cluster_label, clusters_of, details_of


@pytest.mark.parametrize("kind", SHAREABLE)
def test_every_cluster_has_words_of_its_own(words: Flask, kind: Kind) -> None:
    """No two of a kind read alike."""
    with words.test_request_context():
        labels = [cluster_label(cluster) for cluster in CLUSTERS[kind]]
    assert all(labels)
    assert len(labels) == len(set(labels))


def test_a_part_names_its_fields_where_some_are_missing(words: Flask) -> None:
    """A whole cluster needs no more than its label."""
    anything = frozenset({ANY})
    rule = Rule(
        frozenset({"name", "brand", "price", "lineTotal", "priceCurrency"}), anything, anything
    )
    with words.test_request_context():
        [shown] = clusters_of(Terms({Kind.PURCHASE: rule}, (), 0))
        assert shown.title == "Purchases"
        assert [(part.label, part.whole) for part in shown.parts] == [
            ("What it is", False),
            ("What it cost", True),
        ]
        assert shown.parts[0].details == "name and brand"
        assert details_of(parts(Kind.PURCHASE, ["price", "priceCurrency"])[0]) == "price"
