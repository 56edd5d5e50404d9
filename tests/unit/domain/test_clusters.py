"""Clusters: every field that can be shared stands in one of them, and in no other."""

from hypothesis import given
from hypothesis import strategies as st

from vault.domain.clusters import CLUSTERS, parts
from vault.domain.compartments import SHAREABLE, Kind
from vault.domain.rules import shareable_fields

kinds = st.sampled_from(SHAREABLE)


def test_every_field_stands_in_exactly_one_cluster() -> None:
    """None is missing, none stands twice, and none is made up."""
    for kind in SHAREABLE:
        listed = [name for cluster in CLUSTERS[kind] for name in cluster.fields]
        assert sorted(listed) == sorted(shareable_fields(kind))


def test_names_are_unique() -> None:
    """A form's word for a cluster means one."""
    names = [cluster.name for clusters in CLUSTERS.values() for cluster in clusters]
    assert len(names) == len(set(names))


@given(kinds, st.data())
def test_parts_hold_just_the_fields_given(kind: Kind, data: st.DataObject) -> None:
    """What is divided into clusters comes together again, and no empty part is shown."""
    fields = data.draw(st.frozensets(st.sampled_from(sorted(shareable_fields(kind)))))
    divided = parts(kind, [*fields, "unknown"])
    assert frozenset(name for part in divided for name in part.fields) == fields
    assert all(part.fields for part in divided)
    assert all(part.whole == (set(part.fields) == set(part.cluster.fields)) for part in divided)
