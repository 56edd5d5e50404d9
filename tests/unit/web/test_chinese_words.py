import datetime as dt
from collections.abc import Iterator

import pytest
from flask import Flask

from vault.domain.compartments import Kind
from vault.domain.rules import ANY, Rule
from vault.domain.terms import Terms
from vault.errors import InvalidInput
from vault.services.activity.activity import Event
from vault.web.activity_words import tell
from vault.web.consent_words import can_see
from vault.web.formats import amount, day, listed, moment
from vault.web.kinds import counted
from vault.web.language import clauses, said, sentences
from vault.web.reader import locale
from vault.web.strength import LEAST_CHARACTERS, judge


@pytest.fixture(autouse=True)
def _in_chinese(words: Flask) -> Iterator[None]:
    with words.test_request_context(headers={"Accept-Language": "zh-CN"}):
        yield


def test_dates_and_times_are_written_as_in_chinese() -> None:
    """Year, month, day; the time after it, in UTC and said so."""
    assert locale() == "zh_Hans_CN"
    assert ">2026年11月2日<" in day("2026-11-02")
    assert ">2026年11月2日 14:03 UTC<" in moment(dt.datetime(2026, 11, 2, 14, 3, tzinfo=dt.UTC))


def test_amounts_and_counts_have_one_form() -> None:
    """No plural, and a word that counts what is counted."""
    assert amount("1240", "EUR") == "1,240.00"
    assert [counted("invoice", number) for number in (1, 2)] == ["1 张发票", "2 张发票"]


def test_words_in_a_row_get_chinese_marks() -> None:
    """Neither a comma of English nor a space between sentences."""
    assert listed(["甲", "乙", "丙"]) == "甲、乙和丙"
    assert clauses("甲", "", "乙") == "甲，乙"  # noqa: RUF001 - the comma of Chinese
    assert sentences("甲。", "", "乙。") == "甲。乙。"


def test_a_consent_is_told_in_one_sentence_of_chinese() -> None:
    """Its parts stand where Chinese wants them, and no English is left between them."""
    anything = frozenset({ANY})
    rule = Rule(frozenset({"name", "price"}), frozenset({"name:cdw"}), anything)
    sentence = can_see("CDW", Terms({Kind.PURCHASE: rule}, (), 1_800_000_000), ["CDW"])
    assert sentence == "CDW 可以查看您购买的商品，来自 CDW（名称和价格）。不含礼物。"  # noqa: RUF001


def test_the_activity_is_told_in_chinese() -> None:
    """What was read, and that it happened again within the hour."""
    details = {"kind": "invoice", "count": 3, "fields": ["name"], "purposes": []}
    told = tell(Event(1, 0, "disclosure", details, "CDW", 2))
    assert told.sentence == "CDW 已读取：3 张发票"  # noqa: RUF001
    assert told.detail.endswith("该小时内另有 2 次。")


def test_an_error_is_said_in_chinese_with_its_values() -> None:
    """The message stays English for programs and logs."""
    error = InvalidInput("A passphrase has at least %(least)d characters.", least=LEAST_CHARACTERS)
    assert said(error) == "口令至少需要 15 个字符。"
    assert error.message == "A passphrase has at least 15 characters."
    assert judge("tulip harbour quartz violin").verdict == "很强"
