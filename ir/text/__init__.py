"""The text form of graphs: `dump` prints, `parse` reads back the same graph, and a node travels by pickle as its text.

    graph loss(x: f64[n,4], w: f64[4]) {
      %0 = matmul x, w : f64[n]  # model.py:12
      %1 = sum %0 {axes=[0]} : f64  # model.py:13
      return %1
    }

The grammar; blanks, line ends and comments may stand between any two tokens:

    graph     = "graph" name "(" [name ":" type {"," name ":" type}] ")" "{" {node} "return" [values] "}"
    node      = "%" int "=" op [values] ["{" attribute {"," attribute} "}"] ":" type [origin]
              | "%" int "=" "const" literal ":" type [origin]
    values    = value {"," value}                       value = "%" int | name
    attribute = word "=" setting
    setting   = "true" | "false" | "none" | dtype | float | string | dim | graph | "[" [setting {"," setting}] "]"
    type      = dtype ["[" dim {"," dim} "]"] | "(" [type {"," type}] ")"
    dtype     = "f64" | "f32" | "i64" | "i32" | "bool"
    dim       = ["-"] term {("+" | "-") term}           term = factor {"*" factor | "//" int}
    factor    = int | word | "(" dim ")"
    literal   = "true" | "false" | int | float | "[" [literal {"," literal}] "]" | "base64" string
    float     = a decimal number | "inf" | "-inf" | "nan" | "nan(0x" bits ")"
    name      = word | string                           string = as in JSON
    origin    = "# " file ":" line [" from " value] | "# from " value

A `%k` is defined before it is used, but an origin may name a node further down. A comment of another form says
nothing. Literals are exact: numbers print as the shortest decimal that reads back, a NaN that is not the usual one
by its bits, and arrays of more than 64 elements as base64 of their little-endian bytes. A dim whose first
word is reserved (`true`, `nan`, `f64`, ...) stands in parentheses where a setting is expected.

Knows nothing of what ops mean. `printer.py` and `parser.py` are the two directions; read `evaluate.py` next.
"""
from .parser import parse, parse_dim, parse_node
from .printer import dump, pickled

__all__ = ["dump", "parse", "parse_dim", "parse_node", "pickled"]
