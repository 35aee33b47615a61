"""login and logout: the ISIC Archive's private images, for those who may see them."""

import argparse
import asyncio
import sys

from training.errors import InvalidData


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both commands."""
    parser = commands.add_parser("login", help="log in to the ISIC Archive, for images that are not public")
    parser.add_argument("--client-id", help="OAuth 2 client (default: the archive's own, for the command line)")
    parser.set_defaults(run=_login)
    _add_api(parser)
    parser = commands.add_parser("logout", help="end the login: the archive and this computer forget the token")
    parser.set_defaults(run=_logout)
    _add_api(parser)


def _add_api(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--api", help="another archive's API address")


def _login(options: argparse.Namespace) -> None:
    from training.archive.api import API, api_address
    from training.archive.login import CLIENT_ID, Login
    from training.archive.session import log_in
    from training.archive.tokens import Tokens, origin_of

    login = Login(origin_of(api_address(options.api or API)), options.client_id or CLIENT_ID)
    pending = login.begin()
    print(f"Open this page, log in, and allow access:\n\n{pending.address}\n")
    print("Then paste the code it shows, and press Enter: ", end="", flush=True)
    try:
        code = sys.stdin.readline().strip()
    except KeyboardInterrupt:
        code = ""
    if not code:
        raise InvalidData("No code was given: nothing has changed.")
    tokens = Tokens.of_user()
    asyncio.run(log_in(login, pending, code, tokens))
    print(f"Logged in to {login.origin}. The token is kept in {tokens.path}, which only you can read.")


def _logout(options: argparse.Namespace) -> None:
    from training.archive.api import API, api_address
    from training.archive.login import Login
    from training.archive.session import log_out
    from training.archive.tokens import Tokens, origin_of

    login = Login(origin_of(api_address(options.api or API)))
    asyncio.run(log_out(login, Tokens.of_user()))
    print(f"Logged out of {login.origin}.")
