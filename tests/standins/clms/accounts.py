"""Service keys, grants and tokens as ftw.tokenauth (the portal's) handles them."""

import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from standins.clms.clock import Clock

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
UNAUTHORISED = {
    "message": "You are not authorized to access this resource.",
    "type": "Unauthorized",
}
EXPIRED = {"error": "invalid_token", "error_description": "Access token expired"}


class RefusedError(Exception):
    """An answer other than success: HTTP status and JSON body."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status} {json.dumps(body)}")
        self.status, self.body = status, body


@dataclass(frozen=True)
class _Token:
    user: str
    expiry: float


@cache
def private_key() -> RSAPrivateKey:
    """One RSA key per process: making one takes a tenth of a second."""
    return generate_private_key(public_exponent=65537, key_size=2048)


class Accounts:
    """One user with one service key, and the tokens issued for it."""

    user = "n00standin"
    client_id = "6f0e1b6a2c1d4b6c8a5d3f7e9b0c2d41"
    key_id = "d1c5a2e07b3f4e6a9c8b7a6d5e4f3c2b"

    def __init__(self, clock: Clock, token_uri: str) -> None:
        self.clock, self.token_uri = clock, token_uri
        self.lifetime = 3600
        self.revoked = False
        self.issued: list[str] = []
        self._tokens: dict[str, _Token] = {}
        self._lock = threading.Lock()

    def service_key(self) -> dict[str, Any]:
        """The JSON document a user downloads once."""
        pem = private_key().private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        )
        return {
            "client_id": self.client_id,
            "ip_range": None,
            "issued": "2026-01-12T09:30:00",
            "key_id": self.key_id,
            "private_key": pem.decode(),
            "title": "stand-in",
            "token_uri": self.token_uri,
            "user_id": self.user,
        }

    def grant(self, form: Mapping[str, str]) -> dict[str, Any]:
        """A token in exchange for a signed assertion.

        Raises:
            RefusedError: as RFC 7523 and the portal have it.
            Exception: the assertion is no JWT; the portal does not catch that either.
        """
        kind, assertion = form.get("grant_type"), form.get("assertion")
        if kind is None:
            raise _invalid_request("Missing 'grant_type'")
        if kind != GRANT_TYPE:
            raise _invalid_request(f"Only grant type {GRANT_TYPE!r} is supported")
        if not assertion:
            raise _invalid_request("Missing 'assertion'")
        if jwt.get_unverified_header(assertion).get("alg") != "RS256":
            raise _invalid_request("Only RS256 signature algorithm is supported")
        unverified = jwt.decode(assertion, options={"verify_signature": False})
        if self.revoked or unverified["iss"] != self.client_id:
            raise _invalid_grant("No associated key found")
        try:
            claims = self._verified(assertion)
        except jwt.InvalidTokenError as error:
            raise _invalid_grant(str(error)) from error
        self._check(claims)
        return self._issue()

    def _verified(self, assertion: str) -> dict[str, Any]:
        """The claims, once signature and audience are right; times are ours to judge."""
        return jwt.decode(
            assertion,
            private_key().public_key(),
            algorithms=["RS256"],
            audience=self.token_uri,
            options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )

    def _check(self, claims: Mapping[str, Any]) -> None:
        now = self.clock.now()
        if claims.get("exp") is not None and claims["exp"] <= now:
            raise _invalid_grant("Signature has expired")
        if claims.get("sub") != self.user:
            raise _invalid_grant("JWT subject doesn't match user_id of service key")
        if not claims.get("exp"):
            raise _invalid_grant("Missing 'exp' claim")
        if claims["exp"] - now > _DAY:
            raise _invalid_grant("JWT expiration is more than a day in the future")
        if "nbf" in claims:
            raise _invalid_grant("The 'nbf' claim is not suppported")
        if not claims.get("iat"):
            raise _invalid_grant("Missing 'iat' claim")
        if now - claims["iat"] > _HOUR:
            raise _invalid_grant("JWT was issued more than an hour in the past")
        if claims["iat"] - now > _MINUTE:
            raise _invalid_grant("JWT issue time is in the future")
        if "scope" in claims:
            raise _invalid_grant("Scopes are not supported yet")

    def _issue(self) -> dict[str, Any]:
        token, now = secrets.token_urlsafe(64), self.clock.now()
        with self._lock:
            self._tokens = {t: known for t, known in self._tokens.items() if known.expiry >= now}
            self._tokens[token] = _Token(self.user, now + self.lifetime)
            self.issued.append(token)
        return {"access_token": token, "expires_in": self.lifetime, "token_type": "Bearer"}

    def user_of(self, authorization: str | None) -> str | None:
        """Whose token an Authorization header carries; None is an anonymous visitor.

        Raises:
            RefusedError: the token has expired but is still stored.
        """
        if not authorization or authorization[:7].lower() != "bearer ":
            return None
        token = self._tokens.get(authorization.split()[-1])
        if token is None:
            return None
        if token.expiry < self.clock.now():
            raise RefusedError(401, EXPIRED)
        return token.user

    def expire_tokens(self) -> None:
        """Let every token be past its hour, yet stored."""
        with self._lock:
            self._tokens = {t: _Token(known.user, 0) for t, known in self._tokens.items()}

    def purge_tokens(self) -> None:
        """Forget every token."""
        with self._lock:
            self._tokens.clear()


def _invalid_request(text: str) -> RefusedError:
    return RefusedError(400, {"error": "invalid_request", "error_description": text})


def _invalid_grant(text: str) -> RefusedError:
    return RefusedError(400, {"error": "invalid_grant", "error_description": text})
