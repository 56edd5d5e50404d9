"""What a person ticks on the page of a request who agrees to all of it."""

from playwright.sync_api import Page


def tick_everything(page: Page) -> None:
    """Tick every cluster, and all sellers where that is a choice; neither gifts nor once."""
    for box in page.locator("input[name=clusters]").all():
        box.check()
    everyone = page.get_by_label("All sellers, also those you buy from later")
    if everyone.count():
        everyone.check()
