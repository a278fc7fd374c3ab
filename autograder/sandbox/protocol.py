"""What crosses the boundary between the grader and the student's process: bounded data, as JSON.

Numbers, strings, numeric arrays, and lists, tuples and dicts of these. Never pickle, never code.
`encode` runs on both sides; `decode` believes nothing and is what the grader relies on.
"""

import base64
import json
import math
import numbers
import re
import socket
import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from backprop_lab.validation import NotData, as_numbers, is_real

SOON = 0.02  # seconds that an answer may wait for the next
LARGEST_FRAME = 16 << 20  # bytes of one message
LARGEST_ARRAY = 100_000  # entries
LONGEST_TEXT = 10_000  # characters of a string, digits of an integer
DEEPEST, MOST_ITEMS = 6, 10_000  # of nested lists and dicts
MOST_KEYS = 1_000  # of a dict: keys may be chosen so that each has to be compared with all others

KINDS = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
DTYPES = frozenset(order + kind for order in "<|" for kind in KINDS)
HEADER = struct.Struct("<I")
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")  # half a character, or one of two halves


class NotTheProtocol(Exception):
    """What came over the connection is not what the two sides agreed on, or is larger than allowed."""


def not_data(type_name: str) -> NotData:
    """Return what stands for a value that cannot cross: a function, say."""
    return NotData(type_name if type_name.isidentifier() and len(type_name) < 60 else "object")


# From values to data


def _encode_array(array: Any) -> Any:
    if array.size <= LARGEST_ARRAY:
        array = as_numbers(array)
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        array = array.astype(float)
    if array.dtype.kind not in "biufc" or array.size > LARGEST_ARRAY:
        return {"other": type(array).__name__}
    array = array.astype(array.dtype.newbyteorder("<"), order="C")
    text = base64.b64encode(array.tobytes()).decode()
    return {"array": text, "dtype": array.dtype.str, "shape": list(array.shape)}


def _encode_number(number: Any) -> Any:
    if isinstance(number, numbers.Integral):
        digits = str(int(number)) if abs(int(number)) < 10**400 else None
        return {"int": digits} if digits else {"float": math.copysign(math.inf, int(number)).hex()}
    if not isinstance(number, complex):
        return {"float": float(number).hex()}
    return {"complex": [number.real.hex(), number.imag.hex()]}


def _encode_container(value: Any, depth: int) -> Any:
    most = MOST_KEYS if isinstance(value, Mapping) else MOST_ITEMS
    if depth >= DEEPEST or len(value) > most:
        return {"other": type(value).__name__}
    if isinstance(value, Mapping):
        return {"dict": [[encode(k, depth + 1), encode(v, depth + 1)] for k, v in value.items()]}
    kind = "tuple" if isinstance(value, tuple) else "list"
    return {kind: [encode(item, depth + 1) for item in value]}


def _encode_other(value: Any) -> Any:
    """Return as an array whatever NumPy reads as numbers (ranges, buffers, others' arrays), or its type."""
    try:
        array = as_numbers(np.asarray(value))
    except Exception:
        return {"other": type(value).__name__}
    return _encode_array(array) if array.dtype.kind in "biufc" else {"other": type(value).__name__}


def encode(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON data; what cannot cross is replaced by the name of its type."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value) if len(value) <= LONGEST_TEXT else {"other": "str"}
    if isinstance(value, np.generic):
        return {"scalar": _encode_array(np.asarray(value))}
    if isinstance(value, np.ndarray):
        return _encode_array(np.asarray(value))
    if isinstance(value, complex) or is_real(value):
        return _encode_number(value)
    if isinstance(value, list | tuple | Mapping):
        return _encode_container(value, depth)
    return _encode_other(value)


# From data to values


def _decode_array(data: Mapping[str, Any]) -> Any:
    dtype, shape = data["dtype"], data["shape"]
    if dtype not in DTYPES or not isinstance(shape, list) or len(shape) > 32:
        raise NotTheProtocol("an array of an unknown kind")
    if not all(type(n) is int and 0 <= n <= LARGEST_ARRAY for n in shape):
        raise NotTheProtocol("an array of an impossible shape")
    content = base64.b64decode(data["array"], validate=True)
    size = math.prod(shape)
    if size > LARGEST_ARRAY or len(content) != size * np.dtype(dtype).itemsize:
        raise NotTheProtocol("an array whose bytes do not fit its shape")
    return np.frombuffer(content, dtype).reshape(shape).copy()


def _decode_scalar(data: Any) -> Any:
    """Return a NumPy scalar, from an array without dimensions; or what stands for one that is no number."""
    if "other" in data:
        return not_data(str(data["other"]))
    value = _decode_array(data)
    if value.shape:
        raise NotTheProtocol("a scalar with dimensions")
    return value[()]


def _decode_complex(data: Any) -> complex:
    real, imaginary = data["complex"]
    return complex(float.fromhex(real), float.fromhex(imaginary))


def _decode_dict(data: Any, depth: int) -> dict[Any, Any]:
    if len(data["dict"]) > MOST_KEYS:
        raise NotTheProtocol("a dict with too many entries")
    return {decode(key, depth + 1): decode(value, depth + 1) for key, value in data["dict"]}


def _decode_int(data: Any) -> int:
    if len(data["int"]) > LONGEST_TEXT:
        raise NotTheProtocol("an integer with too many digits")
    return int(data["int"])


DECODERS: dict[str, Callable[[Any, int], Any]] = {
    "array": lambda data, depth: _decode_array(data),
    "scalar": lambda data, depth: _decode_scalar(data["scalar"]),
    "float": lambda data, depth: float.fromhex(data["float"]),
    "int": lambda data, depth: _decode_int(data),
    "complex": lambda data, depth: _decode_complex(data),
    "list": lambda data, depth: [decode(item, depth + 1) for item in data["list"]],
    "tuple": lambda data, depth: tuple(decode(item, depth + 1) for item in data["tuple"]),
    "dict": _decode_dict,
    "other": lambda data, depth: not_data(str(data["other"])),
}


def _decode(data: Any, depth: int) -> Any:
    if depth > DEEPEST + 1:
        raise NotTheProtocol("data that is nested too deep")
    if data is None or isinstance(data, bool):
        return data
    if isinstance(data, str) and len(data) <= LONGEST_TEXT:
        return data
    if isinstance(data, dict):
        for kind, decoder in DECODERS.items():
            if kind in data:
                return decoder(data, depth)
    raise NotTheProtocol("data of an unknown kind")


def decode(data: Any, depth: int = 0) -> Any:
    """Return the value that `encode` gave; raise NotTheProtocol for anything else."""
    try:
        return _decode(data, depth)
    except NotTheProtocol:
        raise
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise NotTheProtocol(f"data that cannot be read ({type(error).__name__})") from None


# Messages


def frame(message: Mapping[str, Any]) -> bytes:
    """Return a message as it is sent: its length in four bytes, then JSON."""
    content = json.dumps(message).encode()
    return HEADER.pack(len(content)) + content


def send(connection: socket.socket, message: Mapping[str, Any]) -> None:
    """Send a message."""
    connection.sendall(frame(message))


def _writable(data: Any) -> Any:
    """Return JSON data whose texts can be written to a file: what is half of a character is replaced."""
    if isinstance(data, str):
        return data.encode("utf-8", "replace").decode()
    if isinstance(data, list):
        return [_writable(item) for item in data]
    if isinstance(data, dict):
        return {_writable(key): _writable(value) for key, value in data.items()}
    return data


def load(text: str) -> Any:
    """Return the data of a JSON text that may hold anything; raise ValueError or RecursionError."""
    data = json.loads(text)
    return _writable(data) if SURROGATE.search(text) else data


def parse(content: bytes) -> dict[str, Any]:
    """Return a message from its bytes; raise NotTheProtocol if it is none."""
    try:
        message = load(content.decode())
    except (ValueError, RecursionError) as error:
        raise NotTheProtocol(f"no JSON ({type(error).__name__})") from None
    if not isinstance(message, dict):
        raise NotTheProtocol("no message")
    return message


def length_of(header: bytes) -> int:
    """Return the length that a header announces; raise NotTheProtocol if it is more than allowed."""
    (length,) = HEADER.unpack(header)
    if length > LARGEST_FRAME:
        raise NotTheProtocol(f"a message of {length} bytes")
    return int(length)
