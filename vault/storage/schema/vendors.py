"""Vendors that are registered, with what of theirs may be used once."""

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, String, Table

from vault.storage.schema.base import metadata

clients = Table(
    "clients",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("profile", String(16), nullable=False),
    Column("redirect_uris", JSON, nullable=False),
    Column("jwks", JSON),
    # SHA-256 of a 256-bit random secret; only for clients of the basic profile.
    Column("secret_hash", LargeBinary(32)),
    Column("verified_at", BigInteger),
    Column("seller_identifiers", JSON, nullable=False),
    Column("policy_uri", String(2000)),
    Column("created_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    # Where the client publishes its keys, in place of `jwks`.
    Column("jwks_uri", String(2000)),
    # SHA-256 of the 256-bit token with which a client that registered itself manages that.
    Column("registration_hash", LargeBinary(32)),
)

# Tokens with which a vendor may register itself once, hashed.
vendor_invitations = Table(
    "vendor_invitations",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("client_id", String(64)),
)

# Identifiers that may be used once: of DPoP proofs and of client assertions, hashed.
replays = Table(
    "replays",
    metadata,
    Column("key", LargeBinary(32), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
    Index("ix_replays_expiry", "expires_at"),
)
