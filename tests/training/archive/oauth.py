"""The fake archive's OAuth 2 server: authorization code with PKCE, expiring access, rotating refresh tokens."""

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs

CLIENT_ID = "RpCzc4hFjv5gOJdM2DM2nBdokOviOh5ne63Tpn7Q"
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
Reply = tuple[int, dict[str, object]]


@dataclass
class OAuth:
    """Codes work once, access tokens `expires_in` seconds, refresh tokens until they are used."""

    expires_in: int = 36_000
    challenges: dict[str, str] = field(default_factory=dict)
    access: dict[str, float] = field(default_factory=dict)
    refresh: set[str] = field(default_factory=set)
    issued: list[str] = field(default_factory=list)
    renewals: int = 0

    def knows(self, authorization: str | None) -> bool:
        """Whether a header names a token that holds."""
        token = (authorization or "").removeprefix("Bearer ")
        return self.access.get(token, 0) > time.time()

    def authorize(self, query: dict[str, list[str]]) -> tuple[int, str]:
        """The page on which a user who agrees finds the code. It is all code here."""
        asked = {name: values[0] for name, values in query.items()}
        fits = (
            asked.get("response_type") == "code"
            and asked.get("client_id") == CLIENT_ID
            and asked.get("redirect_uri") == OUT_OF_BAND
            and asked.get("scope") == "identity image:read"
            and asked.get("code_challenge_method") == "S256"
            and len(asked.get("code_challenge", "")) == 43
        )
        if not fits:
            return 400, "invalid_request"
        code = secrets.token_urlsafe(16)
        self.challenges[code] = asked["code_challenge"]
        return 200, code

    def token(self, body: bytes) -> Reply:
        """The token endpoint."""
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if form.get("client_id") != CLIENT_ID:
            return 401, {"error": "invalid_client"}
        if form.get("grant_type") == "refresh_token":
            return self._renew(form.get("refresh_token", ""))
        challenge = self.challenges.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if challenge != proof or form.get("redirect_uri") != OUT_OF_BAND:
            return 400, {"error": "invalid_grant"}
        return self._issue()

    def revoke(self, body: bytes) -> Reply:
        """The revocation endpoint, which says nothing."""
        token = parse_qs(body.decode()).get("token", [""])[0]
        self.access.pop(token, None)
        self.refresh.discard(token)
        return 200, {}

    def _renew(self, refresh_token: str) -> Reply:
        if refresh_token not in self.refresh:
            return 400, {"error": "invalid_grant"}
        self.refresh.remove(refresh_token)
        self.renewals += 1
        return self._issue()

    def _issue(self) -> Reply:
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.access[access] = time.time() + self.expires_in
        self.refresh.add(refresh)
        self.issued += [access, refresh]
        return 200, {
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": self.expires_in,
            "token_type": "Bearer",
            "scope": "identity image:read",
        }
