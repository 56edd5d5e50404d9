"""Lists, pages and forms of the kinds of record, and marking gifts."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from vault.domain.compartments import SHAREABLE, Kind
from vault.errors import NotFound
from vault.web.blueprint import open_vault, pages, services
from vault.web.forms.records import record_data, record_form
from vault.web.forms.search import SearchForm
from vault.web.kinds import KIND_PAGES, KindPage
from vault.web.language import gettext as _
from vault.web.language import ngettext, sentences
from vault.web.listing import items_of, query_of
from vault.web.reckoned import reckoned_for
from vault.web.shared import check_ids, status_of
from vault.web.sources import differences_of, disputes_of, sources_of, stated_value

_KIND = "<any(purchases,orders,invoices,payments,licenses,preferences):slug>"


def _list(slug: str) -> ResponseReturnValue:
    """The list of a kind, searched, filtered and in order."""
    words = KIND_PAGES[slug]
    form = SearchForm(request.args)
    form.sort.choices = [SelectChoice(name, label) for name, label in words.sorts.items()]
    form.seller.label.text = words.party
    form.validate()
    page = services().records.page(open_vault(), words.kind, query_of(form, words))
    return render_template(
        "records/list.html",
        words=words,
        form=form,
        page=page,
        choices=services().records.choices(open_vault(), words.kind),
        reckoned=reckoned_for(words.kind),
        stray_keys=words.kind is Kind.LICENSE and services().records.stray_keys(open_vault()),
    )


for _slug in KIND_PAGES:
    pages.add_url_rule(f"/{_slug}", _slug, _list, defaults={"slug": _slug})


@pages.get(f"/{_KIND}/<record_id>")
def record(slug: str, record_id: str) -> ResponseReturnValue:
    """One record, with everything that it states."""
    words = KIND_PAGES[slug]
    shown = _find(words, record_id)
    vendors = services().gifts.consequence(open_vault(), [record_id]) if words.has_gifts else 0
    reckoned, items = reckoned_for(words.kind), items_of(words.kind, shown)
    return _shown(words, shown, vendors=vendors, reckoned=reckoned, items=items)


@pages.route(f"/{_KIND}/add", methods=["GET", "POST"])
def add(slug: str) -> ResponseReturnValue:
    """Write a record by hand."""
    words = KIND_PAGES[slug]
    form = record_form(words.kind)
    if not form.validate_on_submit():
        page = render_template("records/form.html", words=words, form=form, record=None)
        return page, status_of(form)
    record_id = services().records.add(open_vault(), words.kind, record_data(form))
    flash(_("Added."))
    return redirect(url_for("web.record", slug=slug, record_id=record_id))


@pages.route(f"/{_KIND}/<record_id>/edit", methods=["GET", "POST"])
def edit(slug: str, record_id: str) -> ResponseReturnValue:
    """Change a record by hand; whether it is a gift is changed on its own page."""
    words = KIND_PAGES[slug]
    shown = _find(words, record_id)
    form = record_form(words.kind, shown)
    if words.has_gifts:
        del form.isGift
    if not form.validate_on_submit():
        page = render_template("records/form.html", words=words, form=form, record=shown)
        return page, status_of(form)
    services().records.edit(open_vault(), words.kind, record_id, record_data(form, shown))
    flash(_changed(words))
    return redirect(url_for("web.record", slug=slug, record_id=record_id))


@pages.post(f"/{_KIND}/<record_id>/choose")
def choose(slug: str, record_id: str) -> ResponseReturnValue:
    """Settle what the sources of a record disagree about."""
    words = KIND_PAGES[slug]
    field = request.form.get("field", "")
    value = stated_value(_find(words, record_id), field, request.form.get("value", ""))
    services().records.choose(open_vault(), words.kind, record_id, field, value)
    flash(_changed(words))
    return redirect(url_for("web.record", slug=slug, record_id=record_id))


@pages.post(f"/{_KIND}/delete")
def delete(slug: str) -> ResponseReturnValue:
    """Delete one record or several; what is gone is erased, not hidden."""
    ids = check_ids(request.form.getlist("ids"))
    services().records.delete(open_vault(), KIND_PAGES[slug].kind, ids)
    flash(ngettext("%(num)d entry deleted.", "%(num)d entries deleted.", len(ids)))
    return redirect(url_for(f"web.{slug}"))


@pages.post("/purchases/gifts")
def mark_gifts() -> ResponseReturnValue:
    """Mark purchases as gifts, or no longer, and say at once what that changed."""
    ids = check_ids(request.form.getlist("ids"))
    if not ids:
        flash(_("Nothing was ticked, so nothing was changed."), "notice")
        return redirect(_back())
    if request.form.get("gift") == "no":
        vendors = services().gifts.unmark(open_vault(), ids).vendors
        flash(_unmarked(len(ids), vendors))
    else:
        vendors = services().gifts.mark(open_vault(), ids).vendors
        flash(_marked(len(ids), vendors))
    return redirect(_back())


@pages.get("/purchases/gifts/consequence")
def gift_consequence() -> ResponseReturnValue:
    """One sentence: who would stop seeing the ticked purchases."""
    ids = check_ids(request.args.getlist("ids"))
    vendors = services().gifts.consequence(open_vault(), ids)
    return render_template("records/consequence.txt", count=len(ids), vendors=vendors), {
        "Content-Type": "text/plain; charset=utf-8"
    }


@pages.post("/licenses/<record_id>/keys")
def license_keys(record_id: str) -> ResponseReturnValue:
    """Show the keys of a license; the asking stands in the activity."""
    words = KIND_PAGES["licenses"]
    shown = _find(words, record_id)
    keys = services().records.license_keys(open_vault(), record_id)
    return _shown(words, shown, vendors=0, keys=keys)


def _shown(words: KindPage, record: dict[str, Any], **more: Any) -> str:
    """The page of a record, with what its sources say of it."""
    return render_template(
        "records/record.html",
        words=words,
        record=record,
        sources=sources_of(record),
        disputes=disputes_of(record),
        differences=differences_of(record),
        **more,
    )


def _find(words: KindPage, record_id: str) -> dict[str, Any]:
    check_ids([record_id])
    found: dict[str, Any] | None = services().records.get(open_vault(), words.kind, record_id)
    if found is None:
        raise NotFound("It may have been deleted.")
    return found


def _changed(words: KindPage) -> str:
    if words.kind in SHAREABLE:
        return _("Changed. Vendors who see it get the new version with their next read.")
    return _("Changed.")


def _back() -> str:
    """The page the form stood on: one purchase, or the list."""
    record_id = request.form.get("from")
    if record_id:
        check_ids([record_id])
        return url_for("web.record", slug="purchases", record_id=record_id)
    return url_for("web.purchases")


def _marked(count: int, vendors: int) -> str:
    done = ngettext("Marked as a gift.", "%(num)d purchases marked as gifts.", count)
    if not vendors:
        return sentences(done, _("No vendor was seeing it."))
    told = ngettext(
        "%(num)d vendor has stopped seeing it, its order and its invoices.",
        "%(num)d vendors have stopped seeing it, its order and its invoices.",
        vendors,
    )
    return sentences(done, told)


def _unmarked(count: int, vendors: int) -> str:
    done = ngettext("No longer a gift.", "%(num)d purchases are no longer gifts.", count)
    if not vendors:
        return sentences(done, _("No vendor may see it."))
    told = ngettext("%(num)d vendor can see it now.", "%(num)d vendors can see it now.", vendors)
    return sentences(done, told)
