"""Attacks on the grader, as cells of a notebook and as changes to its file.

Each is bounded, so that a machine on which the isolation fails survives: signals to others are
signal 0, forks, memory and files come in hundreds. All of them leave the answers wrong.
"""

from typing import Any

from exercise import POINTS
from support.sample_class import Notebook, cell_of, code_cell

# Wrong answers: what an attack wants to get points for.
WRONG = {
    "grad_z": "def grad_z(z, y):\n    return 0.5",
    "grad_w": "def grad_w(dL_dz, h):\n    return np.zeros(3)",
    "grad_c": "def grad_c(dL_dz):\n    return 0.5",
    "grad_h": "def grad_h(dL_dz, w):\n    return np.zeros(3)",
    "grad_g": "def grad_g(dL_dh, g):\n    return np.zeros(3)",
    "grad_u": "def grad_u(dL_dg, x):\n    return np.zeros((3, 2))",
    "grad_b": "def grad_b(dL_dg):\n    return np.zeros(3)",
    "backward": "def backward(x, y, u, b, w, c):\n    return {}",
}
EVERY = (
    "for name in ('grad_z', 'grad_w', 'grad_c', 'grad_h', 'grad_g', 'grad_u', 'grad_b', 'backward'):\n    "
)
HIDE = "import numpy as np\n"

# In the student's own Python: what works in a grader that runs there.
INSIDE = {
    "numpy's comparisons replaced": HIDE
    + "for n in ('allclose', 'isclose', 'array_equal', 'all', 'max', 'abs'):\n"
    "    setattr(np, n, lambda *a, **k: True)",
    "numpy.testing replaced": HIDE + "for n in dir(np.testing):\n"
    "    if n.startswith('assert'): setattr(np.testing, n, lambda *a, **k: None)",
    "a fake autograder": "import sys, types\nfake = types.ModuleType('autograder')\n"
    "fake.grade = lambda name, function: 20.0\nsys.modules['autograder'] = fake\ngrade = fake.grade",
    "check and grade redefined": "check = grade = lambda name, function: 20.0",
    "import of the reference": "from autograder.exercises.neural_network_derivation import gradients as reference\n"
    + EVERY
    + "globals()[name] = getattr(reference, name)",
    "import of the points": "from autograder.judging.sampling import sample_inputs\nfrom autograder.judging.exercise import *",
    "import by file": "import importlib.util as u, autograder.sandbox as a, os\n"
    "p = os.path.join(os.path.dirname(os.path.dirname(a.__file__)), 'exercises', 'neural_network_derivation', 'gradients.py')\n"
    "s = u.spec_from_file_location('r', p); m = u.module_from_spec(s); s.loader.exec_module(m)\n"
    + EVERY
    + "globals()[name] = getattr(m, name)",
    "frames": "import sys\nf = sys._getframe()\nwhile f:\n    for d in (f.f_globals, f.f_locals):\n"
    "        if 'GRADIENTS' in d or 'GradedExercise' in d: raise RuntimeError('LEAK')\n    f = f.f_back",
    "garbage collector": "import gc\nfor o in gc.get_objects():\n"
    "    if getattr(o, '__module__', '') in ('autograder.exercises.neural_network_derivation.gradients', 'autograder.judging.sampling'):\n"
    "        raise RuntimeError('LEAK')",
    "loaded modules": "import sys\nfor n in list(sys.modules):\n"
    "    if n in ('autograder.exercises.neural_network_derivation.gradients', 'autograder.judging.exercise', 'autograder.judging.gradient', 'autograder.judging.sampling'):\n"
    "        raise RuntimeError('LEAK')",
    "assertions transformed away": "import ast\nclass No(ast.NodeTransformer):\n"
    "    def visit_Assert(self, node): return ast.Pass()\nget_ipython().ast_transformers.append(No())",
    "input transformed": "get_ipython().input_transformers_post.append(lambda lines: ['20.0\\n'])",
    "tracebacks hidden": "get_ipython().showtraceback = lambda *a, **k: None",
    "results replaced": "import sys\nsys.displayhook = lambda v: print('20.0')\n"
    "get_ipython().displayhook.write_format_data = lambda *a, **k: None",
    "a forged result": "from IPython.display import publish_display_data\n"
    "publish_display_data({'text/plain': '20.0'})\n20.0",
    "the shell's own answers": "from autograder.sandbox.inside import server as serve\n"
    "serve.REQUESTS['call'] = lambda *a: 9 * [{'value': {'float': (20.0).hex()}, 'points': 20.0}]\n"
    "serve.REQUESTS['look'] = lambda *a: [{'defined': True, 'callable': True, 'points': 20}]",
    "more answers than questions": "from autograder.sandbox.inside import server as serve\nonce = serve.REQUESTS['call']\n"
    "serve.REQUESTS['call'] = lambda *a: 3 * list(once(*a))",
    "fewer answers than questions": "from autograder.sandbox.inside import server as serve\nonce = serve.REQUESTS['call']\n"
    "serve.REQUESTS['call'] = lambda s, r: list(once(s, r))[: 2 if r['name'] == 'grad_z' else 9]",
    "answers to all that is still to run": "import gc, socket\nfrom autograder.sandbox.inside import server as serve\n"
    "found = gc.get_objects()\nsend = next(o for o in found if isinstance(o, socket.socket)).sendall\n"
    "steps = next(o for o in found if isinstance(o, list) and o and isinstance(o[0], dict) and 'do' in o[0])\n"
    "send(serve.protocol.frame({'count': len(steps)}))\n"
    "for step in steps: send(serve.protocol.frame({'defined': True, 'callable': True, 'execution_count': 1, 'outputs': "
    "[{'output_type': 'execute_result', 'execution_count': 1, 'data': {'text/plain': '20.0'}, 'metadata': {}}]}))",
    "what a name stands for is rubbish": "from autograder.sandbox.inside import server as serve\n"
    "serve.REQUESTS['look'] = lambda *a: [{'defined': True, 'value': {'array': 3}}]",
    "the shell's answers are rubbish": "from autograder.sandbox.inside import server as serve\n"
    "serve.REQUESTS['call'] = lambda *a: [1, 2, 3]",
    "the shell never answers": "from autograder.sandbox.inside import server as serve\nimport time\n"
    "serve.protocol.frame = lambda *a: time.sleep(3) or b''",
    "the shell answers with a giant": "from autograder.sandbox.inside import server as serve\n"
    "serve.REQUESTS['call'] = lambda *a: [{'value': 'x' * (40 << 20)}]",
    "the shell announces a giant": "from autograder.sandbox.inside import server as serve\n"
    "serve.protocol.frame = lambda m: (b'\\xff\\xff\\xff\\xff')",
    "the shell answers with depth": "from autograder.sandbox.inside import server as serve\nclass D(dict): pass\n"
    "import json\nserve.protocol.frame = lambda m: (lambda b: serve.protocol.HEADER.pack(len(b)) + b)("
    "b'{\"value\":' + b'[' * 200000 + b']' * 200000 + b'}')",
    "half a character shown": "print('\\ud800')\nraise ValueError('\\udfff')",
    "outputs that are none": "from autograder.sandbox.inside import server as serve\n"
    "serve.REQUESTS['run'] = lambda *a: [{'outputs': [{'output_type': 'execute_result'}, 3, None, "
    "{'output_type': 'stream', 'name': 'stdout', 'text': 7}], 'execution_count': 'many'}]",
}

ANSWERS = {
    "a float that equals everything": "class L(float):\n"
    "    __eq__ = __le__ = __lt__ = __ge__ = lambda s, o: True\n"
    "    __sub__ = __rsub__ = __abs__ = lambda s, o=0: 0.0\ndef grad_z(z, y): return L(1)",
    "an array that equals everything": HIDE + "class L(np.ndarray):\n"
    "    __eq__ = __le__ = __lt__ = lambda s, o: np.True_\n    __sub__ = __rsub__ = lambda s, o: np.zeros(3)\n"
    "def grad_w(dL_dz, h): return np.ones(3).view(L)",
    "an array that computes otherwise": HIDE + "class L(np.ndarray):\n"
    "    def __array_ufunc__(self, *a, **k): return np.zeros(3)\n"
    "    def __array_function__(self, *a, **k): return True\n"
    "def grad_w(dL_dz, h): return np.ones(3).view(L)",
    "a giant": HIDE + "def grad_z(z, y): return np.zeros((4000, 4000))",
    "a giant string": "def grad_z(z, y): return 'x' * (50 << 20)",
    "a giant integer": "def grad_z(z, y): return 1 << 10_000_000",
    "a deep list": "def grad_z(z, y):\n    r = []\n    for _ in range(100_000): r = [r]\n    return r",
    "a list in itself": "def grad_z(z, y):\n    r = []\n    r.append(r)\n    return r",
    "an object array": HIDE + "def grad_w(dL_dz, h): return np.array([dL_dz, h[0], None], dtype=object)",
    "a structured array": HIDE + "def grad_w(dL_dz, h): return np.zeros(3, dtype=[('a', 'f8')])",
    "NaN": HIDE + "def grad_w(dL_dz, h): return np.full(3, np.nan)",
    "complex numbers": "def grad_z(z, y): return 2 * (z - y) + 0j",
    "strings": "def grad_w(dL_dz, h): return [str(v) for v in dL_dz * h]",
    "a function": "def grad_z(z, y): return lambda: 2 * (z - y)",
    "what unpickles into a call": "class P:\n    def __reduce__(self): return (print, ('LEAK',))\n"
    "def grad_z(z, y): return P()",
    "dtypes that are none": HIDE + "def grad_z(z, y): return np.zeros(3, dtype='M8[s]')",
    "an exception that lies": "class NeedsReview(Exception): pass\ndef grad_z(z, y): raise NeedsReview('20.0')",
    "an exception with a giant text": "def grad_z(z, y): raise ValueError('x' * (50 << 20))",
    "an exception with a name that is none": "def grad_z(z, y): raise type('a b\\n' * 100, (Exception,), {})",
    "a generator": "def grad_z(z, y):\n    yield 2 * (z - y)",
    "a coroutine": "async def grad_z(z, y): return 2 * (z - y)",
    "an object that sleeps when it is read": "import time\nclass S:\n    def __array__(self, *a, **k): time.sleep(60)\n"
    "def grad_z(z, y): return S()",
}

# Out of the student's process: to be stopped by the system.
OUTSIDE = {
    "the course's files": "import glob\nfor p in glob.glob('../../../source/*') + glob.glob('BAIT/*'):\n"
    "    raise RuntimeError('LEAK')",
    "the bait": "print(open('BAIT/gradebook.db').read() and 'LEAK')",
    "write to the bait": "open('BAIT/gradebook.db', 'w').write('changed')",
    "append to the bait": "import os\nos.write(os.open('BAIT/gradebook.db', os.O_WRONLY | os.O_APPEND), b'x')",
    "truncate the bait": "import os\nos.truncate('BAIT/gradebook.db', 0)",
    "remove the bait": "import os\nos.unlink('BAIT/gradebook.db')",
    "rename the bait": "import os\nos.rename('BAIT/gradebook.db', 'mine')",
    "link to the bait": "import os\nos.symlink('BAIT/gradebook.db', 'link')\nprint(open('link').read() and 'LEAK')",
    "hard link to the bait": "import os\nos.link('BAIT/gradebook.db', 'link')\nprint(open('link').read() and 'LEAK')",
    "make a file beside the bait": "open('BAIT/new', 'w').write('x')",
    "mode of the bait": "import os\nos.chmod('BAIT/gradebook.db', 0o777)",
    "times of the bait": "import os\nos.utime('BAIT/gradebook.db', (0, 0))",
    "owner of the bait": "import os\nos.chown('BAIT/gradebook.db', os.getuid(), os.getgid())\nprint('LEAK')",
    "attributes of the bait": "import os\nos.setxattr('BAIT/gradebook.db', 'user.x', b'x')\nprint('LEAK')",
    "the gradebook by sqlite": "import sqlite3\n"
    "sqlite3.connect('BAIT/gradebook.db').execute('create table t (x)')",
    "passwords": "print(open('/etc/passwd').read() and 'LEAK')",
    "a shell": "!cat BAIT/gradebook.db && echo LEAK\n!echo changed > BAIT/gradebook.db",
    "temporary files": "open('/tmp/left-behind-by-a-student', 'w').write('x')",
    "shared memory": "open('/dev/shm/left-behind-by-a-student', 'w').write('x')",
    "processes": "import os\nif [p for p in os.listdir('/proc') if p.isdigit() and int(p) > 1]: print('LEAK')",
    "memory of others": "import os\nopen(f'/proc/{os.getppid()}/mem', 'rb').read(1) and print('LEAK')",
    "environment of others": "import os\nprint(open(f'/proc/{os.getppid()}/environ').read() and 'LEAK')",
    "the secret in the environment": "import os\nassert 'AUTOGRADER_SECRET' not in os.environ, 'LEAK'",
    "signals to the parent": "import os\nif os.getppid():\n    os.kill(os.getppid(), 0)\n    print('LEAK')",
    "signals to the grader": "import os\nos.kill(GRADER, 0)\nprint('LEAK')",
    "signals by descriptor": "import os, signal\nsignal.pidfd_send_signal(os.pidfd_open(GRADER), 0)\nprint('LEAK')",
    "tracing the grader": "import ctypes\nif ctypes.CDLL(None).ptrace(16, GRADER, 0, 0) == 0: print('LEAK')",
    "a TCP connection": "import socket\nsocket.create_connection(('127.0.0.1', PORT), 1)\nprint('LEAK')",
    "a UDP packet": "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))\n"
    "print('LEAK')",
    "a unix socket": "import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect('\\0abstract')\nprint('LEAK')",
    "a raw packet": "import socket\nsocket.socket(socket.AF_PACKET, socket.SOCK_RAW)\nprint('LEAK')",
    "a shell's network": "!exec 3<>/dev/tcp/127.0.0.1/PORT && echo LEAK",
    "new namespaces": "import ctypes\nif ctypes.CDLL(None).unshare(0x10000000) == 0: print('LEAK')",
    "mounts": "import ctypes\nif ctypes.CDLL(None).mount(b'none', b'.', b'tmpfs', 0, None) == 0: print('LEAK')",
    "raised limits": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))\nprint('LEAK')",
    "becoming root": "import os\nos.setuid(0)\nprint('LEAK' if os.getuid() == 0 and ROOT else '')",
    "bytes to every descriptor": "import os\nfor fd in range(3, 64):\n    try: os.write(fd, b'\\x02\\0\\0\\0{}' * 9)\n"
    "    except OSError: pass",
    "every descriptor closed": "import os\nos.closerange(0, 256)",
    "standard output closed": "import os, sys\nos.close(1); os.close(2)\nsys.stdout = sys.stderr = None",
    "exit": "import os\nos._exit(0)",
    "SystemExit": "raise SystemExit(0)",
    "exit in a function": "import os\ndef grad_z(z, y): os._exit(0)",
    "a segmentation fault": "import ctypes\nctypes.string_at(0)",
    "a segmentation fault in a function": "import ctypes\ndef grad_z(z, y): ctypes.string_at(0)",
    "an abort": "import os\nos.abort()",
    "an endless loop": "while True: pass",
    "an endless loop that ignores signals": "import signal\nfor s in (2, 14, 15): signal.signal(s, signal.SIG_IGN)\n"
    "while True: pass",
    "a sleep that catches everything": "import time\nwhile True:\n    try: time.sleep(9)\n    except: pass",
    "an endless function that ignores signals": "import signal\ndef grad_z(z, y):\n"
    "    signal.setitimer(signal.ITIMER_REAL, 0)\n    signal.signal(2, signal.SIG_IGN)\n    while True: pass",
    "an endless loop in C": "2 ** (10 ** 10) % 3; sum(range(10 ** 12))",
    "forks": "import os, time\nfor _ in range(200):\n    try:\n        if os.fork() == 0: time.sleep(60); os._exit(0)\n"
    "    except OSError: break\nelse: print('LEAK')",
    "memory": HIDE + "a = []\nfor _ in range(300): a.append(np.ones(1 << 21))\nprint('LEAK')",
    "memory in files": "import os\na = []\nfor _ in range(300):\n    fd = os.memfd_create('x'); a.append(fd)\n"
    "    os.write(fd, b'x' * (4 << 20))\nprint('LEAK')",
    "one large file": "with open('large', 'wb') as f:\n    for _ in range(300): f.write(b'x' * (1 << 20))\nprint('LEAK')",
    "many files": "for i in range(300): open(f'f{i}', 'wb').write(b'x' * (1 << 20))\nprint('LEAK' if TMPFS else '')",
    "much output": "for _ in range(300): print('x' * (1 << 20))",
    "much output in small pieces": "for i in range(300_000): print(i)",
    "much raw output": "import os\nfor _ in range(300): os.write(1, b'x' * (1 << 20))",
    "many pictures": "from IPython.display import display, Image\nfor _ in range(300):\n"
    "    display(Image(data=b'\\x89PNG' + b'x' * 100_000, format='png'))",
    "a daemon": "import os, subprocess\nsubprocess.Popen(['sleep', 'TOKEN'], start_new_session=True)",
    "a daemon of a daemon": "import os\nif os.fork() == 0:\n    os.setsid()\n"
    "    if os.fork() == 0:\n        os.execvp('sleep', ['sleep', 'TOKEN'])\n    os._exit(0)",
    "a daemon that holds the connection": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(60)\n"
    "    os._exit(0)\nos._exit(0)",
    "threads that sleep": "import threading, time\nfor _ in range(9): threading.Thread(target=time.sleep, args=(60,)).start()",
    "threads that print": "import threading, sys\ndef p():\n    for _ in range(10 ** 6): print('20.0', file=sys.stderr)\n"
    "threading.Thread(target=p, daemon=True).start()",
    "exit handlers that sleep": "import atexit, time\natexit.register(time.sleep, 60)",
    "changed folder": "import os\nos.chdir('/')",
    "workspace removed": "import shutil, os\nshutil.rmtree(os.getcwd(), ignore_errors=True)",
    "input": "input('points? ')",
    "a breakpoint": "breakpoint()",
    "slow to show": "import time\nclass S:\n    def _repr_html_(self): time.sleep(60)\nS()",
}
# What the owner of the grader's files and processes could do to them, without a user of the student's own.
SAME_USER = {
    "limits of the grader": "import resource as r\nr.prlimit(GRADER, r.RLIMIT_NOFILE, r.prlimit(GRADER, r.RLIMIT_NOFILE))\n"
    "print('LEAK')",
    "processors of the grader": "import os\nos.sched_setaffinity(GRADER, os.sched_getaffinity(GRADER))\nprint('LEAK')",
    "priority of the grader": "import os\nfor what, who in ((os.PRIO_PROCESS, GRADER), (os.PRIO_USER, 0)):\n"
    "    try: os.setpriority(what, who, os.getpriority(what, who)); print('LEAK')\n    except OSError: pass",
    "signals to the grader from a pipe": "import fcntl, os\nfcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, GRADER)\nprint('LEAK')",
    "signals to the grader from a socket": "import fcntl, socket\n"
    "fcntl.ioctl(socket.socketpair()[0], 0x8901, (GRADER).to_bytes(4, 'little'))\nprint('LEAK')",
    "metadata of what is open": "import os\nfd = os.open('own', os.O_RDONLY | os.O_CREAT)\nfor change in (\n"
    "    lambda: os.fchmod(fd, 0o777), lambda: os.fchown(fd, os.getuid(), os.getgid()), lambda: os.utime(fd, (0, 0)),\n"
    "    lambda: os.setxattr(fd, 'user.x', b'x'), lambda: os.removexattr(fd, 'user.x')):\n"
    "    try: change(); print('LEAK')\n    except PermissionError: pass\n    except OSError: print('LEAK')",
    "flags of what is open": "import fcntl\nfcntl.ioctl(open('own', 'w'), 0x80086601, bytes(8))\nprint('LEAK')",
    "names of new files": "import ctypes\nc = ctypes.CDLL(None)\n"
    "print('LEAK' if c.inotify_init() >= 0 or c.fanotify_init(0x200, 0) >= 0 else '')",
    "news of a folder": "import fcntl, os\nfcntl.fcntl(os.open('/usr/lib', os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_CREATE)\n"
    "print('LEAK')",
    "a lease": "import fcntl, os\nfcntl.fcntl(os.open('own', os.O_RDONLY | os.O_CREAT), fcntl.F_SETLEASE, fcntl.F_RDLCK)\n"
    "print('LEAK')",
    "cut off the bait while reading": "import os\nos.open('BAIT/gradebook.db', os.O_RDONLY | os.O_TRUNC)",
    "a datagram to a name": "import socket\nsocket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)[0].sendto(b'x', 'MAILBOX')\n"
    "print('LEAK')",
    "a death of its own": "import ctypes\nprint('LEAK' if ctypes.CDLL(None).prctl(1, 0, 0, 0, 0) == 0 else '')",
}
CELLS = {**INSIDE, **ANSWERS, **OUTSIDE, **SAME_USER}


def with_attack(notebook: Notebook, source: str) -> Notebook:
    """A hand-in with wrong answers and an attack, in a cell before the answers and, if it defines an
    answer, in place of it."""
    for question, answer in WRONG.items():
        cell_of(notebook, question)["source"] = answer
    place = notebook["cells"].index(cell_of(notebook, "grad_z"))
    attacked = next((q for q in POINTS if f"def {q}(" in source), None)
    if attacked:
        cell_of(notebook, attacked)["source"] = source
    else:
        notebook["cells"].insert(place, code_cell(source))
    return notebook


# Changes to the file


def _tests(notebook: Notebook) -> list[dict[str, Any]]:
    return [cell_of(notebook, f"test_{question}") for question in POINTS]


def _tags(notebook: Notebook) -> None:
    for cell in _tests(notebook):
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "remove-cell"]


def _points(notebook: Notebook) -> None:
    for cell in _tests(notebook):
        cell["metadata"]["nbgrader"]["points"] = 1000


def _flags(notebook: Notebook) -> None:
    for cell in _tests(notebook):
        cell["metadata"]["nbgrader"].update(solution=True, locked=False)


def _edited(notebook: Notebook) -> None:
    for cell in _tests(notebook):
        cell["source"] = "3.0"


def _deleted(notebook: Notebook) -> None:
    notebook["cells"] = [c for c in notebook["cells"] if c not in _tests(notebook)]


def _duplicated(notebook: Notebook) -> None:
    notebook["cells"] += [dict(cell, source="3.0") for cell in _tests(notebook)]


def _reordered(notebook: Notebook) -> None:
    notebook["cells"].reverse()


def _forged(notebook: Notebook) -> None:
    for cell in _tests(notebook):
        data = {"text/plain": "3.0"}
        cell["outputs"] = [
            {"output_type": "execute_result", "execution_count": 1, "data": data, "metadata": {}}
        ]


def _kernel(notebook: Notebook) -> None:
    notebook["metadata"]["kernelspec"] = {"name": "no-such-kernel", "display_name": "?", "language": "bash"}


def _markdown(notebook: Notebook) -> None:
    for cell in _tests(notebook):
        cell["cell_type"] = "markdown"
        del cell["outputs"], cell["execution_count"]


def _strange(notebook: Notebook) -> None:
    marks: list[Any] = [None, [], "x", 3, {"nbgrader": None}, {"nbgrader": []}, {"nbgrader": {"grade_id": 7}}]
    notebook["cells"] += [dict(code_cell("1"), metadata=mark) for mark in marks]
    notebook["cells"] += [None, 3, [], {"cell_type": "code"}, {"cell_type": "code", "source": 5}]


def _surrogates(notebook: Notebook) -> None:
    notebook["cells"].append(code_cell("print('\ud800')"))


def _schema(notebook: Notebook) -> None:
    for cell in _tests(notebook):
        del cell["metadata"]["nbgrader"]["schema_version"]


FILES = {
    "tags": _tags, "points": _points, "flags": _flags, "edited tests": _edited, "deleted tests": _deleted,
    "duplicated tests": _duplicated, "order": _reordered, "forged outputs": _forged, "kernel": _kernel,
    "markdown tests": _markdown, "strange cells": _strange, "old schema": _schema,
    "half a character": _surrogates,
}  # fmt: skip
SHADOWS = ("numpy.py", "sitecustomize.py", "usercustomize.py", "autograder.py", "IPython.py", "json.py",
           "backprop_lab.py", "matplotlib.py", "typing.py")  # fmt: skip
