"""The slow lane: one LibCST codemod command over a whole file, such as a team's own."""

from __future__ import annotations

import libcst as cst
from libcst.codemod import CodemodContext, SkipFile, VisitorBasedCodemodCommand

from amigrate.rewrite.source import RewriteError


def transform_whole(path: str, source: bytes, command: type[VisitorBasedCodemodCommand]) -> bytes:
    """The bytes of the file after `command`: in its encoding, with its newlines and its byte order mark.

    A command that raises `SkipFile`, or changes nothing, gives back `source` itself.

    Raises:
        RewriteError: the file cannot be parsed, the new text cannot be encoded, or the command fails on it.
    """
    module = _parsed(source)
    if module.bytes != source:
        raise RewriteError("LibCST does not give this file back byte by byte; no codemod can change it safely")
    try:
        after = command(CodemodContext(filename=path)).transform_module(module)
        changed = after.with_changes(encoding=module.encoding).bytes
    except SkipFile:
        return source
    except RewriteError:
        raise
    except UnicodeEncodeError as error:
        raise RewriteError(f"the new text cannot be written in {module.encoding}: {_line(error)}") from error
    except Exception as error:  # other people's code: one that fails costs this file only
        raise RewriteError(f"{command.__name__} failed: {_line(error)}") from error
    return source if changed == source else changed


def _parsed(source: bytes) -> cst.Module:
    try:
        return cst.parse_module(source)
    except (cst.ParserSyntaxError, cst.CSTValidationError, SyntaxError, UnicodeError, RecursionError) as error:
        raise RewriteError(f"LibCST cannot parse it: {_line(error)}") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # the parser is written in Rust; its panics are no `Exception`
            raise
        raise RewriteError("LibCST's parser fails on it") from error


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
