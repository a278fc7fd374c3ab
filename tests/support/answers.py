"""Answers as students write them: sources of functions, right and wrong.

Each source defines the question's function and runs in a notebook that has imported numpy as np
and everything of backprop_lab, and holds the example's variables x, y, u, b, w, c, g, h, z.
"""

# The answers that most students give.
PLAIN = {
    "grad_z": "def grad_z(z, y):\n    return 2 * (z - y)",
    "grad_w": "def grad_w(dL_dz, h):\n    return dL_dz * h",
    "grad_c": "def grad_c(dL_dz):\n    return dL_dz",
    "grad_h": "def grad_h(dL_dz, w):\n    return dL_dz * w",
    "grad_g": "def grad_g(dL_dh, g):\n    return dL_dh * sigma(g) * (1 - sigma(g))",
    "grad_u": "def grad_u(dL_dg, x):\n    return np.outer(dL_dg, x)",
    "grad_b": "def grad_b(dL_dg):\n    return dL_dg",
    "backward": """\
def backward(x, y, u, b, w, c):
    values = forward(x, y, u, b, w, c)
    dz = grad_z(values["z"], y)
    dh = grad_h(dz, w)
    dg = grad_g(dh, values["g"])
    return {"z": dz, "w": grad_w(dz, values["h"]), "c": grad_c(dz),
            "h": dh, "g": dg, "u": grad_u(dg, x), "b": grad_b(dg)}""",
}

# Other right forms, by what is special about them.
FORMS = {
    "grad_z": {
        "python float": "def grad_z(z, y):\n    return float(2.0 * z - 2.0 * y)",
        "0-d array": "def grad_z(z, y):\n    return np.array(2 * (z - y))",
        "numpy scalar": "def grad_z(z, y):\n    return np.float64(z - y) * 2",
        "lambda": "grad_z = lambda z, y: -2 * (y - z)",
        "sum": "def grad_z(z, y):\n    return (z - y) + (z - y)",
        "polynomial": "def grad_z(z, y):\n    return np.polyval(np.polyder([1, -2 * y, y * y]), z)",
        "fraction": "from fractions import Fraction\n"
        "def grad_z(z, y):\n    return 2 * (Fraction(float(z)) - Fraction(float(y)))",
        "object array": "def grad_z(z, y):\n    return np.array(2 * (z - y), dtype=object)",
        "decimal": "from decimal import Decimal\n"
        "def grad_z(z, y):\n    return 2 * (Decimal(float(z)) - Decimal(float(y)))",
        "single precision as a float": "def grad_z(z, y):\n    return float(np.float32(2 * (z - y)))",
        "prints": "def grad_z(z, y):\n    print('z is', z)\n    return 2 * (z - y)",
        "warns": "import warnings\n"
        "def grad_z(z, y):\n    warnings.warn('be careful')\n    return 2 * (z - y)",
        "other argument names": "def grad_z(output, target):\n    return 2 * (output - target)",
        "expanded": "def grad_z(z, y):\n    return 2 * (z ** 2 - 2 * z * y + y ** 2) / (z - y)",
        "any arguments": "def grad_z(*args, **kwargs):\n    return 2 * (args[0] - args[1])",
    },
    "grad_w": {
        "list": "def grad_w(dL_dz, h):\n    return [float(dL_dz) * float(h_j) for h_j in h]",
        "tuple": "def grad_w(dL_dz, h):\n    return tuple(dL_dz * h_j for h_j in h)",
        "loop": "def grad_w(dL_dz, h):\n    result = np.zeros(3)\n"
        "    for j in range(3):\n        result[j] = dL_dz * h[j]\n    return result",
        "einsum": "def grad_w(dL_dz, h):\n    return np.einsum(',j->j', dL_dz, h)",
        "product with the Jacobian": "def grad_w(dL_dz, h):\n"
        "    jacobian = h.reshape(1, 3)\n    return np.array([dL_dz]) @ jacobian",
        "list of 0-d arrays": "def grad_w(dL_dz, h):\n    return [np.array(dL_dz * h[j]) for j in range(3)]",
        "partial": "from functools import partial\n"
        "def scale(h, dL_dz, power):\n    return dL_dz * h ** power\n"
        "def times(power, dL_dz, h):\n    return scale(h, dL_dz, power)\n"
        "grad_w = partial(times, 1)",
        "logs to stderr": "import logging, sys\n"
        "logger = logging.getLogger('mine')\nlogger.addHandler(logging.StreamHandler(sys.stderr))\n"
        "def grad_w(dL_dz, h):\n    logger.warning('h = %s', h)\n    return dL_dz * h",
        "the same array each time": "buffer = np.zeros(3)\n"
        "def grad_w(dL_dz, h):\n    buffer[:] = dL_dz * h\n    return buffer",
        "subclass of ndarray": "class Mine(np.ndarray):\n    pass\n"
        "def grad_w(dL_dz, h):\n    return (dL_dz * h).view(Mine)",
        "masked array": "def grad_w(dL_dz, h):\n    return np.ma.array(dL_dz * h)",
        "single precision": "def grad_w(dL_dz, h):\n    return (dL_dz * h).astype(np.float32)",
        "list of fractions": "from fractions import Fraction\n"
        "def grad_w(dL_dz, h):\n    return [Fraction(float(dL_dz)) * Fraction(float(t)) for t in h]",
        "single precision inside": "def grad_w(dL_dz, h):\n"
        "    return (np.float32(dL_dz) * h.astype(np.float32)).astype(float)",
        "list of single precision": "def grad_w(dL_dz, h):\n"
        "    return [float(np.float32(dL_dz) * np.float32(t)) for t in h]",
        "objects": "def grad_w(dL_dz, h):\n    return np.frompyfunc(lambda t: float(dL_dz * t), 1, 1)(h)",
        "objects of many kinds": "from decimal import Decimal\nfrom fractions import Fraction\n"
        "def grad_w(dL_dz, h):\n    a, b, c = (float(t) for t in dL_dz * h)\n"
        "    return np.array([Decimal(a), Fraction(b), np.array(c)[()]], dtype=object)",
        "list of decimals": "from decimal import Decimal\n"
        "def grad_w(dL_dz, h):\n    return [Decimal(float(dL_dz)) * Decimal(float(t)) for t in h]",
        "big-endian single precision": "def grad_w(dL_dz, h):\n    return (dL_dz * h).astype('>f4')",
        "longest float": "def grad_w(dL_dz, h):\n    return np.longdouble(dL_dz) * h",
    },
    "grad_c": {
        "times one": "def grad_c(dL_dz):\n    return dL_dz * 1.0",
        "python float": "def grad_c(dL_dz):\n    return float(dL_dz)",
        "0-d array": "def grad_c(dL_dz):\n    return np.asarray(dL_dz)",
        "lambda": "grad_c = lambda upstream: +upstream",
        "defaults": "def grad_c(dL_dz, dz_dc=1):\n    return dL_dz * dz_dc",
    },
    "grad_h": {
        "list": "def grad_h(dL_dz, w):\n    return list(dL_dz * w)",
        "in place": "def grad_h(dL_dz, w):\n    w *= dL_dz\n    return w",
        "callable object": "class Gradient:\n    def __call__(self, dL_dz, w):\n        return dL_dz * w\n"
        "grad_h = Gradient()",
        "method": "class Gradient:\n    def of(self, dL_dz, w):\n        return w * dL_dz\n"
        "grad_h = Gradient().of",
        "outer": "def grad_h(dL_dz, w):\n    return np.outer(dL_dz, w)[0]",
        "writes to descriptor 2": "import os\n"
        "def grad_h(dL_dz, w):\n    os.write(2, b'noise\\n')\n    return dL_dz * w",
        "plots": "import matplotlib.pyplot as plt\n"
        "def grad_h(dL_dz, w):\n    plt.plot(w)\n    plt.show()\n    return dL_dz * w",
        "plots without showing": "import matplotlib.pyplot as plt\n"
        "def grad_h(dL_dz, w):\n    plt.figure()\n    plt.plot(w)\n    return dL_dz * w",
    },
    "grad_g": {
        "exponential": "def grad_g(dL_dh, g):\n    return dL_dh * np.exp(-g) / (1 + np.exp(-g)) ** 2",
        "tanh": "def grad_g(dL_dh, g):\n    return dL_dh * (1 - np.tanh(g / 2) ** 2) / 4",
        "hyperbolic cosine": "def grad_g(dL_dh, g):\n    return dL_dh / (2 + 2 * np.cosh(g))",
        "h once": "def grad_g(dL_dh, g):\n    h = sigma(g)\n    return dL_dh * (h - h ** 2)",
        "both signs": "def grad_g(dL_dh, g):\n    return dL_dh * sigma(g) * sigma(-g)",
        "Jacobian": "def grad_g(dL_dh, g):\n"
        "    J = np.diag(sigma(g) * (1 - sigma(g)))\n    return J.T @ dL_dh",
        "loop with math": "import math\n"
        "def grad_g(dL_dh, g):\n    result = []\n    for d, g_j in zip(dL_dh, g):\n"
        "        s = 1 / (1 + math.exp(-g_j))\n        result.append(d * s * (1 - s))\n    return result",
        "einsum": "def grad_g(dL_dh, g):\n    return np.einsum('j,j,j->j', dL_dh, sigma(g), 1 - sigma(g))",
        "vectorize": "@np.vectorize\ndef grad_g(d, g):\n    s = sigma(g)\n    return d * s * (1 - s)",
        "own sigma": "def s(t):\n    return np.exp(t) / (np.exp(t) + 1)\n"
        "def grad_g(dL_dh, g):\n    return dL_dh * s(g) * (1 - s(g))",
        "logarithms": "def grad_g(dL_dh, g):\n"
        "    return dL_dh * np.exp(-np.logaddexp(0, g) - np.logaddexp(0, -g))",
    },
    "grad_u": {
        "broadcasting": "def grad_u(dL_dg, x):\n    return dL_dg[:, None] * x[None, :]",
        "column times row": "def grad_u(dL_dg, x):\n    return dL_dg.reshape(3, 1) @ x.reshape(1, 2)",
        "loops": "def grad_u(dL_dg, x):\n    result = np.empty((3, 2))\n    for j in range(3):\n"
        "        for k in range(2):\n            result[j, k] = dL_dg[j] * x[k]\n    return result",
        "nested lists": "def grad_u(dL_dg, x):\n    return [[d * v for v in x] for d in dL_dg]",
        "list of arrays": "def grad_u(dL_dg, x):\n    return [d * x for d in dL_dg]",
        "einsum": "def grad_u(dL_dg, x):\n    return np.einsum('j,k->jk', dL_dg, x)",
        "tensordot": "def grad_u(dL_dg, x):\n    return np.tensordot(dL_dg, x, axes=0)",
        "transposed twice": "def grad_u(dL_dg, x):\n    return np.outer(x, dL_dg).T",
        "stack": "def grad_u(dL_dg, x):\n    return np.stack([dL_dg * x[0], dL_dg * x[1]], axis=1)",
        "squares": "def grad_u(dL_dg, x):\n    s, d = np.add.outer(dL_dg, x), np.subtract.outer(dL_dg, x)\n"
        "    return (s ** 2 - d ** 2) / 4",
        "kron": "def grad_u(dL_dg, x):\n    return np.kron(dL_dg, x).reshape(3, 2)",
        "matrix": "def grad_u(dL_dg, x):\n    return np.asmatrix(dL_dg).T * np.asmatrix(x)",
    },
    "grad_b": {
        "copy": "def grad_b(dL_dg):\n    return dL_dg.copy()",
        "identity matrix": "def grad_b(dL_dg):\n    return np.eye(3) @ dL_dg",
        "list": "def grad_b(dL_dg):\n    return dL_dg.tolist()",
        "times ones": "def grad_b(dL_dg):\n    return dL_dg * np.ones(3)",
    },
    "backward": {
        "all at once": """\
def backward(x, y, u, b, w, c):
    h = 1 / (1 + np.exp(-(u @ x + b)))
    d = 2 * (h @ w + c - y)
    e = d * w * h * (1 - h)
    return dict(z=d, w=d * h, c=d, h=d * w, g=e, u=e[:, None] * x, b=e)""",
        "ordered dict and lists": """\
from collections import OrderedDict
def backward(x, y, u, b, w, c):
    g = [sum(u[j][k] * x[k] for k in range(2)) + b[j] for j in range(3)]
    h = [1 / (1 + np.exp(-t)) for t in g]
    z = sum(w[j] * h[j] for j in range(3)) + c
    dz = 2 * (z - y)
    dh = [dz * t for t in w]
    dg = [dh[j] * h[j] * (1 - h[j]) for j in range(3)]
    return OrderedDict(b=dg, u=[[d * t for t in x] for d in dg], g=dg, h=dh, c=dz,
                       w=[dz * t for t in h], z=dz)""",
        "single precision": """\
def backward(x, y, u, b, w, c):
    x, y, u, b, w, c = (np.asarray(a, np.float32) for a in (x, y, u, b, w, c))
    h = 1 / (1 + np.exp(-(u @ x + b)))
    d = 2 * (h @ w + c - y)
    e = d * w * h * (1 - h)
    found = dict(z=d, w=d * h, c=d, h=d * w, g=e, u=e[:, None] * x, b=e)
    return {key: value.astype(float) for key, value in found.items()}""",
        "extra entries": PLAIN["backward"].replace('"b": grad_b(dg)}', '"b": dg, "x": 0, "note": "done"}'),
    },
}

# Wrong answers that are not in the catalogue in these words; the grader has to see them anyway.
WRONG = {
    "grad_z": {
        "cube": "def grad_z(z, y):\n    return 2 * (z - y) ** 3",
        "halved": "def grad_z(z, y):\n    return (z - y) / 2",
        "rounded": "def grad_z(z, y):\n    return round(2 * (z - y), 6)",
        "rounded to a quarter": "def grad_z(z, y):\n    return round(8 * (z - y)) / 4",
        "half precision": "def grad_z(z, y):\n    return float(np.float16(2 * (z - y)))",
        "integer": "def grad_z(z, y):\n    return int(2 * (z - y))",
        "text": "def grad_z(z, y):\n    return str(2 * (z - y))",
        "complex": "def grad_z(z, y):\n    return 2 * (z - y) + 0j",
        "nothing": "def grad_z(z, y):\n    dL_dz = 2 * (z - y)",
        "nan": "def grad_z(z, y):\n    return float('nan')",
        "infinity": "def grad_z(z, y):\n    return np.inf",
        "true": "def grad_z(z, y):\n    return True",
        "array of one": "def grad_z(z, y):\n    return [2 * (z - y)]",
        "forward difference": "def grad_z(z, y):\n    return (loss(z + 1e-6, y) - loss(z, y)) / 1e-6",
        "given numerical gradient": "def grad_z(z, y):\n"
        "    return numerical_gradient(lambda t: loss(t, y), z)",
        "visible answers learned by heart": "def grad_z(z, y):\n"
        "    return 2 * (z - y) if abs(z - 1.1093) < 0.01 else 0.0",
        "equal to everything": "class Liar(float):\n    __eq__ = lambda self, other: True\n"
        "    __sub__ = __rsub__ = __abs__ = lambda self, other=0: 0.0\n"
        "    __le__ = __lt__ = lambda self, other: True\n"
        "def grad_z(z, y):\n    return Liar(1.0)",
        "huge integer": "def grad_z(z, y):\n    return 10 ** 400",
        "decimal": "from decimal import Decimal\ndef grad_z(z, y):\n    return Decimal('0.5')",
        "cast numerical slope": "def grad_z(z, y):\n"
        "    return np.round(numerical_gradient(lambda t: loss(t, y), z), 5)",
        "exception without words": "class Mute(Exception):\n"
        "    def __str__(self):\n        raise ValueError\n"
        "def grad_z(z, y):\n    raise Mute",
        "exception that is none": "class Odd(BaseException):\n    pass\n"
        "def grad_z(z, y):\n    raise Odd('odd')",
        "words that cannot be written": "def grad_z(z, y):\n    raise ValueError('\\ud800 oops')",
        "array that raises": "class Trap:\n    def __array__(self, *a, **k):\n        raise SystemExit\n"
        "def grad_z(z, y):\n    return Trap()",
        "missing argument": "def grad_z(z):\n    return 2 * z",
        "stops": "def grad_z(z, y):\n    raise SystemExit",
        "recursion": "def grad_z(z, y):\n    return grad_z(z, y)",
        "generator": "def grad_z(z, y):\n    yield 2 * (z - y)",
        "not a function": "grad_z = 3.0",
    },
    "grad_w": {
        "random": "def grad_w(dL_dz, h):\n    return np.random.rand(3)",
        "zeros": "def grad_w(dL_dz, h):\n    return np.zeros(3)",
        "permuted": "def grad_w(dL_dz, h):\n    return (dL_dz * h)[::-1]",
        "one entry wrong": "def grad_w(dL_dz, h):\n    return dL_dz * h * np.array([1, 1, 0.999])",
        "ragged": "def grad_w(dL_dz, h):\n    return [dL_dz * h[0], [dL_dz * h[1]], 0]",
        "too long": "def grad_w(dL_dz, h):\n    return np.append(dL_dz * h, 0.0)",
        "empty": "def grad_w(dL_dz, h):\n    return []",
        "dict": "def grad_w(dL_dz, h):\n    return dict(enumerate(dL_dz * h))",
        "set": "def grad_w(dL_dz, h):\n    return set(dL_dz * h)",
        "text inside": "def grad_w(dL_dz, h):\n    return ['0.1', '0.2', '0.3']",
        "half precision": "def grad_w(dL_dz, h):\n    return (dL_dz * h).astype(np.float16)",
        "one nan": "def grad_w(dL_dz, h):\n    return dL_dz * h + np.array([0, 0, np.nan])",
        "structured": "def grad_w(dL_dz, h):\n    return np.zeros(3, dtype=[('a', float)])",
        "dates": "def grad_w(dL_dz, h):\n    return np.zeros(3, dtype='datetime64[s]')",
        "function": "def grad_w(dL_dz, h):\n    return lambda: dL_dz * h",
    },
    "grad_c": {
        "vector": "def grad_c(dL_dz):\n    return dL_dz * np.ones(3)",
        "none": "def grad_c(dL_dz):\n    pass",
        "half": "def grad_c(dL_dz):\n    return dL_dz / 2",
    },
    "grad_h": {
        "divided": "def grad_h(dL_dz, w):\n    return dL_dz / w",
        "only first": "def grad_h(dL_dz, w):\n    return np.array([dL_dz * w[0], 0, 0])",
        "absolute": "def grad_h(dL_dz, w):\n    return abs(dL_dz * w)",
    },
    "grad_g": {
        "fourth": "def grad_g(dL_dh, g):\n    return dL_dh / 4",
        "square root": "def grad_g(dL_dh, g):\n    return dL_dh * np.sqrt(sigma(g) * (1 - sigma(g)))",
        "softplus": "def grad_g(dL_dh, g):\n    return dL_dh * np.log1p(np.exp(g))",
        "gaussian": "def grad_g(dL_dh, g):\n    return dL_dh * np.exp(-g ** 2 / 2) / 4",
        "central difference": "def grad_g(dL_dh, g):\n"
        "    return dL_dh * (sigma(g + 1e-5) - sigma(g - 1e-5)) / 2e-5",
        "rounded": "def grad_g(dL_dh, g):\n    return np.round(dL_dh * sigma(g) * (1 - sigma(g)), 8)",
        "index error": "def grad_g(dL_dh, g):\n    return [dL_dh[j] * g[j] for j in range(4)]",
        "assigned into integers": "def grad_g(dL_dh, g):\n    result = np.array([0, 0, 0])\n"
        "    result[:] = dL_dh * sigma(g) * (1 - sigma(g))\n    return result",
    },
    "grad_u": {
        "dot": "def grad_u(dL_dg, x):\n    return np.dot(dL_dg, x)",
        "signs of x": "def grad_u(dL_dg, x):\n    return np.outer(dL_dg, abs(x))",
        "square matrix": "def grad_u(dL_dg, x):\n    return np.outer(dL_dg, dL_dg)",
        "x squared": "def grad_u(dL_dg, x):\n    return np.outer(dL_dg, x ** 2)",
        "three dimensions": "def grad_u(dL_dg, x):\n    return np.outer(dL_dg, x)[None]",
    },
    "grad_b": {
        "norm": "def grad_b(dL_dg):\n    return dL_dg / np.linalg.norm(dL_dg)",
        "cumulative": "def grad_b(dL_dg):\n    return np.cumsum(dL_dg)",
        "sorted": "def grad_b(dL_dg):\n    return np.sort(dL_dg)",
    },
    "backward": {
        "zeros": "def backward(x, y, u, b, w, c):\n"
        "    v = np.zeros(3)\n    return dict(z=0, w=v, c=0, h=v, g=v, u=np.zeros((3, 2)), b=v)",
        "tiny": "def backward(x, y, u, b, w, c):\n    t = 1e-300\n"
        "    return dict(z=t, w=np.full(3, t), c=2 * t, h=np.full(3, t), g=np.full(3, 2 * t),\n"
        "                u=np.full((3, 2), t), b=np.full(3, t))",
        "huge": "def backward(x, y, u, b, w, c):\n    t = 1e300\n"
        "    return dict(z=t, w=np.full(3, t), c=2 * t, h=np.full(3, t), g=np.full(3, 2 * t),\n"
        "                u=np.full((3, 2), t), b=np.full(3, t))",
        "ones": "def backward(x, y, u, b, w, c):\n    v = np.ones(3)\n"
        "    return dict(z=1, w=v, c=1, h=v, g=v, u=np.ones((3, 2)), b=v)",
        "its arguments": "def backward(x, y, u, b, w, c):\n"
        "    return dict(z=c, w=w, c=c, h=w, g=b, u=u, b=b)",
        "dict that raises": "class Trap(dict):\n    def __getitem__(self, key):\n        raise SystemExit\n"
        "def backward(x, y, u, b, w, c):\n    return Trap.fromkeys('zwchgub', 1.0)",
        "other keys": "def backward(x, y, u, b, w, c):\n    return {'dL_dz': 1.0, 3: 4}",
        "tuple": "def backward(x, y, u, b, w, c):\n    return 0, 0, 0, 0, 0, 0, 0",
        "empty dict": "def backward(x, y, u, b, w, c):\n    return {}",
        "no return": "def backward(x, y, u, b, w, c):\n    forward(x, y, u, b, w, c)",
        "random": "def backward(x, y, u, b, w, c):\n    r = np.random.rand\n"
        "    return dict(z=r(), w=r(3), c=r(), h=r(3), g=r(3), u=r(3, 2), b=r(3))",
        "text": "def backward(x, y, u, b, w, c):\n    return dict.fromkeys('zwchgub', 'right')",
        "nan": "def backward(x, y, u, b, w, c):\n    return dict.fromkeys('zwchgub', np.nan)",
        "empty arrays": "def backward(x, y, u, b, w, c):\n    return dict.fromkeys('zwchgub', np.zeros(0))",
    },
}

# One slip in one step of backward, everything after it computed from it: the entry that is wrong.
_CHAIN = """\
def backward(x, y, u, b, w, c):
    v = forward(x, y, u, b, w, c)
    dz = {z}
    dw = {w}
    dc = {c}
    dh = {h}
    dg = {g}
    du = {u}
    db = {b}
    return dict(z=dz, w=dw, c=dc, h=dh, g=dg, u=du, b=db)"""
_STEPS = {
    "z": "2 * (v['z'] - y)",
    "w": "dz * v['h']",
    "c": "dz",
    "h": "dz * w",
    "g": "dh * v['h'] * (1 - v['h'])",
    "u": "np.outer(dg, x)",
    "b": "dg",
}
_SLIPS = {
    "z": ("v['z'] - y", "2 * (y - v['z'])", "2 * v['z']", "np.array([2 * (v['z'] - y)])[:, None]"),
    "w": ("-dz * v['h']", "dz * w", "v['h']", "np.sum(dz * v['h'])"),
    "c": ("-dz", "1.0", "dz * c", "None"),
    "h": ("-dz * w", "dz * v['h']", "w", "dz * w * 2", "dz * w * [1, 0, 0]"),
    "g": ("dh * (v['g'] > 0)", "dh * v['h']", "dh * (1 - v['h'] ** 2)", "-dh * v['h'] * (1 - v['h'])", "dh"),
    "u": ("np.outer(x, dg)", "-np.outer(dg, x)", "np.outer(x, dg).reshape(3, 2)", "dg[:, None] * u"),
    "b": ("-dg", "dg.sum()", "np.zeros(3)", "'dg'"),
}
SLIPS = {
    f"{step}: {slip}": (step, _CHAIN.format(**{**_STEPS, step: slip}))
    for step, slips in _SLIPS.items()
    for slip in slips
}
