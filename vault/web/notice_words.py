"""Notices as sentences, with a way to what each is about."""

from dataclasses import dataclass

from flask import url_for

from vault.domain.notices import NoticeKind
from vault.services.consents.notices import Notice
from vault.web.blueprint import open_vault, services
from vault.web.formats import day
from vault.web.language import gettext as _


@dataclass(frozen=True)
class ShownNotice:
    """One notice; `at` in seconds since the epoch. `link` is what its address is called."""

    notice_id: str
    sentence: str
    link: str
    address: str
    at: int
    request_id: str


def shown_notices() -> list[ShownNotice]:
    """What the open vault's customer has not noted yet, newest first."""
    return [_shown(notice) for notice in services().notices.unseen(open_vault())]


def _shown(notice: Notice) -> ShownNotice:
    link, address = _("See your consents"), url_for("web.consents")
    if notice.request_id:
        link = _("Look and decide")
        address = url_for("requests.show", request_id=notice.request_id)
    elif notice.kind is NoticeKind.REFUSAL:
        link, address = _("See the activity"), url_for("web.activity", what="refusals")
    elif notice.grant_id:
        link = _("See the consent")
        address = url_for("web.consent", grant_id=notice.grant_id)
    return ShownNotice(
        notice.notice_id, _sentence(notice), link, address, notice.at, notice.request_id
    )


def _sentence(notice: Notice) -> str:
    vendor = notice.vendor or _("A vendor")
    if notice.kind is NoticeKind.REQUEST and not notice.request_id:
        return _("A vendor asked while you were away. Its request has ended since.")
    if notice.kind is NoticeKind.EXPIRY:
        ends = day(notice.ends_at).striptags()
        return _("Your consent to %(vendor)s ends on %(date)s.", vendor=vendor, date=ends)
    if notice.kind is NoticeKind.ALTERATION:
        return _(
            "Something was altered in the database outside your vault. Every consent is held back: "
            "look at each, and let go on what is still right."
        )
    sentences = {
        NoticeKind.REQUEST: _(
            "%(vendor)s asks to see a part of your vault. It came while you were away.",
            vendor=vendor,
        ),
        NoticeKind.FIRST_READ: _(
            "%(vendor)s has read what you allowed it, for the first time.", vendor=vendor
        ),
        NoticeKind.REFUSAL: _("%(vendor)s wanted to read and was refused.", vendor=vendor),
        NoticeKind.REVIEW: _(
            "%(vendor)s still sees a part of your vault. Is that still right?", vendor=vendor
        ),
        NoticeKind.DELETION: _(
            "%(vendor)s says that it has deleted what it had read.", vendor=vendor
        ),
    }
    return sentences[notice.kind]
