"""What a vendor wants data for, in plain words (W3C Data Privacy Vocabulary, purposes)."""

from vault.web.formats import listed
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


_SENTENCES: dict[str, LazyString] = {
    "CustomerCare": _l("To help you when something is wrong or unclear."),
    "CustomerClaimsManagement": _l("To deal with your complaints and claims."),
    "CustomerManagement": _l("To run your account with them."),
    "CustomerOrderManagement": _l("To handle your orders."),
    "CustomerRelationshipManagement": _l("To know you as a customer, and keep in touch."),
    "CustomerSolvencyMonitoring": _l("To watch whether you are able to pay."),
    "CommunicationForCustomerCare": _l("To write to you about what you bought."),
    "DeliveryOfGoods": _l("To deliver goods to you."),
    "DirectMarketing": _l("To send you advertising."),
    "FraudPreventionAndDetection": _l("To notice and prevent fraud."),
    "FulfilmentOfContractualObligation": _l("To do what a contract with you asks of them."),
    "ImproveExistingProductsAndServices": _l("To make their products and services better."),
    "InvoiceManagement": _l("To handle invoices with you."),
    "LegalCompliance": _l("To do what the law asks of them."),
    "Marketing": _l("To advertise what they offer."),
    "MaintainCreditRatingDatabase": _l("To rate how well you pay, and keep that on file."),
    "OptimisationForConsumer": _l("To make what they do work better for you."),
    "PaymentManagement": _l("To handle payments with you."),
    "PersonalisedAdvertising": _l("To show you advertising made for you."),
    "Personalisation": _l("To fit what they offer to you."),
    "ProvideProductRecommendations": _l("To recommend products to you."),
    "RequestedServiceProvision": _l("To give you a service that you asked for."),
    "ResearchAndDevelopment": _l("For research and development."),
    "ServiceProvision": _l("To provide their service to you."),
    "TargetedAdvertising": _l("To aim advertising at you."),
    "TechnicalServiceProvision": _l("To give you technical support."),
}


def sentence(name: str) -> str:
    """A purpose as a sentence; one that is not known stands in the vendor's own words."""
    known = _SENTENCES.get(name.removeprefix(_DPV)) if name.startswith(_DPV) else None
    return str(known) if known else _("In its own words: “%(purpose)s”", purpose=name)


def purpose(name: str) -> str:
    """A purpose in plain words; one that is not known stands as the vendor wrote it."""
    word = _WORDS.get(name.removeprefix(_DPV)) if name.startswith(_DPV) else None
    return str(word) if word else name


def purposes(names: tuple[str, ...]) -> str:
    """Several purposes in a row; a vendor that gives none is said to."""
    return listed(purpose(name) for name in names) if names else _("it does not say what for")
