"""Errors that a person can mend: the command line prints them as one message, without a trace."""


class InvalidData(ValueError):
    """Source files that do not fit together: a missing image, an unknown value, a row twice."""
