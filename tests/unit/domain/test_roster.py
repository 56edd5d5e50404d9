from dataclasses import replace

import pytest

from vault.domain.compartments import Kind
from vault.domain.narrowing import Narrowing
from vault.domain.requested import DAY, InvalidAuthorizationDetails, Request
from vault.domain.roster import Agreement, Roster

ISSUER = "https://vault.example.org"
OLD, NEW = (
    Agreement("no-ads", version, "No ads", "No ads.", "None.\n\nAt all.") for version in (1, 2)
)
OTHER = Agreement("no-sharing", 1, "No sharing", "None.", "None.")
ROSTER = Roster(ISSUER, [NEW, OTHER, OLD])
NO_ADS = f"{ISSUER}/terms/no-ads/2"


def asking(*accepted: str) -> Request:
    """A request that accepts some terms."""
    detail = {"type": "vrm_records", "datatypes": ["purchases"], "terms": list(accepted)}
    return Request.parse("", [detail])


def test_an_identifier_leads_to_its_version() -> None:
    """An old text stays what it was when it was agreed on."""
    assert ROSTER.find(f"{ISSUER}/terms/no-ads/1") == OLD
    assert ROSTER.identifier(NEW) == NO_ADS
    assert ROSTER.get("no-ads", 1) == OLD


def test_a_slug_means_the_newest() -> None:
    """In any order of the files."""
    assert ROSTER.find("no-ads") == ROSTER.get("no-ads") == NEW
    assert ROSTER.newest() == [NEW, OTHER]


@pytest.mark.parametrize(
    "name",
    [
        "no-cookies",
        "no-ads/2",
        "/terms/no-ads/2",
        f"{ISSUER}/terms/no-ads",
        f"{ISSUER}/terms/no-ads/",
        f"{ISSUER}/terms/no-ads/3",
        f"{ISSUER}/terms/no-ads/02",
        f"{ISSUER}/terms/no-ads/٢",
        f"{ISSUER}/terms/no-ads/2/",
        f"{ISSUER}/terms/no-ads/{'9' * 5_000}",
        f"{ISSUER}.evil.example/terms/no-ads/2",
        "http://vault.example.org/terms/no-ads/2",
        "",
    ],
)
def test_what_is_not_proffered_is_refused(name: str) -> None:
    """Each agreement has one identifier and one slug, letter for letter."""
    assert ROSTER.find(name) is None
    with pytest.raises(InvalidAuthorizationDetails, match="proffers no terms"):
        ROSTER.accept(asking("no-sharing", name))


def test_what_is_accepted_is_granted_by_identifier_and_once() -> None:
    """Slug and identifier of one agreement are one promise."""
    request = ROSTER.accept(asking("no-ads", NO_ADS, "no-sharing"))
    assert request.terms_accepted == (NO_ADS, f"{ISSUER}/terms/no-sharing/1")
    terms = request.grant(request.rules, expires_at=1)
    assert terms.agreed == request.terms_accepted
    assert terms.authorization_details()[0]["terms"] == list(terms.agreed)


def test_who_accepts_nothing_is_bound_by_nothing() -> None:
    """An absent list is no promise."""
    assert ROSTER.accept(Request.parse("purchases:read")).terms_accepted == ()


def test_a_narrowed_token_keeps_the_promise() -> None:
    """Naming it, by either name, or leaving it out makes no difference; it has made no other."""
    request = ROSTER.accept(asking("no-ads"))
    terms = request.grant(request.rules, expires_at=DAY)
    whole = {"type": "vrm_records", "datatypes": ["purchases"], "fields": ["name"]}
    for named in ([NO_ADS], ["no-ads"], [], None):
        detail = whole if named is None else whole | {"terms": named}
        narrowed = Narrowing(details=[detail]).of(terms, 0)
        assert narrowed.agreed == terms.agreed
        assert narrowed.rules[Kind.PURCHASE].fields == {"name"}
    wrong = {"type": "vrm_records", "datatypes": ["purchases"], "terms": ["no-sharing"]}
    with pytest.raises(InvalidAuthorizationDetails, match="not agreed on"):
        Narrowing(details=[wrong]).of(terms, 0)
    assert Narrowing(scope="purchases:read").of(terms, 0).agreed == terms.agreed


def test_paragraphs_are_lines() -> None:
    """However the file breaks its lines."""
    assert replace(OLD, text="a\nb\n\n\n c \n").paragraphs == ["a b", "c"]
