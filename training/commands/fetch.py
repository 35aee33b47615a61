"""fetch: images of the ISIC Archive to a folder with a catalog."""

import argparse
import functools
import sys
from pathlib import Path

from training.errors import InvalidData

MOST_WORKERS = 64
EXAMPLES = """
  python -m training fetch --collection 65 --out data/isic2019
  python -m training fetch --query 'diagnosis_3:"Melanoma in situ" AND age_approx:[50 TO 70]' --out data/in-situ

A query is words of field:value with "quotes", a * at either end, field:* for "is known", [a TO b] with the ends and
{a TO b} without them, AND, OR, -field:value for "not", and parentheses. Quote * and " from the shell.
Run the same command again to go on with an unfinished fetch.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "fetch",
        help="bring images of the ISIC Archive, with their catalog",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--query", default="", help="in the archive's search language")
    parser.add_argument(
        "--collection",
        type=_numbers,
        action="extend",
        default=[],
        metavar="NUMBER[,NUMBER…]",
        help="images of any of these; 65 is the training set of ISIC 2019",
    )
    parser.add_argument("--limit", type=_positive, help="at most so many images")
    parser.add_argument("--all", action="store_true", help="the whole archive, when nothing else narrows the search")
    parser.add_argument("--out", type=Path, required=True, help="folder of this search, such as data/isic2019")
    parser.add_argument("--workers", type=_workers, default=8, help="downloads at a time, up to 64 (default: 8)")
    parser.add_argument("--anonymous", action="store_true", help="public images only, even when logged in")
    parser.add_argument("--api", help="another archive's API address")
    parser.set_defaults(run=_fetch)


def _fetch(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from training.archive.api import API
    from training.archive.fetch import Order, fetch
    from training.archive.listing import Search
    from training.archive.retry import Patience
    from training.archive.tokens import Tokens

    search = Search(options.query.strip(), tuple(dict.fromkeys(options.collection)), options.limit)
    if search == Search() and not options.all:
        raise InvalidData("That would be the whole archive. Expected --query, --collection, --limit, or --all.")
    order = Order(
        search,
        api=options.api or API,
        tokens=None if options.anonymous else Tokens.of_user(),
        workers=options.workers,
        patience=Patience(tell=functools.partial(tqdm.write, file=sys.stderr)),
        tell=tqdm.write,
    )
    try:
        outcome = fetch(order, options.out)
    except KeyboardInterrupt:
        print(f"stopped. What was fetched is kept in {options.out}: run the command again to go on.", file=sys.stderr)
        return 130
    for line in outcome.lines():
        print(line)
    return outcome.status


def _numbers(text: str) -> list[int]:
    return [_positive(number) for number in text.split(",")]


def _workers(text: str) -> int:
    if _positive(text) > MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"expected at most {MOST_WORKERS}, received {text}")
    return int(text)


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, received {text!r}")
    return int(text)
