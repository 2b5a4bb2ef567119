"""The exceptions of Wengert: one class a stage, all under `WengertError`.

Owns only the classes; each message is written where the mistake is found, in the form
`where: what was expected, got what came; what to do`.
"""


class WengertError(Exception):
    """Any mistake that Wengert can name. Catch this to catch them all."""


class ShapeError(WengertError, ValueError):
    """Shapes, ranks or axes that do not fit together, found while a graph is built."""


class DTypeError(WengertError, TypeError):
    """A dtype that an operation does not take, or a conversion that would lose value."""


class GraphError(WengertError, ValueError):
    """A graph that is not well formed: unlisted inputs, a `wrt` that is not there, wrong types."""


class ParseError(WengertError, ValueError):
    """IR text that does not parse; the message carries line, column and a caret."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line, self.column = line, column


class ExpressionError(WengertError, TypeError):
    """An expression or a Python construct that has no meaning as a program."""


class NotReal(ExpressionError):
    """A complex value where numbers are real. What stands around it may still be real: its modulus, its real part."""


class ArgumentError(WengertError, ValueError):
    """An argument of a call that does not fit the compiled function."""


class PathError(WengertError, OSError):
    """A path where no file can be written; the message says why."""

    def __str__(self) -> str:
        return str(self.args[1])  # without the number that OSError puts in front


class CheckError(WengertError, AssertionError):
    """A derivative that does not agree with the numbers."""
