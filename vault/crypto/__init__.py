"""The cryptographic core: envelopes, key pairs, credentials, the server's keys, ids on the wire.

Nothing here knows of Flask, tables or records. Every byte that these modules write is specified in
docs/format.md and pinned by tests/vectors/; suite numbers and labels are append-only.
"""
