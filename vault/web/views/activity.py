"""Everything that happened to the vault, and the proof that nothing was cut out.

Taking it along asks for no passphrase: it tells no more than these pages do, and what a record
holds is not in it. That it was done stands in it.
"""

import datetime as dt
from typing import Any

from flask import Response, abort, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from vault.services.activity.activity import PAGE
from vault.web.activity_export import FORMATS, lines
from vault.web.activity_words import by_day, tell
from vault.web.blueprint import open_vault, pages, services
from vault.web.forms.activity import MOST, ActivityForm


@pages.get("/activity", endpoint="activity")
def index() -> ResponseReturnValue:
    """Every read, refused ones too, and every act of the customer's own, latest first."""
    return _page(ActivityForm(request.args))


@pages.post("/activity/verify")
def verify() -> ResponseReturnValue:
    """Check the whole record, with an earlier head if the customer kept one."""
    head = (request.form.get("head") or "").strip() or None
    verification = services().verification.verify(open_vault(), head=head)
    return _page(ActivityForm(), verification=verification)


@pages.get("/activity/<int:number>", endpoint="entry")
def entry(number: int) -> ResponseReturnValue:
    """One entry, open to the very records that it is about."""
    if number > MOST:
        abort(404)
    after = min(max(request.args.get("after", 0, type=int), 0), MOST)
    opened = services().activity.entry(open_vault(), number, after)
    return render_template("entry.html", opened=opened, told=tell(opened.event), after=after)


@pages.post("/activity/export", endpoint="export_activity")
def export() -> ResponseReturnValue:
    """All of it as a file, in words and as it stands; written while it is downloaded."""
    ending = request.form.get("format", "")
    if ending not in FORMATS:
        abort(422)
    today = dt.datetime.now(dt.UTC).date().isoformat()
    file = lines(services().activity.everything(open_vault()), ending)
    answer = Response(stream_with_context(file), mimetype=FORMATS[ending])
    answer.headers.set("Content-Disposition", "attachment", filename=f"activity-{today}.{ending}")
    return answer


def _page(form: ActivityForm, **shown: Any) -> ResponseReturnValue:
    form.offer(_vendors(form.vendor.data))
    valid = form.validate()
    before = form.before.data if valid else None
    page = services().activity.page(open_vault(), before, PAGE, form.wanted)
    told = by_day(map(tell, page.entries))
    return render_template("activity.html", form=form, page=page, days=told, **shown)


def _vendors(chosen: str | None) -> list[tuple[str, str]]:
    """Those that were ever allowed something, and the one that was asked for."""
    given = services().consents.given(open_vault())
    known = {one.client_id: one.client_name for one in given}
    # PostgreSQL takes no NUL, and no id has a letter that cannot be seen.
    if chosen and chosen.isprintable() and chosen not in known:
        client = services().vendors.find(chosen)
        known |= {chosen: client.name} if client else {}
    return list(known.items())
