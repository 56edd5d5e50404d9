"""Records, gifts and payments of one customer."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.fakes.vaults import FakeVault
from vault.domain.compartments import Kind
from vault.domain.listing import describe
from vault.errors import NotFound
from vault.services.records.gifts import Marked
from vault.services.records.lists import Query, Summary
from vault.services.records.reckoning import Reckoning
from vault.services.records.records import Line, Page


class FakeRecords:
    """Records by kind and id."""

    def __init__(self) -> None:
        """Nothing is kept yet."""
        self.kept: dict[Kind, dict[str, dict[str, Any]]] = {kind: {} for kind in Kind}
        self.vendors = 0
        self.stray = 0
        self.asked: list[Any] = []

    def page(self, _vault: FakeVault, kind: Kind, query: Query) -> Page:
        """The lines that fit the search."""
        self.asked.append(query)
        lines = [self._line(kind, key, data) for key, data in self.kept[kind].items()]
        lines = [line for line in lines if query.search.casefold() in str(line).casefold()]
        lines.sort(key=lambda line: line.date, reverse=True)
        sums: dict[str, Decimal] = {}
        for line in lines:
            if line.amount:
                sums[line.currency] = sums.get(line.currency, Decimal(0)) + Decimal(line.amount)
        names = {line.seller for line in lines if line.seller}
        summary = Summary(len(lines), sums, names)
        return Page(lines[: query.limit], None, summary)

    def _line(self, kind: Kind, key: str, data: dict[str, Any]) -> Line:
        gift, withheld = bool(data.get("isGift")), bool(data.get("withheld"))
        vendors = 0 if gift or withheld else self.vendors
        return Line(key, gift, withheld, vendors, **describe(kind, data)._asdict())

    def get(self, _vault: FakeVault, kind: Kind, record_id: str) -> dict[str, Any]:
        """One record."""
        try:
            return {"id": record_id, **self.kept[kind][record_id]}
        except KeyError:
            raise NotFound("It may have been deleted.") from None

    def add(self, _vault: FakeVault, kind: Kind, data: dict[str, Any]) -> str:
        """Keep a record."""
        record_id = f"{sum(map(len, self.kept.values())) + 1:032x}"
        self.kept[kind][record_id] = dict(data)
        return record_id

    def edit(self, _vault: FakeVault, kind: Kind, record_id: str, data: dict[str, Any]) -> None:
        """Replace a record."""
        self.kept[kind][record_id] = dict(data)

    def choose(
        self, _vault: FakeVault, kind: Kind, record_id: str, field: str, value: object
    ) -> None:
        """Settle a conflict."""
        kept = self.kept[kind][record_id]
        left = [one for one in kept["conflicts"] if one["field"] != field]
        self.kept[kind][record_id] = {**kept, field: value, "conflicts": left}

    def delete(self, _vault: FakeVault, kind: Kind, ids: list[str]) -> None:
        """Erase records."""
        for record_id in ids:
            del self.kept[kind][record_id]

    def choices(self, _vault: FakeVault, kind: Kind) -> dict[str, list[str]]:
        """What a list can be narrowed to."""
        names = {(data.get("seller") or {}).get("name", "") for data in self.kept[kind].values()}
        return {"sellers": sorted(names - {""}), "categories": [], "places": []}

    def stray_keys(self, _vault: FakeVault) -> int:
        """How many keys have no license."""
        return self.stray

    def license_keys(self, _vault: FakeVault, _record_id: str) -> list[str]:
        """The keys of a license."""
        return ["XKJ3-PQ9V-77MD-20LA"]


class FakePayments:
    """What is paid, as a test says."""

    def __init__(self) -> None:
        """Nothing is."""
        self.reckoned = Reckoning()
        self.decided: list[tuple[str, str, str | None]] = []

    def reckoning(self, _vault: FakeVault) -> Reckoning:
        """What is paid now."""
        return self.reckoned

    def decide(self, _vault: FakeVault, payment: str, invoice: str, decision: str | None) -> None:
        """Note what the customer says."""
        self.decided.append((payment, invoice, decision))


@dataclass
class FakeGifts:
    """Marks purchases."""

    records: FakeRecords

    def _set(self, ids: list[str], *, gift: bool) -> None:
        for record_id in ids:
            data = self.records.kept[Kind.PURCHASE][record_id]
            data.pop("isGift", None)
            if gift:
                data["isGift"] = True

    def mark(self, vault: FakeVault, ids: list[str]) -> Marked:
        """Make gifts of them."""
        vendors = self.consequence(vault, ids)
        self._set(ids, gift=True)
        return Marked(len(ids), vendors)

    def unmark(self, _vault: FakeVault, ids: list[str]) -> Marked:
        """Make them gifts no longer."""
        self._set(ids, gift=False)
        return Marked(len(ids), self.records.vendors)

    def consequence(self, _vault: FakeVault, ids: list[str]) -> int:
        """How many vendors see any of them."""
        kept = self.records.kept[Kind.PURCHASE]
        seen = any(not kept.get(record_id, {}).get("isGift") for record_id in ids)
        return self.records.vendors if seen else 0
