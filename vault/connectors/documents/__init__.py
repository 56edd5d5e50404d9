"""Business documents, whatever their syntax: invoices, orders and despatch advices.

A format (`einvoice`, `cxml`, `x12`, `edifact`) reads its syntax into the shapes of `model.py`;
from there on all of them are one: `invoices.py` and `orders.py` make the records, `mismatches.py`
names where a document disagrees with itself. So the same document in two syntaxes gives the same
records.
"""
