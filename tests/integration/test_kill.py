"""Killed at any moment: all or nothing, and what was acknowledged is there."""

import random
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import pytest
from sqlalchemy import text

from tests import killed, warm
from tests.story import Story, Vendor, line
from vault.composition import Services
from vault.crypto.credentials import Credential, CredentialKind
from vault.domain.compartments import Kind
from vault.errors import Busy
from vault.services.access.presented import InvalidGrant
from vault.storage import credentials
from vault.storage.vaults import LEASE_SECONDS

LINES = 1_200
KILLS = {"sqlite": 6, "postgresql": 4}
CODES = 8


@pytest.fixture
def story(services: Services) -> Story:
    """A customer without any record."""
    return Story(services)


def run_and_kill(
    story: Story, work: Callable[..., None], after: float | None, *args: Any
) -> list[Any]:
    """Run something in a process of its own and kill it; all that it told until then.

    `after` is in seconds from where it begins; None lets it live.
    """
    context = warm.processes()
    here, there = context.Pipe(duplex=False)
    url = story.database.engine.url.render_as_string(hide_password=False)
    secret_file = story.store.keys._path
    child = context.Process(target=work, args=(url, secret_file, story.clock.ahead, *args, there))
    child.start()
    there.close()
    assert here.recv() == "begun"
    if after is not None:
        time.sleep(after)
        child.kill()
    child.join()
    return list(_received(here))


def _received(here: Connection) -> Any:
    while True:
        try:
            yield here.recv()
        except EOFError:
            return


def visible(story: Story) -> int:
    """How many purchases the vault shows."""
    return len(story.export()["purchases"])


def staged(story: Story) -> int:
    """How many rows stand above the vault's counter."""
    with story.database.read() as conn:
        query = "SELECT count(*) FROM records WHERE change > (SELECT change FROM vaults)"
        return int(conn.execute(text(query)).scalar_one())


def stage(story: Story, number: int) -> str:
    """Stage a file of its own."""
    return story.stage(
        *(line(Kind.PURCHASE, f"{number}/{n}", name=f"{number} {n}") for n in range(LINES))
    )


@pytest.mark.timeout(240)
def test_an_import_killed_at_any_moment_is_whole_or_not_there(story: Story) -> None:
    """Nobody sees a part of it; the next session stores it, once the writer's lease is over."""
    chance = random.Random(4711)
    told = run_and_kill(story, killed.file_import, None, story.session, stage(story, 0))
    outcome, lasted = told[0]
    assert outcome.added == visible(story) == LINES
    for number in range(1, KILLS[story.database.dialect] + 1):
        import_id = stage(story, number)
        moment = chance.uniform(0, lasted)
        told = run_and_kill(story, killed.file_import, moment, story.session, import_id)
        before = visible(story)
        assert before in ((number + 1) * LINES, number * LINES)
        if told:
            assert before == (number + 1) * LINES, "acknowledged, and not there"
        elif staged(story):
            with pytest.raises(Busy):
                story.imports.finish(story.vault)
        story.clock.ahead += LEASE_SECONDS + 1
        story.imports.finish(story.vault)
        if before != (number + 1) * LINES and visible(story) == before:
            # Killed before the confirmation itself was written: the preview is there still.
            story.imports.confirm(story.vault, import_id)
        assert visible(story) == (number + 1) * LINES
        assert staged(story) == 0
    assert story.verification.verify(story.vault).problems == []


@pytest.mark.timeout(240)
def test_exchanges_killed_at_any_moment_have_happened_or_not(story: Story) -> None:
    """A code is spent together with the tokens that it brought, or neither."""
    story.add(name="Kettle")
    chance = random.Random(815)
    lasted = 0.1
    for number in range(KILLS[story.database.dialect]):
        vendors = [story.vendor(f"{number} {n}") for n in range(CODES)]
        for vendor in vendors:
            vendor.allow(story.terms(Kind.PURCHASE))
        codes = [(vendor.code, vendor.client.client_id) for vendor in vendors]
        after = chance.uniform(0, lasted)
        told = run_and_kill(story, killed.redeem, after, codes)
        acknowledged = {code: (access, refresh) for code, access, refresh in told}
        for vendor in vendors:
            live = tokens_of(story, vendor)
            if vendor.code in acknowledged:
                vendor.token, vendor.refresh_token = acknowledged[vendor.code]
                assert live == 2
                assert vendor.names() == {"Kettle"}
            elif live:
                assert live == 2
                assert spent(story, vendor)
                with pytest.raises(InvalidGrant):
                    vendor.redeem()
            else:
                assert not spent(story, vendor)
                vendor.redeem()
                assert vendor.names() == {"Kettle"}
    assert story.verification.verify(story.vault).problems == []


def tokens_of(story: Story, vendor: Vendor) -> int:
    """How many live tokens a grant has."""
    with story.database.read() as conn:
        query = (
            "SELECT count(*) FROM credentials WHERE grant_id = :g AND kind IN (6, 7)"
            " AND wrap IS NOT NULL"
        )
        found = conn.execute(text(query), {"g": bytes.fromhex(vendor.grant_id)})
        return int(found.scalar_one())


def spent(story: Story, vendor: Vendor) -> bool:
    """Whether a code has been used."""
    code = Credential.parse(CredentialKind.AUTHORIZATION_CODE, vendor.code)
    with story.database.read() as conn:
        row = credentials.find(conn, code)
    return row is None or row.wrap is None
