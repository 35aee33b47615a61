"""What a command prints of a run that has just been finished or graded."""

import argparse
from pathlib import Path


def tell(run: Path, options: argparse.Namespace) -> None:
    """Print its card and, of a student, the comparison with its teachers, which is written anew.

    Of several processes that train a run together only the first has something to tell.
    """
    from training import hardware, student_report
    from training.report.files import CARD_FILE, FOLDER

    if not hardware.leads():
        return
    print((run / FOLDER / CARD_FILE).read_text(encoding="utf-8"))
    compared = student_report.write(run, options.data, options.cache)
    if compared is not None:
        print(compared)
