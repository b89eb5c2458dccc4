"""ID numbers: ciphertext under a key of each person's own, that key wrapped by the installation's key (AES-256-GCM).

Erasing a person destroys their key, and with it every copy of the ciphertext, in history and in backups' later copies.
The exact search works on an HMAC-SHA256 of the number, made with a key derived for that purpose only.
"""

import functools
import hashlib
import hmac
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

NONCE = 12


@functools.cache
def _derived(purpose: bytes, secret: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())


def _key(purpose: bytes) -> bytes:
    return _derived(purpose, settings.INSTALLATION_KEY)


def seal(id_number: str) -> tuple[bytes, bytes, bytes]:
    """Ciphertext, wrapped key and search HMAC of an ID number."""
    own = AESGCM.generate_key(bit_length=256)
    return _encrypt(own, normal(id_number).encode()), _encrypt(_key(b"person-key"), own), search_hmac(id_number)


def open_sealed(cipher: bytes, wrapped_key: bytes) -> str:
    """The ID number in clear. Raises InvalidTag if either was tampered with or the installation key is another one."""
    return _decrypt(_decrypt(_key(b"person-key"), wrapped_key), cipher).decode()


def search_hmac(id_number: str) -> bytes:
    return hmac.new(_key(b"id-search"), normal(id_number).encode(), hashlib.sha256).digest()


def normal(id_number: str) -> str:
    """One spelling: no spaces, capital X."""
    return "".join(id_number.split()).upper()


def masked(id_number: str) -> str:
    """«310***********1234»: enough to compare with a card, too little to use."""
    if len(id_number) <= 7:
        return "*" * len(id_number)
    return id_number[:3] + "*" * (len(id_number) - 7) + id_number[-4:]


def masked_phone(phone: str) -> str:
    """«138****5678»."""
    return phone if len(phone) < 8 else phone[:3] + "*" * (len(phone) - 7) + phone[-4:]


def _encrypt(key: bytes, plain: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, None)


def _decrypt(key: bytes, sealed: bytes) -> bytes:
    return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], None)
