from __future__ import annotations

from pydantic import SecretStr

from service.secrets import SIGNATURE, named, same, signed


def test_secrets_are_compared_whole_and_an_empty_one_opens_nothing() -> None:
    assert same("ä", "ä")
    assert not same("", "")
    assert not signed(b"", {}, SecretStr(""))
    assert not signed(b"", {SIGNATURE: ""}, SecretStr(""))
    tokens = {"a": SecretStr("one"), "b": SecretStr("two"), "c": SecretStr("")}
    assert named({"Authorization": "Bearer two"}, tokens) == "b"
    assert named({"Authorization": "bearer  one "}, tokens) == "a"
    assert named({"Authorization": "Bearer "}, tokens) is None
