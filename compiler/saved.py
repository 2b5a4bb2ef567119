"""The file of `f.save`: a model and how it is compiled, in JSON. Loaded by who saves or loads. Read `function.py` next."""
from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..ir.digest import hashed
from ..ir.errors import ArgumentError, ParseError, PathError
from .model import Model

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 2


def write(path: str | Path, model: Model, facts: Mapping[str, Any]) -> None:
    """A file of the model with facts on how it is compiled and its results are handed out."""
    seal = [_hash(model.text, facts, model.digest), model.digest]  # the digest counts for as long as nobody changed anything
    text = json.dumps({"wengert": FORMAT, "graph": model.text, "seal": seal, **facts}, indent=1)
    with writing("save", path), open(path, "w", encoding="utf-8") as file:
        file.write(text)


@contextmanager
def writing(what: str, path: object) -> Iterator[None]:
    """What goes wrong while files are written at a path, as one sentence."""
    _path(what, path)
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PathError(error.errno, f"{what}: cannot write to {path} ({reason}); give a path that is free, where you may write") from None


def _path(what: str, path: object) -> None:
    """Refuses what is no path. A whole number would be an open file of this process, and ~ a folder of that name."""
    if not isinstance(path, (str, os.PathLike)) or "\0" in str(path):
        raise ArgumentError(f"{what}: expected a path, got {path!r}")
    if str(path).replace(os.sep, "/").split("/")[0] == "~":
        raise ArgumentError(f"{what}: expected a path without ~, got {str(path)!r}; give os.path.expanduser({str(path)!r})")


def read(path: str | Path) -> tuple[Model, dict[str, Any]]:
    """What `write` wrote. Raises ParseError where the file is not one or was changed, its graph does not parse, or the facts do not
    fit it. A file without a seal was written by hand."""
    _path("load", path)
    try:
        with open(path, encoding="utf-8") as file:
            saved = json.load(file)
        version, text, seal = saved.pop("wengert"), saved.pop("graph"), saved.pop("seal", None)
        saved["fastmath"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):  # the last: brackets nested too deep
        raise ParseError(f"load: {path} is not a function saved by Wengert") from None
    if version != FORMAT:
        raise ParseError(f"load: {path} was saved in the format {version!r}; this Wengert reads the format {FORMAT}")
    if isinstance(seal, list) and len(seal) == 2 and seal[0] == _hash(text, saved, seal[1]):
        return Model.of_text(text, seal[1]), saved
    if seal is not None:
        raise ParseError(f"load: {path} was changed after it was saved; save the function again, or take the entry \"seal\" out of the "
                         "file if the change is meant")
    from ..ir.text import parse
    from .facts import wrong_entry

    try:
        graph = parse(text)
    except ParseError as error:
        raise ParseError(f"load: {path}: {error}", error.line, error.column) from None
    wrong = wrong_entry(saved, graph)
    if wrong:
        raise ParseError(f"load: {path} is damaged: {wrong}")
    return Model(graph), saved


def _hash(text: object, facts: Mapping[str, Any], digest: object) -> str:
    return hashed(json.dumps([text, facts, digest], sort_keys=True).encode()).hex()
