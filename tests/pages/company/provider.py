"""A real OpenID provider on loopback, which can be told to misbehave."""

import base64
import hmac
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import flask
import httpx
import oidc_provider_mock
import werkzeug.serving
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jws, jwt
from joserfc.jwk import RSAKey
from oidc_provider_mock._app import AuthorizationCodeGrant

# Clients without a secret, as our provider has them too (RFC 6749, 2.1).
AuthorizationCodeGrant.TOKEN_ENDPOINT_AUTH_METHODS = [
    "client_secret_basic",
    "client_secret_post",
    "none",
]

Json = dict[str, Any]
CLIENT = "tongxin-test"


@dataclass
class Wrongs:
    """What the provider does otherwise than it should; nothing by itself."""

    document: Json = field(default_factory=dict)
    """Put into the discovery document; what is None is taken out."""
    claims: Callable[[Json], object] | None = None
    """Changes the claims of the ID token, which then is signed with a key of `signed`."""
    signed: str = "RS256"
    unknown_key: bool = False
    answers: dict[str, tuple[Json | str, int]] = field(default_factory=dict)
    """Path → what is answered there instead."""
    codes_again: bool = False
    """A code is taken as often as it comes."""


class Company:
    """The provider of a company. `wrong` is for tests to change, `asked` what has come to its
    token endpoint: the form and the header `Authorization`."""

    def __init__(self) -> None:
        self.wrong = Wrongs()
        self.asked: list[tuple[Json, str | None]] = []
        self.issuer = ""
        self.frozen = threading.Event()
        self.frozen.set()
        self._key, self._other = (RSAKey.generate_key(2048, {"kid": k}) for k in ("own", "other"))
        self._challenges: dict[str, str] = {}
        self._answered: dict[str, flask.Response] = {}
        self.app = oidc_provider_mock.app()
        self.app.before_request(self._before)
        self.app.after_request(self._after)

    def employs(self, sub: str, **claims: object) -> None:
        """Makes a user there."""
        httpx.put(f"{self.issuer}/users/{sub}", json=claims).raise_for_status()

    def _before(self) -> flask.typing.ResponseReturnValue | None:
        self.frozen.wait(30)
        path, form = flask.request.path, flask.request.form
        if path in self.wrong.answers:
            return self.wrong.answers[path]
        if path != "/oauth2/token":
            return None
        self.asked.append((form.to_dict(), flask.request.headers.get("authorization")))
        code = form["code"]
        if code in self._answered and self.wrong.codes_again:
            return self._answered[code]
        # RFC 7636, which the provider as it comes does not look at.
        challenge = create_s256_code_challenge(form.get("code_verifier", ""))
        if code in self._challenges and challenge != self._challenges[code]:
            return {"error": "invalid_grant"}, 400
        return None

    def _after(self, response: flask.Response) -> flask.Response:
        path, wrong = flask.request.path, self.wrong
        if path == "/oauth2/authorize" and response.status_code == 302:
            code = httpx.URL(response.headers["location"]).params.get("code")
            if code:
                self._challenges[code] = flask.request.args["code_challenge"]
        elif path == "/.well-known/openid-configuration" and wrong.document:
            document = response.get_json() | wrong.document
            response.set_data(flask.json.dumps({k: v for k, v in document.items() if v}))
        elif path == "/jwks" and wrong.claims:
            response.set_data(flask.json.dumps({"keys": [self._key.as_dict(private=False)]}))
        elif path == "/oauth2/token" and response.status_code == 200:
            if wrong.claims:
                answer = response.get_json()
                answer["id_token"] = self._signed(answer["id_token"])
                response.set_data(flask.json.dumps(answer))
            self._answered[flask.request.form["code"]] = response
        return response

    def _signed(self, token: str) -> str:
        assert self.wrong.claims
        claims = flask.json.loads(jws.extract_compact(token.encode()).payload)
        self.wrong.claims(claims)
        header = {"alg": self.wrong.signed, "kid": "own"}
        if header["alg"] == "RS256":
            key = self._other if self.wrong.unknown_key else self._key
            return jwt.encode(header, claims, key)
        # By hand, because no library of today would.
        said = ".".join(to_base64url(flask.json.dumps(part)) for part in (header, claims))
        public = self._key.as_pem(private=False)  # what everybody can read
        code = hmac.digest(public, said.encode(), "sha256") if header["alg"] == "HS256" else b""
        return f"{said}.{to_base64url(code)}"


def to_base64url(part: str | bytes) -> str:
    raw = part.encode() if isinstance(part, str) else part
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@contextmanager
def running(named: str = "127.0.0.1") -> Iterator[Company]:
    """`named`: how a browser calls the host. To it `localhost` is another site than 127.0.0.1."""
    company = Company()
    server = werkzeug.serving.make_server("127.0.0.1", 0, company.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    company.issuer = f"http://{named}:{server.server_port}"
    try:
        yield company
    finally:
        company.frozen.set()
        server.shutdown()
        thread.join()
        server.server_close()
