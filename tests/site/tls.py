"""Certificates for a site on loopback: an authority of our own, and what it signs."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


class Authority:
    """A certificate authority. Clients that trust the file `root` trust what it signs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of a test")])
        self.root = folder / "root.pem"
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        self.root.write_bytes(self._certificate(self._name, self._key.public_key(), constraints).public_bytes(Encoding.PEM))

    def site(self, host: str, *, days: int = 30) -> ssl.SSLContext:
        """For `Site(tls=…)`: a certificate for `host` that ends in `days` days; less than none: it has ended."""
        key, certificate = self.files(host, days=days)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    def files(self, host: str, *, days: int = 30) -> tuple[Path, Path]:
        """The same as two files: key and certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        name = x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
        alternative = x509.SubjectAlternativeName([name])
        certificate = self._certificate(
            subject, key.public_key(), x509.BasicConstraints(ca=False, path_length=None), alternative, days=days
        )
        files = self._folder / f"{host}.key", self._folder / f"{host}.pem"
        files[0].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        files[1].write_bytes(certificate.public_bytes(Encoding.PEM))
        return files

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *extensions: x509.ExtensionType, days: int = 30
    ) -> x509.Certificate:
        end = datetime.now(UTC) + timedelta(days=days)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(end - timedelta(days=60)).not_valid_after(end)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(self._key, hashes.SHA256())
