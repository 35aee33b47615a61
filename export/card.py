"""The model card of a bundle that was made of another: what is new is said before what was said of the other."""

from pathlib import Path

FIRST_SECTION = "\n## "


def add_section(card: Path, title: str, text: str) -> None:
    """Put a section of Markdown before the first one of a card, below its title. Makes the card where there is none."""
    before, mark, after = (card.read_text(encoding="utf-8") if card.is_file() else "").partition(FIRST_SECTION)
    section = f"{FIRST_SECTION}{title}\n\n{text.strip()}\n"
    card.write_text(f"{before}{section}{mark}{after}", encoding="utf-8")
