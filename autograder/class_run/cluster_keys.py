"""The keys of a cluster: who has them may give it work and take part in it, and nobody else."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

CERTIFICATE, KEY, CONFIGURATION = "cert.pem", "key.pem", "dask.yaml"
ROLES = ("scheduler", "worker", "client")

NOT_INSTALLED = "a cluster needs more packages: pip install 'backprop-autograder[cluster]'"
TAKEN = "{path} is there already, and the cluster may be using it. Move it away to make new keys"
NO_KEYS = "there are no keys of a cluster in {folder}. Make some: autograder cluster-keys"
OPEN_KEY = "{path} can be read by other users, who could use the cluster. Close it: chmod 600 {path}"
EXPIRED = "the keys in {folder} were valid until {date}. Make new ones: autograder cluster-keys"


class ClusterError(OSError):
    """A cluster cannot be used; the message says why and what to do."""


def _security() -> Any:
    try:
        import cryptography  # noqa: F401 - which Dask makes keys with
        from distributed import Security
    except ImportError:
        raise ClusterError(NOT_INSTALLED) from None
    return Security


def _write(path: Path, text: str) -> None:
    """Write a file that nobody else may read, at no moment."""
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text, encoding="utf-8")


def make_keys(folder: Path) -> list[Path]:
    """Write a key, its certificate, and the settings with which all commands of Dask's use them; raises
    ClusterError, or OSError."""
    folder = folder.absolute()
    made = _security().temporary()
    if folder.exists():
        raise ClusterError(TAKEN.format(path=folder))
    folder.mkdir(mode=0o700)
    certificate, key = folder / CERTIFICATE, folder / KEY
    tls = {role: {"cert": str(certificate), "key": str(key)} for role in ROLES}
    comm = {"default-scheme": "tls", "require-encryption": True, "tls": {"ca-file": str(certificate), **tls}}
    _write(certificate, made.tls_ca_file)
    _write(key, made.tls_client_key)
    settings = folder / CONFIGURATION
    _write(settings, json.dumps({"distributed": {"comm": comm}}, indent=2) + "\n")  # JSON is YAML
    return [certificate, key, settings]


def _check(folder: Path) -> None:
    from cryptography import x509

    key, certificate = folder / KEY, folder / CERTIFICATE
    if not (key.is_file() and certificate.is_file()):
        raise ClusterError(NO_KEYS.format(folder=folder))
    if key.stat().st_mode & 0o077:
        raise ClusterError(OPEN_KEY.format(path=key))
    until = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    if until < datetime.now(UTC):
        raise ClusterError(EXPIRED.format(folder=folder, date=f"{until:%Y-%m-%d}"))


def read_keys(folder: Path) -> Any:
    """What a client of the cluster proves with that it may give it work; raises ClusterError."""
    security = _security()
    _check(folder)
    certificate, key = str(folder / CERTIFICATE), str(folder / KEY)
    return security(
        require_encryption=True,
        tls_ca_file=certificate,
        tls_client_cert=certificate,
        tls_client_key=key,
    )
