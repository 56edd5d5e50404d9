"""Downloads of vendors that are known to exist, while nobody has shown us one.

A preset says whose sheet it is and what a row of it is; what the columns mean is proposed by their
names as for any other sheet. All are unverified: no column name of a vendor's stands here until a
real sample or a public document states it.
"""

from dataclasses import dataclass

from vault.domain.compartments import Kind


@dataclass(frozen=True, slots=True)
class Preset:
    """A download of one vendor's; `title` is what the vendor's page calls it, in our words."""

    name: str
    vendor: str
    title: str
    kind: Kind


PRESETS = (
    Preset("cdw-orders", "CDW", "CDW order history", Kind.PURCHASE),
    Preset("cdw-licenses", "CDW", "CDW license tracker", Kind.LICENSE),
    Preset("cdw-payables", "CDW", "CDW payables", Kind.INVOICE),
    Preset("dell-orders", "Dell", "Dell Premier orders", Kind.PURCHASE),
    Preset("dell-invoices", "Dell", "Dell Premier invoices", Kind.INVOICE),
    Preset("hp-orders", "HP", "HP orders", Kind.PURCHASE),
    Preset("michelin-account", "Michelin", "Michelin account status", Kind.INVOICE),
    Preset("intel-orders", "Intel", "Intel orders", Kind.PURCHASE),
    Preset("intel-invoices", "Intel", "Intel invoices", Kind.INVOICE),
    Preset("cisco-orders", "Cisco", "Cisco orders", Kind.PURCHASE),
    Preset("cisco-licenses", "Cisco", "Cisco licenses", Kind.LICENSE),
)


def find(name: str) -> Preset | None:
    """Return the preset of a name."""
    return next((one for one in PRESETS if one.name == name), None)
