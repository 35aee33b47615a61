"""The OAuth 2 endpoints of an archive: authorization code with PKCE, renewal, revocation."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from training.archive.exchange import Answer, Pace, exchange, open_client
from training.archive.retry import Patience, Transient
from training.archive.tokens import Token
from training.errors import InvalidData

CLIENT_ID = "RpCzc4hFjv5gOJdM2DM2nBdokOviOh5ne63Tpn7Q"
"""The archive's public client for programs of the command line. It is a name, not a secret: PKCE stands for one."""
SCOPES = "identity image:read"
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
"""The archive shows the code on a page, and the user carries it over."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class PendingLogin:
    """A login that was begun: the page to open, and the secret that only we can match to its code."""

    address: str
    verifier: str = field(repr=False)


class Login:
    """Asks an archive for tokens."""

    def __init__(
        self, origin: str, client_id: str = CLIENT_ID, patience: Patience | None = None, pace: Pace | None = None
    ) -> None:
        """Raises `InvalidData` unless the origin is https (http on this machine itself is for tests)."""
        url = httpx.URL(origin)
        if url.scheme != "https" and url.host not in LOOPBACK:
            raise InvalidData(f"A login goes over https only. Received {origin}.")
        self.origin = origin
        self.client_id = client_id
        self.patience = patience or Patience()
        self.pace = pace or Pace()

    def begin(self) -> PendingLogin:
        """The page that asks the user, and the verifier that `finish` needs."""
        verifier = generate_token(64)
        address = prepare_grant_uri(
            f"{self.origin}/oauth/authorize/",
            client_id=self.client_id,
            response_type="code",
            redirect_uri=OUT_OF_BAND,
            scope=SCOPES,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return PendingLogin(str(address), verifier)

    async def finish(self, code: str, pending: PendingLogin) -> Token:
        """Exchange the code that the page showed. Raises `InvalidData` when the archive refuses it."""
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": OUT_OF_BAND}
        answer = await self._post("token", self.client_id, {**fields, "code_verifier": pending.verifier})
        if not answer.ok:
            raise InvalidData(f"The archive refused the code: {_error(answer)}. Begin again: python -m training login")
        return self._token(answer, self.client_id, refresh_token="")

    async def renew(self, token: Token) -> Token:
        """A new token for an expired one. Raises `InvalidData` when the archive refuses: then log in again."""
        fields = {"grant_type": "refresh_token", "refresh_token": token.refresh_token}
        answer = await self._post("token", token.client_id, fields)
        if not answer.ok:
            raise InvalidData(
                f"The login of {self.origin} has ended: {_error(answer)}. Log in again: python -m training login, "
                "or fetch with --anonymous."
            )
        return self._token(answer, token.client_id, refresh_token=token.refresh_token)

    async def revoke(self, token: Token) -> None:
        """Make the archive forget both tokens. Raises `InvalidData` when it does not confirm."""
        for kind, secret in (("refresh_token", token.refresh_token), ("access_token", token.access_token)):
            answer = await self._post("revoke_token", token.client_id, {"token": secret, "token_type_hint": kind})
            if not answer.ok:
                raise InvalidData(f"{self.origin} did not confirm the logout: {_error(answer)}.")

    async def _post(self, endpoint: str, client_id: str, fields: dict[str, str]) -> Answer:
        async with open_client(self.pace) as client:
            address = f"{self.origin}/oauth/{endpoint}/"
            data = {**fields, "client_id": client_id}
            try:
                return await self.patience.insist(
                    lambda: exchange(client, client.build_request("POST", address, data=data), self.pace)
                )
            except Transient as error:
                raise InvalidData(f"{self.origin} did not answer the login: {error}.") from error

    def _token(self, answer: Answer, client_id: str, refresh_token: str) -> Token:
        try:
            told: dict[str, Any] = json.loads(answer.body)
            return Token(
                client_id=client_id,
                access_token=str(told["access_token"]),
                # An archive that does not rotate them sends no new one.
                refresh_token=str(told.get("refresh_token") or refresh_token),
                expires_at=time.time() + float(told["expires_in"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            # The answer holds secrets: neither it nor an error that quotes it is shown.
            raise InvalidData(
                f"{self.origin} gave a token of a form we do not know. Expected access_token and expires_in."
            ) from None


def _error(answer: Answer) -> str:
    """The error's own words (RFC 6749 §5.2), which name no secret."""
    try:
        told = json.loads(answer.body)
        text = ": ".join(str(told[key]) for key in ("error", "error_description") if key in told)
    except (ValueError, TypeError):
        text = ""
    return text or f"status {answer.status}"
