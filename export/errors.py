"""Errors that a person can mend: the command line prints them as one message, without a trace."""


class ConversionFailed(RuntimeError):
    """The graph does not fit the bundle's contract, or does not compute what the Keras model computes."""
