"""The authority and the certificates that ops/make_secrets makes, and how they are made anew in time."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from tests.integration.composed import SERVICES, make_secrets

SERVERS = (
    *("postgres", "valkey", "elasticsearch", "languagetool", "s3"),
    *("intake", "flower", "metrics", "prometheus"),
)


def certificate(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def lasts(file: Path) -> timedelta:
    return certificate(file).not_valid_after_utc - datetime.now(UTC)


def trusted(secrets: Path, name: str) -> bool:
    """By the authority, with the strict checks that Python 3.13 makes."""
    command = ["openssl", "verify", "-x509_strict", "-CAfile", str(secrets / "ca")]
    command.append(str(secrets / f"{name}_certificate"))
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def contents(secrets: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in secrets.iterdir()}


def keystore(secrets: Path) -> bytes:
    """The certificate that Java finds in it."""
    told = (secrets / "languagetool_properties").read_text()
    password = told.partition("password=")[2].strip()
    return subprocess.run(
        ["openssl", "pkcs12", "-in", secrets / "languagetool_keystore", "-nokeys", "-passin", f"pass:{password}"],
        capture_output=True,
        check=True,
    ).stdout  # fmt: skip


def test_every_server_has_a_certificate_of_its_name_and_of_this_host(tmp_path: Path) -> None:
    secrets, _ = make_secrets(tmp_path)
    for name in SERVERS:
        found = certificate(secrets / f"{name}_certificate")
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert names.get_values_for_type(x509.DNSName) == [name, "localhost"]
        assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
        assert trusted(secrets, name)
        assert timedelta(364) < lasts(secrets / f"{name}_certificate") <= timedelta(365)
    authority = certificate(secrets / "ca").extensions
    basic = authority.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)


def test_what_is_about_to_end_is_made_anew_and_nothing_else(tmp_path: Path) -> None:
    secrets, said = make_secrets(tmp_path, DAYS="119")
    assert said.count("made a certificate") == len(SERVERS)
    authority, password = (secrets / "ca").read_bytes(), (secrets / "valkey_conf").read_bytes()
    before = keystore(secrets)
    (secrets / "s3_certificate").unlink()
    _, said = make_secrets(tmp_path, DAYS="365", RENEWED="118")
    assert said == "made a certificate: start s3 anew\n"
    _, said = make_secrets(tmp_path)
    assert said.splitlines() == [
        f"made a certificate: start {name} anew" for name in SERVERS if name != "s3"
    ]
    assert (secrets / "ca").read_bytes() == authority, "its clients go on"
    assert (secrets / "valkey_conf").read_bytes() == password
    assert keystore(secrets) != before
    assert all(trusted(secrets, name) for name in SERVERS)


def test_a_new_authority_signs_everything_anew(tmp_path: Path) -> None:
    secrets, _ = make_secrets(tmp_path)
    (secrets / "ca").unlink()
    _, said = make_secrets(tmp_path)
    assert said.startswith("made an authority: start every container anew\n")
    assert said.count("made a certificate") == len(SERVERS)
    assert all(trusted(secrets, name) for name in SERVERS)


def test_the_key_of_the_authority_is_missed_only_where_something_is_signed(tmp_path: Path) -> None:
    secrets, _ = make_secrets(tmp_path)
    key = (secrets / "ca_key").rename(tmp_path / "elsewhere")
    before = contents(secrets)
    _, said = make_secrets(tmp_path)
    assert (said, contents(secrets)) == ("", before)
    (secrets / "s3_certificate").unlink()
    before = contents(secrets)
    for other in (None, b"", (secrets / "intake_key").read_bytes()):
        if other is not None:
            (secrets / "ca_key").write_bytes(other)
        with pytest.raises(subprocess.CalledProcessError) as told:
            make_secrets(tmp_path)
        assert (told.value.returncode, told.value.stdout) == (1, "")
        assert told.value.stderr == (
            "The key of secrets/ca is needed to make a certificate for s3: put it back as secrets/ca_key,"
            " or remove secrets/ca to begin a new authority.\n"
        )
        assert {name: one for name, one in contents(secrets).items() if name != "ca_key"} == before
    key.rename(secrets / "ca_key")
    _, said = make_secrets(tmp_path)
    assert said == "made a certificate: start s3 anew\n"
    assert trusted(secrets, "s3")


@pytest.mark.parametrize("wrong", ["missing", "empty", "another"])
def test_a_certificate_without_its_key_is_made_anew_with_one(tmp_path: Path, wrong: str) -> None:
    secrets, _ = make_secrets(tmp_path)
    key, before = secrets / "languagetool_key", keystore(secrets)
    key.unlink()
    if wrong != "missing":
        key.write_bytes(b"" if wrong == "empty" else (secrets / "s3_key").read_bytes())
    _, said = make_secrets(tmp_path)
    assert said == "made a certificate: start languagetool anew\n"
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
        secrets / "languagetool_certificate", key
    )
    assert trusted(secrets, "languagetool")
    assert keystore(secrets) != before
    assert make_secrets(tmp_path)[1] == ""


def test_an_authority_that_would_end_before_what_it_signs_is_replaced(tmp_path: Path) -> None:
    secrets, _ = make_secrets(tmp_path, AUTHORITY_DAYS="364", DAYS="300")
    _, said = make_secrets(tmp_path)
    assert "made an authority" in said
    assert lasts(secrets / "ca") > timedelta(3600)


def test_without_openssl_it_says_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for one in ("dirname", "mkdir", "chmod"):
        found = shutil.which(one)
        assert found
        (tmp_path / "bin" / one).symlink_to(found)
    with pytest.raises(subprocess.CalledProcessError) as told:
        make_secrets(tmp_path, PATH=str(tmp_path / "bin"))
    assert told.value.stderr == "ops/make_secrets needs openssl\n"


def test_whoever_listens_has_a_certificate_and_nobody_is_called_without_tls() -> None:
    silent = {name for name in SERVICES if name.startswith(("worker-", "intake-"))}
    silent |= {"migrate", "upkeep", "beat"}
    assert set(SERVICES) - silent == set(SERVERS)
    for name, one in SERVICES.items():
        mounted = {f"{name}_certificate", f"{name}_keystore"} & set(one.get("secrets", ()))
        assert bool(mounted) == (name in SERVERS), name
        assert "http://" not in str(one), name
        assert "redis://" not in str(one), name
