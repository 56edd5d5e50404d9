from vault.errors import Busy, InvalidInput


def test_a_message_is_its_template_with_its_values() -> None:
    """Programs and logs take the whole; a page translates the template."""
    error = InvalidInput("At least %(least)d of %(what)s.", least=15, what="50%")
    assert error.message == str(error) == "At least 15 of 50%."
    assert error.template == "At least %(least)d of %(what)s."
    assert error.values == {"least": 15, "what": "50%"}


def test_a_message_without_values_stands_as_it_is() -> None:
    """A percent sign in it is one."""
    error = Busy("100% busy", retry_after=2)
    assert error.message == error.template == "100% busy"
    assert error.retry_after == 2
