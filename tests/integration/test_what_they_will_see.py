"""*What they will see*: the file that the customer can have is what the vendor then receives.

Compared is record for record, in the order in which a vendor reads, less `id`: an id on the wire
is made with the consent's own key, which there is only once it has been given.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.served import Customer, Served
from tests.vendor_client import VendorClient
from vault.domain.clusters import CLUSTERS
from vault.domain.compartments import SHAREABLE, Kind
from vault.settings import Settings
from vault.storage import migrate
from vault.storage.engine import Database

SELLERS = ("CDW", "Amazon", "Bauhaus")
CATEGORIES = ("Books", "Tools", "")
LIMIT = 8
SCOPE = "purchases:read orders:read invoices:read preferences:read gifts:read"
KINDS = ("purchases", "orders", "invoices", "preferences")


def purchase(number: int) -> dict[str, Any]:
    """One of three pages' purchases, each a little different."""
    record = {
        "name": f"Thing {number}",
        "seller": {"name": SELLERS[number % 3]},
        "orderDate": f"2025-{1 + number % 12:02}-15",
        "price": f"{number}.90",
        "priceCurrency": "EUR",
        "category": CATEGORIES[number // 3 % 3],
        "serialNumbers": [f"S{number}"],
        "deliveryAddress": "1 Hill Street",
    }
    return {name: value for name, value in record.items() if value}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server for all of the examples."""
    made = Settings.from_environment({"VAULT_HOME": str(tmp_path_factory.mktemp("home"))})
    database = Database(made.database_url)
    migrate.upgrade(database)
    database.close()
    server = Served(made)
    yield server
    server.close()


@pytest.fixture(scope="module")
def anna(server: Served) -> Customer:
    """A customer with three pages of purchases, some of them gifts, and some of everything."""
    anna = server.customer()
    anna.keep(Kind.PURCHASE, *map(purchase, range(18)))
    anna.keep(Kind.PURCHASE, *map(purchase, range(18, 22)), gift=True)
    anna.keep(
        Kind.ORDER,
        *({"orderNumber": f"O-{n}", "seller": {"name": SELLERS[n % 3]}} for n in range(3)),
    )
    anna.keep(
        Kind.INVOICE,
        {"invoiceNumber": "I-1", "provider": {"name": "CDW"}, "issueDate": "2025-03-01"},
    )
    anna.keep(Kind.PREFERENCE, {"subject": "Shoes", "value": "41", "note": "wide"})
    return anna


@pytest.fixture(scope="module")
def vendor(server: Served) -> VendorClient:
    """A vendor that asks again and again."""
    return server.vendor()


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    """Any of them, perhaps none."""
    return st.lists(st.sampled_from(values), unique=True)


ASKED = [one for kind in SHAREABLE for one in CLUSTERS[kind] if kind.plural in KINDS]
NARROWINGS = st.fixed_dictionaries(
    {
        "clusters": some([one.name for one in ASKED]),
        "fields": some([f"{one.kind.plural}.{name}" for one in ASKED for name in one.fields]),
        "sellers": st.just(["*"]) | some([f"name:{name.casefold()}" for name in SELLERS]),
        "categories": st.just(["*"]) | some(["books", "tools"]),
        "from": st.sampled_from(["", "2025-03-15", "2025-06-01"]),
        "to": st.sampled_from(["", "2025-06-15", "2025-12-31"]),
        "gifts": st.sampled_from([[], ["yes"]]),
        "days": st.sampled_from(["1", "90", "180"]),
    }
)


def received(vendor: VendorClient, kind: str) -> list[dict[str, Any]]:
    """All that a vendor reads of a kind, page by page, less the ids; empty where not granted."""
    items: list[dict[str, Any]] = []
    query: dict[str, str] = {"limit": str(LIMIT)}
    while True:
        answer = vendor.get(f"/api/v1/{kind}", **query)
        if answer.status_code == 403:
            return []
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        assert len(page["items"]) <= LIMIT
        if not page["has_more"]:
            return [{name: one[name] for name in one if name != "id"} for one in items]
        query["cursor"] = page["next_cursor"]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(form=NARROWINGS)
def test_the_file_is_what_the_vendor_receives(
    anna: Customer, vendor: VendorClient, form: dict[str, Any]
) -> None:
    """Narrowed at random, allowed, exchanged and read page by page over HTTP."""
    url = vendor.begin(scope=SCOPE)
    file = anna.decide(url, "download", **form)
    if file.status_code == 422:
        assert anna.decide(url, "allow", **form).status_code == 422
        return
    promised = file.json()
    assert vendor.exchange(anna.allow(url, **form)).status_code == 200
    assert {kind: received(vendor, kind) for kind in KINDS} == {
        kind: promised.get(kind, []) for kind in KINDS
    }


def test_three_pages_with_gifts_and_all(anna: Customer, vendor: VendorClient) -> None:
    """Everything that can be shared: more than a screen shows, in three pages."""
    url = vendor.begin(scope=SCOPE)
    promised = anna.decide(url, "download", gifts="yes").json()
    assert len(promised["purchases"]) == 22 > 2 * LIMIT
    vendor.exchange(anna.allow(url, gifts="yes"))
    for kind in KINDS:
        assert received(vendor, kind) == promised[kind]
