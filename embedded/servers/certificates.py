"""A small authority of one's own, made at the first start, and a certificate for each server."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from embedded.process import write_secret

VALID = timedelta(days=365)
RENEWED = timedelta(days=30)
"""Before the end; a new authority is made with its certificates, as nobody else trusts it."""
HERE = ("localhost", "127.0.0.1")
"""What servers on this machine are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A certificate and its key, as PEM files."""

    certificate: Path
    key: Path


class Authority:
    """Signs for servers of this machine; its own certificate is what clients trust."""

    def __init__(self, folder: Path) -> None:
        """Everything lives in `folder`; made anew when it is about to end."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.ca = folder / "ca.pem"
        self._key = folder / "ca.key"
        if not self._good():
            for old in folder.glob("*.pem"):
                old.unlink()
            self._create()

    def pair(self, name: str, hosts: tuple[str, ...] = HERE) -> Pair:
        """A certificate for these host names and addresses, the one made before while there is one."""
        made = Pair(certificate=self._folder / f"{name}.pem", key=self._folder / f"{name}.key")
        if not made.certificate.exists():
            key, signing = ec.generate_private_key(ec.SECP256R1()), self._signing_key()
            issuer = x509.load_pem_x509_certificate(self.ca.read_bytes())
            signed = _begun(name, issuer.subject, key)
            signed = signed.add_extension(_names(hosts), critical=False)
            signed = signed.add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
            )
            signed = signed.add_extension(
                x509.BasicConstraints(ca=False, path_length=None), critical=True
            )
            # OpenSSL 3 with strict checks, Python's default from 3.13 on, asks for both identifiers.
            signed = signed.add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()),
                critical=False,
            )
            self._write(made, key, signed.sign(signing, SHA256()))
        return made

    def _signing_key(self) -> ec.EllipticCurvePrivateKey:
        found = load_pem_private_key(self._key.read_bytes(), None)
        assert isinstance(found, ec.EllipticCurvePrivateKey)  # noqa: S101 - made below
        return found

    def _good(self) -> bool:
        if not (self.ca.exists() and self._key.exists()):
            return False
        found = x509.load_pem_x509_certificate(self.ca.read_bytes())
        return found.not_valid_after_utc - RENEWED > datetime.now(UTC)

    def _create(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = "Colloquy's servers on this machine"
        begun = _begun(name, _name(name), key)
        begun = begun.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        begun = begun.add_extension(_SIGNS, critical=True)
        made = Pair(certificate=self.ca, key=self._key)
        self._write(made, key, begun.sign(key, SHA256()))

    @staticmethod
    def _write(made: Pair, key: ec.EllipticCurvePrivateKey, signed: x509.Certificate) -> None:
        told = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_secret(made.key, told.decode())
        made.certificate.write_bytes(signed.public_bytes(Encoding.PEM))


_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _begun(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A clock may be a little behind.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _names(hosts: tuple[str, ...]) -> x509.SubjectAlternativeName:
    told: list[x509.GeneralName] = []
    for one in hosts:
        try:
            told.append(x509.IPAddress(ipaddress.ip_address(one)))
        except ValueError:
            told.append(x509.DNSName(one))
    return x509.SubjectAlternativeName(told)
