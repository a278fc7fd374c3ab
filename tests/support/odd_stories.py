"""Cells that are run one after another, and change what comes later: what a name means, or IPython itself."""

STORIES = {
    "results": ("1 + 1\n", "_ * 3", "_, __, ___, Out, In", "_2, _i2, _ih[1]\n_i, _ii"),
    "an own underscore": ("_ = 5\n_", "7\n8", "_\n_"),
    "future imports": (
        "from __future__ import annotations\nx = 1",
        "def f(a: nowhere): ...\nf.__annotations__",
        "x: (yield)\n1",
        "def g(a: 1 is 2):\n    x: (yield)\n1",
    ),
    "sources": (
        "def f():\n    # mine\n    return 1\n\nclass A:\n    a = 1",
        "import inspect\nprint(inspect.getsource(f))\nprint(inspect.getsource(A))",
        "def show(f):\n    print(inspect.getsource(f))\n    return f\n@show\ndef g():\n    pass",
        "import linecache\nlinecache.checkcache()\nprint(f.__code__.co_filename in linecache.cache)\nf.__code__.co_filename",
    ),
    "pickle": ("class A:\n    def __init__(self): self.a = 1", "import pickle\npickle.loads(pickle.dumps(A())).a"),
    "errors across cells": (
        "def f(x):\n    y = x\n    return 1 / y",
        "x = 0\nf(x)",
        "%xmode Plain\nx",
        "x = 0\nf(x)",
    ),
    "the displayhook": (
        "import sys\nsys.displayhook = lambda v: print('shown', v)\n1",
        "1\n2",
        "ip = get_ipython()\nip.displayhook = None\n1",
        "1\n2",
    ),
    "input transformers": (
        "ip = get_ipython()\nip.input_transformers_post.append(lambda lines: [*lines, 'print(1)\\n'])",
        "x = 1\nx",
        "ip.input_transformers_post.clear()\nip.input_transformers_cleanup.append(lambda lines: ['2\\n', *lines])",
        "x = 1\nx",
    ),
    "a transformer of tokens": (
        "from IPython.core.inputtransformer2 import TokenTransformBase, EscapedCommand\n"
        "class Three(EscapedCommand):\n    @classmethod\n    def find(cls, tokens):\n"
        "        return next((cls(l[0].start) for l in tokens if l and l[0].string == 'three'), None)\n"
        "    def transform(self, lines): return lines[:self.start_line] + ['3\\n']\n"
        "get_ipython().input_transformer_manager.token_transformers.append(Three)",
        "x = 1\nthree",
    ),
    "another transformer": (
        "from IPython.core.inputtransformer2 import TransformerManager\nip = get_ipython()\n"
        "ip.input_transformer_manager = TransformerManager()",
        "x = 1\nx",
    ),
    "transformed trees": (
        "import ast\nclass No(ast.NodeTransformer):\n    def visit_Constant(self, node): return ast.Constant(4)\n"
        "get_ipython().ast_transformers.append(No())",
        "x = 1\nx",
    ),
    "events": (
        "ip = get_ipython()\nran = lambda result: print(result.success, result.execution_count, result.result)\n"
        "ip.events.register('post_run_cell', ran)\nip.events.register('pre_execute', lambda: print('pre'))\n"
        "ip.events.register('pre_run_cell', lambda info: print(repr(info.raw_cell), repr(info.transformed_cell)))",
        "x = 1\nx",
        "x = 1\nx / 0",
        "x = (1\n",
        "ip.events.register('post_execute', lambda: 1 / 0)\n3",
    ),
    "custom exceptions": (
        "ip = get_ipython()\nip.set_custom_exc((ValueError,), lambda *a, **k: print('handled', a[2]))\n1",
        "x = 1\nraise ValueError(x)",
    ),
    "without autoawait": ("%autoawait off", "x = 1\nx is 1", "async def f(): ...\nawait f()"),
    "interactivity": ("ip = get_ipython()\nip.ast_node_interactivity = 'all'", "1\n2", "%automagic off", "x = 1\npwd"),
    "cells in cells": ("ip = get_ipython()\nr = ip.run_cell('x = 1\\nx is 1')\nr", "ip.run_cell('x = (1\\n').success\n"),
    "the same cell twice": ("x = 1\nx is 1", "x = 1\nx is 1", "x = 1\nx is (1\n", "x = 1\nx is (1\n"),
    "one line": ("x = 3", "pwd", "ls = 1", "ls", "/print x", ",print a b", "x", "x;", "x?", "2 is 2", "exit"),
    "macros": ("x = 1\nx", "%macro again 3", "again", "again\n"),
    "deep recursion": (
        "import sys\nsys.setrecursionlimit(150)\ndef f(n):\n    return f(n + 1)\nf(0)",
    ),
    "a stack that is low": (
        "import sys\nlimit = sys.getrecursionlimit()\nsys.setrecursionlimit(75)",
        *("x = 1\ny = " + "-" * depth + "x\ny" for depth in range(1, 60, 3)),
        "sys.setrecursionlimit(limit)",
    ),
    "a transformer for one cell": (
        "import ast\nip = get_ipython()\nclass Once(ast.NodeTransformer):\n"
        "    def visit_Constant(self, node):\n        node.value = 4\n        ip.ast_transformers.clear()\n"
        "        return node",
        "ip.events.register('pre_run_cell', lambda info: ip.ast_transformers.append(Once()))",
        "x = 1\nx",
    ),
    "a transformer that fails": (
        "ip = get_ipython()\nclass Fails:\n    def __repr__(self): return 'Fails'\n    def visit(self, tree):\n"
        "        tree.body[0].value.value = 4\n        raise ValueError('no')",
        "ip.events.register('pre_run_cell', lambda info: ip.ast_transformers.append(Fails()))",
        "x = 1\nx",
    ),
    "a transformer in the way of the next statement": (
        "import ast\nip = get_ipython()\nclass No(ast.NodeTransformer):\n    def visit_Constant(self, node): return ast.Constant(4)",
        "ip.ast_transformers.append(No())\nx = 1\nx",
        "x = 1\nx",
        "ip.ast_transformers.clear()\nx = 1\nx",
        "x = 1\nx",
    ),
    "other flags for the next statement": (
        "ip = get_ipython()\nip.autoawait = False\nx = 1\nip.autoawait = True\nx",
        "ip.compile.flags |= 0x1000000\ndef f(a: nowhere): ...\nf.__annotations__",
        "def g(a: nowhere): ...\ng.__annotations__",
        "ip.compile.reset_compiler_flags()\n1",
        # two lines: of several statements in one line the traceback shows the scope of any
        "def g(a: nowhere):\n    ...\ng.__annotations__",
    ),
    "changed methods": (
        "import ast\nip = get_ipython()\ndef change(body, value):\n"
        "    if isinstance(body[0], ast.Assign) and body[0].targets[0].id == 'x':\n        body[0].value.value = value",
        "own_cell = ip.run_cell\ndef run_cell(*a, **k):\n    print('mine')\n    return own_cell(*a, **k)\nip.run_cell = run_cell",
        "x = 1\nx",
        "del ip.run_cell\nown_nodes = ip.run_ast_nodes\ndef nodes(body, *a, **k):\n    change(body, 5)\n"
        "    return own_nodes(body, *a, **k)\nip.run_ast_nodes = nodes",
        "x = 1\nx",
        "del ip.run_ast_nodes\nclass_nodes = type(ip).run_ast_nodes\ndef nodes(self, body, *a, **k):\n    change(body, 6)\n"
        "    return class_nodes(self, body, *a, **k)\ntype(ip).run_ast_nodes = nodes",
        "x = 1\nx",
        "del type(ip).run_ast_nodes\ndef transform(tree):\n    change(tree.body, 7)\n    return tree\nip.transform_ast = transform",
        "x = 1\nx",
        "del ip.transform_ast",
        "ip.should_run_async = lambda *a, **k: print(a, k)",
        "x = 1\nx",
        "del ip.should_run_async",
        "x = 1\nx",
    ),
    "changed transformers": (
        "def manager(): return get_ipython().input_transformer_manager\nown = manager().do_token_transforms\n"
        "manager().do_token_transforms = lambda lines: ['3\\n', '4\\n'] if lines[0] == 'x = 1\\n' else own(lines)",
        "x = 1\nx",
        "del manager().do_token_transforms\nown = type(manager()).do_token_transforms\ntype(manager()).do_token_transforms = "
        "lambda self, lines: ['5\\n', '6\\n'] if lines[0] == 'x = 1\\n' else own(self, lines)",
        "x = 1\nx",
        "x = 2",
    ),
    "changed classes": (
        "import ast\nfrom IPython.core.interactiveshell import InteractiveShell\nown = InteractiveShell.transform_ast\n"
        "def transform(self, tree):\n    if isinstance(tree.body[0], ast.Assign):\n        tree.body[0].value = ast.Constant(6)\n"
        "    return ast.fix_missing_locations(tree)\nInteractiveShell.transform_ast = transform",
        "x = 1\nx",
        "x = 1",
        "setattr(InteractiveShell, 'transform_ast', own)",
        "from IPython.core.inputtransformer2 import TransformerManager\n"
        "TransformerManager.transform_cell = lambda self, cell: 'x = 8\\nx\\n'",
        "x = 1\nx",
    ),
    "a compiler that prints what it parses": (
        "ip = get_ipython()\nparse = ip.compile.ast_parse\ndef mine(*a, **k):\n    print(a, k)\n    return parse(*a, **k)\n"
        "ip.compile.ast_parse = mine",
        "x = 1\nx",
        "x = 1",
    ),
    "another compiler": (
        "from IPython.core.compilerop import CachingCompiler\nclass C(CachingCompiler):\n    def __call__(self, *a):\n"
        "        print(a[1:])\n        return super().__call__(*a)\nget_ipython().compile = C()",
        "print(1)\nprint(2)\n3",
    ),
    "filters of warnings": (
        "import warnings\nwarnings.simplefilter('error')",
        "x = 1\nx is 1",
        "x = '\\d'\nx",
        "warnings.simplefilter('ignore')\nx is 1",
        "x is 1",
        "warnings.simplefilter('once')\nx = 1",
        "for i in 1, 2: warnings.warn('w')",
        "for i in 1, 2: warnings.warn('w')",
        "warnings.simplefilter('default')\ndef f(): warnings.warn('f')",
        "f()",
        "f()",
        "warnings.filters = tuple(warnings.filters)",
        "f()",
        "x is 1",
        "warnings.filters = []\nf()",
        "f()\nlen(warnings.filters)",
    ),
    "shown warnings": (
        "import warnings\nwarnings.showwarning = lambda *a, **k: print('shown', a)",
        "x = 1\nx is 1",
        "import sys\nsys.modules['warnings'] = None\nx is 1",
        "x is 1",
        "import types\nother = types.ModuleType('warnings')\nvars(other).update(vars(warnings))\n"
        "other.filters = [('always', None, Warning, None, 0)]\nsys.modules['warnings'] = other",
        "y = 1\nx is 1",
    ),
    "garbage": (
        "import gc, warnings\nwarnings.simplefilter('always')\nclass Loud:\n    def __init__(self): self.me = self\n"
        "    def __del__(self): warnings.warn('loud', ResourceWarning)",
        "def f(): return [Loud() for _ in range(3)]\nx = f()",
        "del x",
        "n = gc.collect()",
    ),
    "errors by a handler": (
        "ip = get_ipython()\nimport traceback\ndef show(self, kind, value, trace, tb_offset=None):\n"
        "    print([f.name for f in traceback.extract_tb(trace)], value)\nip.set_custom_exc((Exception,), show)",
        "x = (1\n",
        "x = 1\nreturn x",
        "x = 1\n1 / 0",
        "x = 1\nraise KeyboardInterrupt",
    ),
    "the ways to run a cell": (
        "ip = get_ipython()\nfor way in {}, {'silent': True}, {'store_history': True}, {'shell_futures': False}:\n"
        "    print(ip.run_cell('x = 1\\nx', **way).result, ip.execution_count)",
        "ip.transform_cell('x = 1\\nx'), ip.input_transformer_manager.transform_cell('x = 1\\nx')",
        "x = 1\nx",
        "ip.run_cell_magic('capture', 'out', 'x = 2\\nx')\nout.show()",
        "ip.ex('x = 3')\nip.ev('x')",
        "tree = ip.compile.ast_parse('x = 4\\nx')\nimport asyncio\n"
        "asyncio.run(ip.run_ast_nodes(tree.body, 'n', 'last_expr', ip.compile))",
    ),
    "observers": (
        "ip = get_ipython()\nip.observe(lambda c: print(c.name, c.old, c.new), 'execution_count')",
        "x = 1\nx",
        "ip.execution_count = 'a'",
        "ip.execution_count = 20",
        "x",
    ),
    "a thread": ("import threading\nt = threading.Thread(target=print, args=(1,))\nt.start()\nt.join()",),
}  # fmt: skip
