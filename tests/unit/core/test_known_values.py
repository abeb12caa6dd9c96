"""Known values: which variables hold secrets, which of their values are sought, and what they are called."""

from __future__ import annotations

import pytest

from api_mocker._core.known_values import Known, is_common, variable_is_secret
from api_mocker._core.model import Headers, Interaction, Request, Response
from api_mocker._core.redaction import Redactor, Rules

OPAQUE = "q8Zk3mX0vT71bLw9"


@pytest.mark.parametrize(
    "name",
    [
        *("GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "PGPASSWORD", "SECRET_KEY"),
        *("STRIPE_API_KEY_TEST", "API_KEY_2", "DB_PASS", "SHOP_TOKEN_V2", "client_secret", "JWT_PROD"),
        *("ENCRYPTION_KEY_B64", "SERVICE_CREDENTIALS", "STRIPE_KEY", "BASIC_AUTH", "NPM_TOKEN"),
    ],
)
def test_variables_whose_names_look_secret(name: str) -> None:
    """The names of secret fields count, words behind the one that counts do not."""
    assert variable_is_secret(name, OPAQUE)


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HOME", "PWD", "OLDPWD", "LANG", "TOKEN_URL", "TOKENIZER", "SSH_AUTH_SOCK", "KEYBOARD"),
        *("SECRET_NAME", "PASSWORD_FILE", "GIT_ASKPASS", "BYPASS", "PRIMARY_KEY_NAME", "NEXT_PAGE_TOKEN", ""),
    ],
)
def test_variables_whose_names_do_not(name: str) -> None:
    """What is about a secret, and holds none."""
    assert not variable_is_secret(name, OPAQUE)


@pytest.mark.parametrize(
    "value",
    [
        *("", "true", "test", "1234", "secret", "hunter2", "changeme", "change-me-please!"[:9], "production"),
        *(
            "test-token",
            "test_token_123",
            "my-secret-key",
            "your-api-key-here",
            "DUMMY-PASSWORD",
            "not-a-secret",
        ),
        *("xxxxxxxxxxxxxxxx", "********", "0000000000000000", "12345678", "20261120", "2026-11-20T20:15:00Z"),
        *(
            "https://auth.example.com/token",
            "${OTHER_TOKEN}",
            "{{ vault.token }}",
            "<your-token>",
            "sk_test_",
        ),
    ],
)
def test_what_is_common_is_left_out(value: str) -> None:
    """Short values, words, plain numbers, URLs, references, and what stands there for lack of a secret."""
    assert is_common(value)


@pytest.mark.parametrize(
    "value",
    [OPAQUE, "c0rrect-h0rse", "sk_test_4eC39HqLyjWDarjtT1", "123456789012345", "pässwörter!", "tr0ub4dor&3"],
)
def test_what_is_not_common_is_sought(value: str) -> None:
    """Everything else."""
    assert not is_common(value)


def _redactor(*known: Known) -> Redactor:
    return Redactor(Rules.default().extended(values=known))


def test_a_known_value_is_named_after_its_variable_where_no_field_names_it() -> None:
    """In a path, in an echoed text: nothing but the variable tells what it is."""
    request = Request("GET", f"https://h/tenants/{OPAQUE}/x", Headers(()), b"")
    assert _redactor(Known("SHOP_TENANT_KEY", OPAQUE)).request(request).url == (
        "https://h/tenants/<redacted:shop_tenant_key:1>/x"
    )


def test_a_field_names_a_known_value_better() -> None:
    """So a recording does not depend on how a variable is called on some machine, or whether it is set."""
    asked = Request("GET", f"https://h/tenants/{OPAQUE}", Headers(()), b"")
    body = f'{{"access_token": "{OPAQUE}"}}'.encode()
    answer = Response(200, Headers((("Content-Type", "application/json"),)), body)
    plain, named = Rules.default(), Rules.default().extended(values=[Known("MY_VAR", OPAQUE)])
    one, other = (Redactor(rules).seal([Interaction(asked, answer)]) for rules in (plain, named))
    assert one == other
    assert other[0].request.url == "https://h/tenants/<redacted:access_token:1>"


def test_a_name_once_given_stays() -> None:
    """One value, one placeholder, also when a field names it later."""
    redactor = _redactor(Known("MY_VAR", OPAQUE))
    first = redactor.request(Request("GET", f"https://h/{OPAQUE}", Headers(()), b""))
    second = redactor.request(Request("GET", f"https://h/?token={OPAQUE}", Headers(()), b""))
    assert first.url == "https://h/<redacted:my_var:1>"
    assert second.url == "https://h/?token=<redacted:my_var:1>"
