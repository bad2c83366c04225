"""How deeply a TOML file is nested, found before it is parsed.

The parser calls itself for every bracket, and takes the square of the length of a dotted key: a file of one
megabyte could end it, or keep it busy for hours.
"""

import re

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""|'
    + r"'''.*?'''"
    + r'|"(?:\\.|[^"\\\n])*"|'
    + r"'[^'\n]*'|#[^\n]*|(?P<sign>[\[\]{}.=,\n\"'])",
    re.DOTALL,
)


def toml_depth(text: str) -> int:
    """Return the greatest depth of brackets and dotted keys in a TOML file; in what is none, a bound."""
    deepest = brackets = dots = 0
    for found in _TOKEN.finditer(text):
        match found["sign"]:
            case "[" | "{":
                brackets, dots = brackets + 1, 0
            case "]" | "}":
                brackets, dots = max(brackets - 1, 0), 0
            case ".":
                dots += 1
            case "=" | "," | "\n":
                dots = 0
            case '"' | "'":  # never closed: the parser ends here, too
                break
        deepest = max(deepest, brackets + dots)
    return deepest
