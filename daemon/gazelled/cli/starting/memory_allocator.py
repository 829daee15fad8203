"""Keep the memory of a process small that runs for years: what glibc's allocator gives back."""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _ARENA_MAX = -1, -8
"""The numbers of glibc's `mallopt`."""

_KEPT_FREE = 64 * 1024


def keep_small() -> bool:
    """
    Let threads share one heap, and let what is freed at its end go back to the system.

    Python's threads take turns anyway, so that they needn't have heaps of their own.

    Returns:
        Whether the C library has such settings; musl has not.

    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_ARENA_MAX, 1)) and bool(mallopt(_TRIM_THRESHOLD, _KEPT_FREE))


def give_back() -> bool:
    """
    Return all free pages of the heap to the system.

    Returns:
        Whether the C library can do that; musl can't.

    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return False
    trim(0)
    return True
