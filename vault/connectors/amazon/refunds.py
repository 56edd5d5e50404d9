"""The files of returns and refunds in Amazon's exports, known by their header rows.

Most of them name an order and never an item. Their amounts are parts of what was paid, or repeat
from file to file: none is read. Columns that serve the recognition alone are named `amount`,
`contract` and the like.
"""

from vault.connectors.amazon.days import day
from vault.connectors.amazon.layouts import Layout, Row
from vault.connectors.formats.values import us_date

_COMPLETED = frozenset({"completed"})
_RESOLVED = frozenset({"refund", "return", "exchange"})

REFUND_DETAILS = Layout(
    name="Refund Details",
    row=Row.RETURN,
    date=day,
    columns={
        "order": ("order id",),
        "date": ("refund date",),
        "state": ("reversal status",),
        "amount": ("refund amount",),
    },
    required=("order", "date", "state", "amount"),
    becomes="refunded",
    done=_COMPLETED,
)

PAYMENTS = Layout(
    name="Retail.OrdersReturned.Payments",
    row=Row.RETURN,
    date=day,
    columns={
        "order": ("orderid",),
        "date": ("refundcompletiondate",),
        "state": ("status",),
        "amount": ("amountrefunded",),
    },
    required=("order", "date", "state", "amount"),
    becomes="refunded",
    done=_COMPLETED,
)

ORDERS_RETURNED = Layout(
    name="Retail.OrdersReturned",
    row=Row.RETURN,
    date=day,
    columns={
        "order": ("orderid",),
        "date": ("creationdate",),
        "state": ("reversalstatus",),
        "reason": ("reversalreason",),
    },
    required=("order", "date", "state", "reason"),
    becomes="refunded",
    done=_COMPLETED,
)

RETURNS_STATUS = Layout(
    name="Returns Status",
    row=Row.RETURN,
    date=day,
    columns={
        "order": ("order id",),
        "date": ("date of return",),
        "state": ("return resolution",),
        "receivable": ("return receivable state",),
        "contract": ("contract id",),
    },
    required=("order", "date", "state", "contract"),
    becomes="returned",
    done=_RESOLVED,
)

CUSTOMER_RETURNS = Layout(
    name="Retail.CustomerReturns",
    row=Row.RETURN,
    date=day,
    columns={
        "order": ("orderid",),
        "date": ("dateofreturn",),
        "state": ("resolution",),
        "reason": ("returnreason",),
    },
    required=("order", "date", "state", "reason"),
    becomes="returned",
    done=_RESOLVED | {""},
)

DIGITAL_RETURNS = Layout(
    name="Digital Returns",
    row=Row.RETURN,
    date=day,
    columns={
        "order": ("order id",),
        "date": ("return date",),
        "state": ("return status",),
        "sku": ("asin",),
        "item": ("digital order item id",),
        "name": ("product name",),
    },
    required=("order", "date", "state", "sku", "item"),
    becomes="returned",
    done=frozenset({"customer return complete"}),
)

LEGACY_REFUNDS = Layout(
    name="Order History Reports: Refunds",
    row=Row.RETURN,
    date=us_date,
    columns={
        "order": ("order id",),
        "date": ("refund date",),
        "sku": ("asin/isbn",),
        "name": ("title",),
        "seller": ("seller",),
        "amount": ("refund amount",),
        "condition": ("refund condition",),
    },
    required=("order", "date", "sku", "name", "amount"),
    becomes="refunded",
    done=frozenset({""}),
)

RETURNS = (
    REFUND_DETAILS,
    PAYMENTS,
    ORDERS_RETURNED,
    RETURNS_STATUS,
    CUSTOMER_RETURNS,
    DIGITAL_RETURNS,
    LEGACY_REFUNDS,
)
