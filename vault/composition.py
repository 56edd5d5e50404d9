"""The composition root: every use case built once from the settings, and handed to the doors."""

from dataclasses import dataclass

from vault.connectors.sandbox import SandboxedParser
from vault.crypto.kdf import PassphraseKdf
from vault.crypto.server_keys import ServerKeys
from vault.domain.roster import Roster
from vault.services.access.deletion import Deletion
from vault.services.access.disclosure import Disclosure
from vault.services.access.grant_management import GrantManagement
from vault.services.access.granted import Granted
from vault.services.access.proofs import Nonces, Proofs
from vault.services.access.redemption import Redemption
from vault.services.access.replays import Replays
from vault.services.access.tokens import Tokens
from vault.services.activity.activity import Activity
from vault.services.activity.verification import Verification
from vault.services.consents import rosters
from vault.services.consents.amending import Amending
from vault.services.consents.backchannel import AwayRequests
from vault.services.consents.blocking import Blocking
from vault.services.consents.consents import Consents
from vault.services.consents.decisions import Decisions
from vault.services.consents.glimpses import Glimpses
from vault.services.consents.notices import Notices
from vault.services.consents.pending import PendingRequests
from vault.services.consents.requests import Requests
from vault.services.customers.contacts import Contacts
from vault.services.customers.customers import Customers
from vault.services.customers.passphrases import Passphrases
from vault.services.customers.rekeying import Rekeying
from vault.services.customers.sessions import Sessions
from vault.services.importing.column_maps import ColumnMaps
from vault.services.importing.imports import Imports
from vault.services.importing.same_sellers import SameSellers
from vault.services.receipts import Receipts
from vault.services.records.exports import Exports
from vault.services.records.gifts import Gifts
from vault.services.records.overview import Overview
from vault.services.records.payments import Payments
from vault.services.records.records import Records
from vault.services.records.sellers import Sellers
from vault.services.vendors import outgoing
from vault.services.vendors.key_sets import KeySets
from vault.services.vendors.registrations import Registrations
from vault.services.vendors.vendors import Vendors
from vault.settings import Settings
from vault.storage.engine import Database
from vault.storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the doors call: one attribute for each use case."""

    settings: Settings
    roster: Roster
    store: Store
    server_keys: ServerKeys
    customers: Customers
    sessions: Sessions
    rekeying: Rekeying
    imports: Imports
    column_maps: ColumnMaps
    records: Records
    payments: Payments
    gifts: Gifts
    overview: Overview
    activity: Activity
    verification: Verification
    exports: Exports
    consents: Consents
    amending: Amending
    receipts: Receipts
    decisions: Decisions
    glimpses: Glimpses
    grant_management: GrantManagement
    sellers: Sellers
    same_sellers: SameSellers
    requests: Requests
    pending: PendingRequests
    backchannel: AwayRequests
    blocking: Blocking
    redemption: Redemption
    tokens: Tokens
    disclosure: Disclosure
    granted: Granted
    deletion: Deletion
    notices: Notices
    contacts: Contacts
    vendors: Vendors
    registrations: Registrations
    replays: Replays
    key_sets: KeySets
    proofs: Proofs


def compose(settings: Settings, kdf: PassphraseKdf | None = None) -> Services:
    """Open database and keys, and build every use case on them; `kdf` sets the derivation's cost.

    Raises ConfigurationError where the secret file or the database cannot be used.
    """
    keys = ServerKeys.load_or_create(settings.secret_file)
    database = Database(settings.database_url)
    store = Store(database, keys, settings.base_url)
    passphrases = Passphrases(kdf)
    sessions = Sessions(store, passphrases)
    records, consents, activity = Records(store), Consents(store), Activity(store)
    redemption, pending = Redemption(store), PendingRequests(store)
    imports = Imports(store, SandboxedParser())
    return Services(
        settings=settings,
        roster=rosters.load(settings.base_url, settings.terms_folder),
        store=store,
        server_keys=keys,
        customers=Customers(store, passphrases, sessions),
        sessions=sessions,
        rekeying=Rekeying(store, passphrases, sessions),
        imports=imports,
        column_maps=ColumnMaps(store, SandboxedParser(), imports),
        records=records,
        payments=Payments(store),
        gifts=Gifts(store),
        overview=Overview(store, records, consents, activity),
        activity=activity,
        verification=Verification(store),
        exports=Exports(store),
        consents=consents,
        amending=Amending(store),
        receipts=Receipts(store),
        decisions=Decisions(store),
        glimpses=Glimpses(store),
        grant_management=GrantManagement(store),
        sellers=Sellers(store),
        same_sellers=SameSellers(store),
        requests=Requests(store),
        pending=pending,
        backchannel=AwayRequests(store, redemption),
        blocking=Blocking(store),
        redemption=redemption,
        tokens=Tokens(store),
        disclosure=Disclosure(store),
        granted=Granted(store),
        deletion=Deletion(store),
        notices=Notices(store, pending),
        contacts=Contacts(store, offered=settings.mail is not None),
        vendors=Vendors(database),
        registrations=Registrations(database, settings.registration),
        replays=Replays(database),
        key_sets=KeySets(outgoing.client()),
        proofs=Proofs(settings.base_url, Nonces(keys.derive("dpop nonces"))),
    )
