"""The company's identity provider: what it tells of itself, and what it says of who signs in
(OpenID Connect Core 1.0: authorization code flow, with PKCE, RFC 7636).

Nothing of it is kept but the discovery document, for seconds: whoever signs in gets the keys of
that moment, and a provider that is away is found out before anybody is sent to it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import structlog
from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from services.gateway.problems import Problem
from services.gateway.settings import CompanySettings, trusted_address
from shared.telemetry import fault

log = structlog.get_logger(__name__)

Claims = Mapping[str, Any]

COMES_BACK = "/sign-in/company/back"
"""Where a browser brings the answer; the provider must know it."""
SECRET = "oidc_secret"  # noqa: S105 - the name of the file
ONE_ANSWER, ALL_ANSWERS = 4.0, 8.0
"""Seconds that the provider has: nobody waits longer at the door."""
TRUST_SECONDS = 5.0
LEEWAY = 60
"""Seconds by which its clock and ours may differ."""
SIGNED_WITH = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Never `none`, never with a secret that somebody else may know."""
KEYS = {"RSA", "EC"}


def away() -> Problem:
    return Problem(
        503,
        "provider-away",
        "the company's sign-in does not answer as it should; local accounts work as ever",
    )


def untrusted(why: str) -> Problem:
    return Problem(
        403, "untrusted-token", "what the company's sign-in said cannot be trusted", why=why
    )


class Provider:
    """`secret` is a file that may not be there: then the client is a public one, by PKCE alone. It
    is read each time, so a new one needs no restart."""

    def __init__(self, told: CompanySettings, url: str, secret: Path) -> None:
        """`url` is where people reach the site."""
        self.told, self._secret = told, secret
        self.home = url.rstrip("/") + "/"
        self.back = url.rstrip("/") + COMES_BACK
        self._known: tuple[float, Claims] | None = None
        self._tls = httpx2.create_ssl_context(trust_env=False)  # takes long, so once

    async def way(self, *, state: str, nonce: str, verifier: str) -> str:
        """Where a browser is sent to sign in. Raises `Problem` (503)."""
        async with self._asking() as client:
            document = await self._document(client)
            way, _ = client.create_authorization_url(
                document["authorization_endpoint"], state=state, nonce=nonce, code_verifier=verifier
            )
        return str(way)

    async def way_out(self) -> str | None:
        """Where a browser is sent to sign out there too (OpenID Connect RP-Initiated Logout 1.0);
        None when the provider has no such place. Raises `Problem` (503)."""
        async with self._asking() as client:
            place = (await self._document(client)).get("end_session_endpoint")
        if not trusted_address(place, loopback=self.told.loopback):
            return None
        # No `id_token_hint`: we keep no token of a person, and none belongs into an address.
        given = {"client_id": self.told.client, "post_logout_redirect_uri": self.home}
        return str(add_params_to_uri(place, given))

    async def claims(self, answer: Mapping[str, str], *, nonce: str, verifier: str) -> Claims:
        """Who signed in, from what the browser brought back. Raises `Problem`: 403 when it is not
        to be believed, 503."""
        async with self._asking() as client:
            document = await self._document(client)
            self._must_come_from_it(answer, document)
            if "error" in answer:
                raise Problem(403, "provider-refused", "the company's sign-in let nobody in")
            if not answer.get("code"):
                raise Problem(403, "provider-refused", "the company's sign-in said nothing")
            ways = document.get("token_endpoint_auth_methods_supported", [])
            if client.client_secret and ways and "client_secret_basic" not in ways:
                client.token_endpoint_auth_method = "client_secret_post"  # noqa: S105
            token = await client.fetch_token(
                document["token_endpoint"],
                grant_type="authorization_code",
                code=answer["code"],
                redirect_uri=self.back,
                code_verifier=verifier,
            )
            keys = await _json(client, document["jwks_uri"])
            said = self._proved(token, keys, document, nonce)
            place = document.get("userinfo_endpoint")
            if self._all_said(said) or not trusted_address(place, loopback=self.told.loopback):
                return said
            more = await _json(client, str(place), withhold_token=False)
        if more.get("sub") != said["sub"]:
            raise untrusted("userinfo")
        return {**more, **said}

    def _must_come_from_it(self, answer: Mapping[str, str], document: Claims) -> None:
        """RFC 9207: an answer of another provider must not be taken for one of this."""
        named = answer.get("iss")
        promised = document.get("authorization_response_iss_parameter_supported") is True
        if named != self.told.issuer and (named is not None or promised):
            raise untrusted("issuer")

    def _proved(self, token: Claims, keys: Claims, document: Claims, nonce: str) -> Claims:
        """The ID token's claims, after all that OpenID Connect Core, 3.1.3.7, asks for."""
        offered = document.get("id_token_signing_alg_values_supported") or ["RS256"]
        registry = JWSRegistry(
            algorithms=[one for one in SIGNED_WITH if one in offered], strict_check_header=False
        )
        try:
            # Keys of kinds that we do not take must not keep those from us that we do.
            usable = [key for key in keys["keys"] if key["kty"] in KEYS and key.get("use") != "enc"]
            read = jwt.decode(
                str(token.get("id_token", "")),
                KeySet.import_key_set({"keys": usable}),
                registry=registry,
            )
            claims = CodeIDToken(
                read.claims,
                read.header,
                options={
                    "iss": {"essential": True, "value": self.told.issuer},
                    "aud": {"essential": True, "value": self.told.client},
                },
                params={
                    "nonce": nonce,
                    "client_id": self.told.client,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(leeway=LEEWAY)
        except ClaimError as error:
            raise untrusted(error.claim) from None
        except (JoseError, ValueError, TypeError, LookupError) as error:
            raise untrusted(getattr(error, "error", "malformed")) from None
        return dict(claims)

    def _all_said(self, said: Claims) -> bool:
        """Some providers put little into the ID token and the rest elsewhere."""
        wanted = {self.told.employee_claim} | (
            {self.told.roles_claim} if self.told.roles else set()
        )
        return wanted <= said.keys()

    async def _document(self, client: AsyncOAuth2Client) -> Claims:
        """OpenID Connect Discovery 1.0. Raises `ValueError` when it is another's or unfit."""
        if self._known and self._known[0] > time.monotonic():
            return self._known[1]
        place = f"{self.told.issuer.rstrip('/')}/.well-known/openid-configuration"
        document = await _json(client, place)
        if document.get("issuer") != self.told.issuer:
            raise ValueError("the discovery document is of another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not trusted_address(document.get(name), loopback=self.told.loopback):
                raise ValueError(f"{name} is no https address")
        self._known = (time.monotonic() + TRUST_SECONDS, document)
        return document

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[AsyncOAuth2Client]:
        """A client with little patience, on whose way every trouble is one of ours to tell."""
        try:
            secret = self._read_secret()
            async with (
                asyncio.timeout(ALL_ANSWERS),
                AsyncOAuth2Client(
                    self.told.client,
                    secret,
                    scope=self.told.scopes,
                    redirect_uri=self.back,
                    code_challenge_method="S256",
                    timeout=ONE_ANSWER,
                    verify=self._tls,
                    trust_env=False,
                ) as client,
            ):
                yield client
        except OAuthError as error:
            if error.error == "invalid_grant":
                raise Problem(
                    403, "stale-sign-in", "this sign-in was used or is too old; begin again"
                ) from None
            # The secret or the client is not what the provider knows: for IT, not for people.
            log.error("provider refused the site", code=str(error.error)[:40])
            raise away() from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, LookupError) as error:
            log.error("provider away or unfit", **fault(error), why=_why(error))
            raise away() from None

    def _read_secret(self) -> str | None:
        try:
            return self._secret.read_text().strip() or None
        except FileNotFoundError:
            return None


def _why(error: Exception) -> str:
    """Our own words only."""
    return str(error) if type(error) is ValueError else ""


async def _json(
    client: AsyncOAuth2Client, place: str, *, withhold_token: bool = True
) -> dict[str, Any]:
    """Raises `httpx2.HTTPError` and `ValueError`."""
    answer = await client.request("GET", place, withhold_token=withhold_token)
    answer.raise_for_status()
    read = answer.json()
    if not isinstance(read, dict):
        raise ValueError("an answer is no JSON object")
    return read
