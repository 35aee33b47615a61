"""HAM10000's own words for diagnoses: seven, of which ISIC 2019 later divided one."""

from training.vocabulary import translate

DIAGNOSES = ("mel", "nv", "bcc", "akiec", "bkl", "df", "vasc")
"""`dx`; in capitals, the columns of ISIC 2018's ground truth."""


def categories(dx: str) -> tuple[str, ...]:
    """The categories of ISIC 2019 that a diagnosis may be: AK or SCC (Bowen's disease) for akiec, one for any other.

    Raises `Unmapped` for a word that is none.
    """
    return ("AK", "SCC") if dx == "akiec" else (translate("dx", dx),)
