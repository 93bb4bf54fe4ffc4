"""Makes an authority and a certificate of it for `localhost`, as an installation without a public name has them."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Certified:
    """Holds the authority's file, what a server shows, and when that ends."""

    authority: Path
    server: ssl.SSLContext
    ends: datetime


def certified(folder: Path, lasts: timedelta) -> Certified:
    """Returns a certificate that is good from yesterday on, for so long from now."""
    now = datetime.now(UTC).replace(microsecond=0)
    own, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of a test")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    authority = _signed(issuer, issuer, own, own, now + timedelta(days=999), x509.BasicConstraints(True, None))
    leaf = _signed(subject, issuer, key, own, now + lasts, names)
    paths = [folder / name for name in ("authority.pem", "server.pem")]
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    paths[0].write_bytes(authority.public_bytes(Encoding.PEM))
    paths[1].write_bytes(leaf.public_bytes(Encoding.PEM) + private)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(paths[1])
    return Certified(paths[0], server, now + lasts)


def _signed(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    ends: datetime,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(datetime.now(UTC) - timedelta(days=1))
    return made.not_valid_after(ends).add_extension(extension, critical=False).sign(by, SHA256())
