"""The native terminal core, libghostty-vt, as cffi sees it.

The library and its C declaration come from the package `pyghostty`, but that package is never
imported: it would parse 80 KB of C each time. A cffi module generated once from the declaration
is kept in a cache folder; without a usable cache the declaration is parsed, which takes up to
half a second and is otherwise the same.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import os
import sys
import zlib
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

# A function in ABI mode cannot take a union by value: these structs have the same layout.
_TWINS = """
typedef struct { uint16_t x; uint32_t y; uint64_t _pad; } VmtuiPointValue;
typedef struct { GhosttyPointTag tag; VmtuiPointValue value; } VmtuiPoint;
typedef struct { GhosttyTerminalScrollViewportTag tag; size_t row; uint64_t _pad; } VmtuiScroll;
"""
_MODULE = "_vmtui_ghostty"


class Native(NamedTuple):
    """cffi's two halves: the types and memory (`ffi`), the functions and constants (`lib`)."""

    ffi: Any
    lib: Any


class EngineMissing(ImportError):
    """The native terminal engine is not installed, or not for this kind of machine."""


def load(cache: Path | None = None) -> Native:
    """Load the library.

    Args:
        cache: folder for the generated module, made if need be; None parses the declaration.

    Raises:
        EngineMissing: pyghostty or its library is not there.
    """
    package = _package()
    declaration = package / "_cdef.py"
    ffi = _cached(cache, declaration) if cache is not None else None
    if ffi is None:
        ffi = _parsed(declaration)
    try:
        return Native(ffi, ffi.dlopen(str(_library(package))))
    except OSError as error:
        raise EngineMissing(str(error)) from error


def _package() -> Path:
    spec = importlib.util.find_spec("pyghostty")
    if spec is None or not spec.submodule_search_locations:
        raise EngineMissing("the package pyghostty is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


def _library(package: Path) -> Path:
    for suffix in (".so", ".dylib"):
        path = package / "_lib" / f"libghostty-vt{suffix}"
        if path.exists():
            return path
    raise EngineMissing(f"{package} holds no library for this kind of machine")


def _module(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise EngineMissing(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _parsed(declaration: Path) -> Any:
    """A cffi object from the declaration itself: slow, and needs nothing but cffi."""
    cffi: Any = importlib.import_module("cffi")
    ffi = cffi.FFI()
    ffi.cdef(_module("_vmtui_cdef", declaration).CDEF + _TWINS)
    return ffi


def _cached(cache: Path, declaration: Path) -> Any:
    """A cffi object from the generated module, or None where it can be neither read nor made."""
    backend: Any = importlib.import_module("_cffi_backend")
    recipe = f"{_TWINS} {backend.__version__} {sys.version_info[:2]}".encode()
    key = zlib.crc32(recipe, zlib.crc32(declaration.read_bytes()))
    path = cache / f"{_MODULE}_{key:08x}.py"
    try:
        if not path.exists():
            _generate(path, declaration)
        owner = path.stat()
    except OSError:
        return None
    # It will be executed: a file that another account could have put there is not taken.
    if owner.st_uid != os.getuid() or owner.st_mode & 0o022:
        return None
    try:
        return _module(_MODULE, path).ffi
    except Exception:  # noqa: BLE001 - a damaged cache must not cost the console
        with contextlib.suppress(OSError):
            path.unlink()
        return None


def _generate(path: Path, declaration: Path) -> None:
    import tempfile

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    ffi = _parsed(declaration)
    ffi.set_source(_MODULE, None)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        # Written aside and renamed: another process may look at the same moment.
        made = Path(folder) / path.name
        with contextlib.redirect_stdout(io.StringIO()):  # it announces what it writes
            ffi.emit_python_code(str(made))
        made.chmod(0o600)
        made.replace(path)
