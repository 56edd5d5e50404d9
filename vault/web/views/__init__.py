"""The customer's pages, a module for each group of them. Importing it hangs them on `pages`."""

from vault.web.views import (
    account,
    activity,
    column_maps,
    connections,
    consents,
    contact,
    exports,
    home,
    imports,
    languages,
    notices,
    payments,
    receipts,
    records,
    settings,
    terms,
)

__all__ = [
    "account",
    "activity",
    "column_maps",
    "connections",
    "consents",
    "contact",
    "exports",
    "home",
    "imports",
    "languages",
    "notices",
    "payments",
    "receipts",
    "records",
    "settings",
    "terms",
]
