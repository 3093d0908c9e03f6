"""A memoryview becomes the address of its bytes, writable or not.

Source: the buffer protocol of CPython's C API (PyObject_GetBuffer); the view itself keeps its memory where it is.
"""

from __future__ import annotations

import ctypes


class _Buffer(ctypes.Structure):
    """Py_buffer."""

    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    )


_get = ctypes.pythonapi.PyObject_GetBuffer
_get.argtypes = (ctypes.py_object, ctypes.POINTER(_Buffer), ctypes.c_int)
_get.restype = ctypes.c_int
_release = ctypes.pythonapi.PyBuffer_Release
_release.argtypes = (ctypes.POINTER(_Buffer),)
_release.restype = None


def address(view: memoryview) -> int:
    """Where the bytes of *view*, which is contiguous, begin.  Valid while *view* lives."""
    buffer = _Buffer()
    _get(view, ctypes.byref(buffer), 0)  # PyBUF_SIMPLE; a failure is raised
    try:
        return buffer.buf or 0
    finally:
        _release(ctypes.byref(buffer))
