"""Right answers to the questions of each exercise, in the ways that people write them."""

from .answers import FORMS, PLAIN

ODD = {"prints", "warns", "writes to descriptor 2", "plots", "plots without showing", "logs to stderr"}
ODD |= {"objects of many kinds"}  # each entry by other code: what is changed is one entry only


def _written(**bodies: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Functions from their arguments and bodies: name="arguments", body, body, …"""
    made = {}
    for name, (arguments, *each) in bodies.items():
        lines = ["".join(f"\n    {line}" for line in body.split("; ")) for body in each]
        made[name] = tuple(f"def {name}({arguments}):{body}" for body in lines)
    return made


RIGHT = {
    "neural_network_derivation": {
        name: (source, *(form for kind, form in FORMS[name].items() if kind not in ODD))
        for name, source in PLAIN.items()
    },
    "tanh_batch": _written(
        slope_z=("z, y", "return -y / (1 + np.exp(y * z)) / len(y)",
                 "s = 1 / (1 + np.exp(-y * z)); return y * (s - 1) / y.size"),
        slope_w=("dL_dz, H", "return H.T @ dL_dz", "return np.sum(dL_dz[:, None] * H, axis=0)"),
        slope_c=("dL_dz", "return np.sum(dL_dz)", "return sum(dL_dz)"),
        slope_H=("dL_dz, w", "return np.outer(dL_dz, w)", "return dL_dz[:, None] * w"),
        slope_G=("dL_dH, G", "return dL_dH * (1 - np.tanh(G) ** 2)", "return dL_dH / np.cosh(G) ** 2"),
        slope_U=("dL_dG, X", "return dL_dG.T @ X", "return np.einsum('nj,nk->jk', dL_dG, X)"),
        slope_b=("dL_dG", "return np.sum(dL_dG, axis=0)", "return dL_dG.sum(0)"),
    ),
    "neural_network_batch": _written(
        grad_z=("z, y", "return (sigma(z) - y) / len(y)", "return (1 / (1 + np.exp(-z)) - y) / y.size",
                "o = sigma(z); return ((1 - y) * o - y * (1 - o)) / z.shape[0]",
                "return np.mean([sigma(z) - y], axis=0) / len(z)"),
        grad_W=("dE_dz, H", "return H.T @ dE_dz", "return dE_dz @ H",
                "return np.sum(dE_dz[:, None] * H, axis=0)",
                "return np.array([np.dot(dE_dz, H[:, j]) for j in range(3)])"),
        grad_c=("dE_dz", "return np.sum(dE_dz)", "return sum(dE_dz)", "return dE_dz @ np.ones(len(dE_dz))"),
        grad_H=("dE_dz, W", "return np.outer(dE_dz, W)", "return dE_dz[:, None] * W",
                "return dE_dz.reshape(-1, 1) @ W.reshape(1, -1)"),
        grad_G=("dE_dH, G", "return dE_dH * (1 - np.tanh(G) ** 2)", "return dE_dH / np.cosh(G) ** 2",
                "t = np.tanh(G); return dE_dH * (1 - t) * (1 + t)"),
        grad_U=("dE_dG, X", "return dE_dG.T @ X", "return (X.T @ dE_dG).T",
                "return np.einsum('nj,nk->jk', dE_dG, X)",
                "return sum(np.outer(dE_dG[i], X[i]) for i in range(len(X)))"),
        grad_b=("dE_dG", "return np.sum(dE_dG, axis=0)", "return dE_dG.sum(0)", "return sum(dE_dG)"),
    ),
    "softmax_classifier": _written(
        grad_P=("P, Y", "return -Y / P / len(Y)", "return -Y / (len(P) * P)",
                "return -(Y / P) / Y.shape[0]"),
        grad_Z=("dL_dP, Z",
                "P = softmax(Z); return P * (dL_dP - np.sum(dL_dP * P, axis=1, keepdims=True))",
                "P = softmax(Z); s = (dL_dP * P).sum(1); return P * dL_dP - P * s[:, None]",
                "return np.array([(np.diag(p) - np.outer(p, p)) @ d for p, d in zip(softmax(Z), dL_dP)])"),
        grad_W=("dL_dZ, X", "return X.T @ dL_dZ", "return (dL_dZ.T @ X).T",
                "return np.einsum('nd,nk->dk', X, dL_dZ)"),
        grad_b=("dL_dZ", "return np.sum(dL_dZ, axis=0)", "return dL_dZ.sum(0)", "return sum(dL_dZ)"),
    ),
}  # fmt: skip
