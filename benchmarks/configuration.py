"""Files that a person writes: YAML, validated, with errors that name the file and the key."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from benchmarks.errors import GenrebenchError
from benchmarks.files import replacing

if TYPE_CHECKING:
    from ruamel.yaml import YAML

NAME: Final = "^[a-z0-9][a-z0-9_-]*$"
Name = Annotated[str, Field(pattern=NAME)]

# characters of a wrong value
_SHOWN: Final = 40
# what pydantic adds to the place of a value behind `split`
_KINDS: Final = {
    *((place, kind) for place in ("split", "tracks") for kind in ("random", "grouped")),
    ("split", "windows"),
}


class Section(BaseModel):
    """A part of such a file: no unknown key, no infinite number, and nothing changes once it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Choices(Section):
    """A section whose lists hold no value twice."""

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        for key, values in self:
            if isinstance(values, tuple) and len(set(values)) < len(values):
                raise ValueError(f"{key}: a value stands there twice")
        return self


_Model = TypeVar("_Model", bound=BaseModel)


def from_environment(variable: str) -> str | None:
    """Return what one of the project's environment variables holds; None where it is not set.

    Raises
    ------
    GenrebenchError
        If it is set and empty: a script whose own variable is not set would else get something else in silence.
    """
    given = os.environ.get(variable)
    if given is not None and not given.strip():
        raise GenrebenchError(f"{variable} is set, but empty; give it a value, or unset it: unset {variable}")
    return given


def read_yaml(path: Path, missing: str) -> Any:
    """Return what a YAML file holds.

    Parameters
    ----------
    path : Path
        The file.
    missing : str
        What to do where there is no such file.

    Raises
    ------
    GenrebenchError
        If the file is missing or is not YAML.
    """
    from ruamel.yaml import YAML

    return _loaded(YAML(typ="safe"), path, missing)


def _loaded(yaml: "YAML", path: Path, missing: str) -> Any:
    from ruamel.yaml.error import YAMLError

    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise GenrebenchError(f"{path}: no such file; {missing}") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise GenrebenchError(f"{path}: not UTF-8 (line {line}: {error.reason}); save it as UTF-8") from None
    if "\0" in text:
        raise GenrebenchError(f"{path}: not UTF-8, it seems to be UTF-16; save it as UTF-8")
    try:
        return yaml.load(text)
    except YAMLError as error:
        raise GenrebenchError(f"{path}: not YAML: {error}") from None
    except RecursionError:
        raise GenrebenchError(f"{path}: not YAML that can be read: too many brackets inside each other") from None
    except ValueError as error:  # what looks like a date or a number, and is none
        raise GenrebenchError(f"{path}: {_wrong_scalar(text, error)}; if it is a word, put it in quotes") from None


def _wrong_scalar(text: str, error: ValueError) -> str:
    """Say in which line a value stands that YAML takes for a date or a number that there is not."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    nodes = [yaml.compose(text)]
    for node in nodes:
        if isinstance(node.value, str):
            try:
                yaml.constructor.construct_object(node)
            except ValueError:
                return f"line {node.start_mark.line + 1}: {node.value[:_SHOWN]} ({error})"
        else:
            nodes += [part for it in node.value for part in (it if isinstance(it, tuple) else [it])]
    return str(error)


@contextmanager
def edited(path: Path, source: Path | None = None) -> Iterator[Any]:
    """Change what a YAML file holds; comments and quotes stay, and what raises inside this leaves the file as it was.

    Parameters
    ----------
    path : Path
        The file to write.
    source : Path, optional
        The file to start from, where that is another one.

    Raises
    ------
    GenrebenchError
        If the file to start from is missing or is not YAML.
    """
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    content = _loaded(yaml, source or path, "restore it with git")
    yield content
    with replacing(path) as temporary:
        yaml.dump(content, temporary)


def validated(model: type[_Model], content: Any, path: Path) -> _Model:
    """Return the content of a file as a model.

    Raises
    ------
    GenrebenchError
        If a key or value is not legal; the message names each such key.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        lines = [f"  {words}" for words in wrong_keys(error)]
        raise GenrebenchError("\n".join([f"{path} is not valid:", *lines])) from None


def wrong_keys(error: ValidationError) -> list[str]:
    """Name each wrong key of a file with what is wrong."""
    found = error.errors()
    # a wrong value is not counted, so that a list may seem too short that is not
    whole = {it["loc"][:length] for it in found for length in range(len(it["loc"]))}
    told = [it for it in found if it["type"] != "too_short" or it["loc"] not in whole]
    return [f"{_key(it['loc']) or 'top level'}: {_what_is_wrong(it)}" for it in told]


def _what_is_wrong(error: ErrorDetails) -> str:
    match error["type"]:
        case "extra_forbidden":
            return "there is no such key"
        case "too_short":
            least = error["ctx"]["min_length"]
            return f"needs at least {'one value' if least == 1 else f'{least} values'}"
        case _:
            return error["msg"].removeprefix("Value error, ")


def _key(place: tuple[int | str, ...]) -> str:
    """Return the key as it stands in the file."""
    behind = (None, *place)
    return ".".join(str(part) for before, part in zip(behind, place, strict=False) if (before, part) not in _KINDS)


def merged(before: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Replace what `change` names and keep the rest of every mapping; another `kind` of a thing replaces all of it."""
    found = dict(before)
    for key, value in change.items():
        old = before.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping) and value.get("kind") in {None, old.get("kind")}:
            found[key] = merged(old, value)
        else:
            found[key] = value
    return found
