"""What the store of the Data Space answers to keys that it refuses, in a sentence each."""

import pytest

from lccs_inputs.cdse.key import S3Keys
from lccs_inputs.cdse.store import ObjectStore

STORE = ObjectStore("https://store.example", S3Keys("ACCESS", "SECRET", "~/s3.json"), 1)


def answer(code: str) -> str:
    return f'<?xml version="1.0"?><Error><Code>{code}</Code></Error>'


@pytest.mark.parametrize(
    ("code", "wrong", "remedy"),
    [
        ("InvalidAccessKeyId", "it is mistyped, or has expired", "make new ones"),
        ("SignatureDoesNotMatch", "is not that of the access key", "copy both whole"),
        ("ExpiredToken", "they have expired", "make new ones"),
        ("AccessDenied", "has used up its quota of this month", "next month"),
        ("RequestTimeTooSkewed", "the clock of this machine is wrong", "set it right"),
    ],
)
def test_each_refusal_says_what_is_wrong_and_what_to_do(code: str, wrong: str, remedy: str) -> None:
    said = STORE.refusal(answer(code))
    assert said.startswith(f"the Copernicus Data Space refused the S3 keys of ~/s3.json ({code}): ")
    assert wrong in said and remedy in said and "\n" not in said


@pytest.mark.parametrize("code", ["NoSuchKey", "SlowDown", "InternalError"])
def test_what_says_nothing_of_the_keys_is_no_refusal(code: str) -> None:
    assert STORE.refusal(answer(code)) == ""
