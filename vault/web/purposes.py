"""What a vendor wants data for, in plain words (W3C Data Privacy Vocabulary, purposes)."""

from vault.web.language import LazyString
from vault.web.language import gettext as _
from vault.web.language import lazy_gettext as _l

_DPV = "https://w3id.org/dpv#"

_WORDS: dict[str, LazyString] = {
    "CustomerCare": _l("customer care"),
    "CustomerClaimsManagement": _l("handling your claims"),
    "CustomerManagement": _l("managing you as a customer"),
    "CustomerOrderManagement": _l("handling your orders"),
    "CustomerRelationshipManagement": _l("keeping the relation with you"),
    "CustomerSolvencyMonitoring": _l("watching whether you can pay"),
    "CommunicationForCustomerCare": _l("writing to you about customer care"),
    "DeliveryOfGoods": _l("delivering goods"),
    "DirectMarketing": _l("advertising to you directly"),
    "FraudPreventionAndDetection": _l("preventing fraud"),
    "FulfilmentOfContractualObligation": _l("doing what a contract with you asks"),
    "ImproveExistingProductsAndServices": _l("improving their products"),
    "InvoiceManagement": _l("handling invoices"),
    "LegalCompliance": _l("doing what the law asks"),
    "Marketing": _l("marketing"),
    "MaintainCreditRatingDatabase": _l("rating your credit"),
    "OptimisationForConsumer": _l("doing better for you"),
    "PaymentManagement": _l("handling payments"),
    "PersonalisedAdvertising": _l("advertising made for you"),
    "Personalisation": _l("fitting what they offer to you"),
    "ProvideProductRecommendations": _l("recommending products"),
    "RequestedServiceProvision": _l("a service that you asked for"),
    "ResearchAndDevelopment": _l("research and development"),
    "ServiceProvision": _l("providing a service"),
    "TargetedAdvertising": _l("advertising aimed at you"),
    "TechnicalServiceProvision": _l("technical support"),
}


def purpose(name: str) -> str:
    """A purpose in plain words; one that is not known stands as the vendor wrote it."""
    word = _WORDS.get(name.removeprefix(_DPV)) if name.startswith(_DPV) else None
    return str(word) if word else name


def purposes(names: tuple[str, ...]) -> str:
    """Several purposes in a row; a vendor that gives none is said to."""
    return ", ".join(purpose(name) for name in names) or _("it does not say what for")
