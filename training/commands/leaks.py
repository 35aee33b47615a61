"""leaks: the overlap of any two lists of images."""

import argparse


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "leaks",
        help="tell the overlap of any two lists of images",
        description="Exit status 1 when B shares an image, file, lesion, patient or picture with A, else 0.",
    )
    lists = "a CSV with an image column, the folder of a catalog, or predictions (.npz); FILE:part takes one part"
    parser.add_argument("a", metavar="A", help=lists)
    parser.add_argument("b", metavar="B", help="the same; images of B that share anything with A are counted")
    parser.set_defaults(run=_leaks)


def _leaks(options: argparse.Namespace) -> int:
    from training import leaks

    a, b = leaks.read(options.a), leaks.read(options.b)
    print(leaks.report(a, b))
    return int(bool(leaks.overlap(a, b).images))
