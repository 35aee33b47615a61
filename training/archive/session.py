"""A login that lasts: kept in the user's tokens, renewed when it must be, ended when the user says so."""

from training.archive.login import Login, PendingLogin
from training.archive.tokens import Token, Tokens
from training.errors import InvalidData


class Session:
    """The stored login of one origin, renewed when its token has expired or is refused."""

    def __init__(self, tokens: Tokens, login: Login) -> None:
        self.tokens = tokens
        self.login = login

    async def current(self, refused: Token | None = None) -> Token:
        """A token that holds, other than the refused one. Whoever comes first renews it; the others find it renewed.

        Raises `InvalidData` when the login has ended.
        """
        token = self._stored()
        if not token.expired and token != refused:
            return token
        async with self.tokens.lock():
            token = self._stored()
            if token.expired or token == refused:
                token = await self.login.renew(token)
                self.tokens.save(self.login.origin, token)
        return token

    def _stored(self) -> Token:
        token = self.tokens.read(self.login.origin)
        if token is None:
            raise InvalidData(f"Not logged in to {self.login.origin}. Log in: python -m training login")
        return token


async def log_in(login: Login, pending: PendingLogin, code: str, tokens: Tokens) -> None:
    """Exchange the code for a token and keep it. Raises `InvalidData` when the archive refuses the code."""
    tokens.save(login.origin, await login.finish(code, pending))


async def log_out(login: Login, tokens: Tokens) -> None:
    """Forget the token here, then have the archive forget it.

    Raises `InvalidData` when there is none, or when the archive does not confirm: it is gone from here all the same.
    """
    token = tokens.read(login.origin)
    if token is None:
        raise InvalidData(f"Not logged in to {login.origin}.")
    tokens.remove(login.origin)
    await login.revoke(token)
