"""Mistakes that belong to a softmax and its cross-entropy."""

import numpy as np

from autograder.judging.mistakes.known import Mistake, kind

from .gradients import softmax

THE_MEAN = (
    "How many examples does L average over?",
    "Your answer is the right one times a number that grows with the batch. Where does 1/N arise?",
)
CROSS_ENTROPY = (
    *kind("1/N forgotten", *THE_MEAN, grad_P=lambda P, Y: -Y / P),
    *kind("1/N twice", *THE_MEAN, grad_P=lambda P, Y: -Y / P / len(Y) ** 2),
    *kind(
        "averaged over the classes, too",
        "Over what does L average: the examples, the classes, or both?",
        "You divide by the number of all entries. How many terms does the mean in L have?",
        grad_P=lambda P, Y: -Y / P / Y.size,
    ),
    *kind(
        "loss for its derivative",
        "Is this the logarithm, or how fast it changes with P?",
        "What is the derivative of log t?",
        grad_P=lambda P, Y: -Y * np.log(P) / len(Y),
    ),
    *kind(
        "P − Y",
        "With respect to which quantity are you to differentiate, P or Z?",
        "Your answer is the gradient further back, beyond the softmax. What does P itself do to log P?",
        grad_P=lambda P, Y: (P - Y) / len(Y),
    ),
    *kind(
        "P for 1/P",
        "What is the derivative of log t: does it grow with t, or shrink?",
        "Where P is small, log P is steep. Is your answer large there?",
        grad_P=lambda P, Y: -Y * P / len(Y),
    ),
    *kind(
        "1 − Y for the other classes",
        "Which terms does L have for the classes that are not the right one?",
        "Your answer is not 0 where Y is 0. Does L contain P there?",
        grad_P=lambda P, Y: (-Y / P + (1 - Y) / (1 - P)) / len(Y),
    ),
)

ALL_SCORES = (
    "Which probabilities does one score move: its own only, or all of its row?",
    "If one score grows, its own probability grows. What becomes of the others, which sum to 1 with it?",
)
SOFTMAX = (
    *kind("diagonal only", *ALL_SCORES, grad_Z=lambda d, Z: d * softmax(Z) * (1 - softmax(Z))),
    *kind("sum forgotten", *ALL_SCORES, grad_Z=lambda d, Z: softmax(Z) * d),
    *kind(
        "weights of the sum forgotten",
        *ALL_SCORES,
        grad_Z=lambda d, Z: softmax(Z) * (d - np.sum(d, axis=1, keepdims=True)),
    ),
    *kind(
        "sum over the wrong axis",
        "What does a softmax sum over: the examples, or the classes?",
        "Does the probability of one example depend on the scores of another?",
        grad_Z=lambda d, Z: softmax(Z) * (d - np.sum(d * softmax(Z), axis=0)),
    ),
    *kind(
        "softmax over the examples",
        "Along which index do the probabilities sum to 1?",
        "Print your probabilities, and their sums over rows and columns. Which ones have to be 1?",
        grad_Z=lambda d, Z: softmax(Z.T).T * (d - np.sum(d * softmax(Z.T).T, axis=1, keepdims=True)),
    ),
    *kind(
        "softmax twice",
        "Is your argument Z or P: was the softmax taken already?",
        "Is softmax applied twice in your answer?",
        grad_Z=lambda d, Z: (
            softmax(softmax(Z)) * (d - np.sum(d * softmax(softmax(Z)), axis=1, keepdims=True))
        ),
    ),
    *kind(
        "softmax forgotten",
        "Which operation lies between Z and P, and what is its slope?",
        "Your answer is the upstream gradient, unchanged. Do the probabilities move as much as the scores?",
        grad_Z=lambda d, Z: d,
    ),
    *kind(  # right wherever nothing is large: without it, test inputs might not show that
        "clipped",
        "Is there a limit to how steep L can be?",
        "Your answer never goes beyond a fixed number. Which step of the forward pass would see to that?",
        grad_Z=lambda d, Z: softmax(Z) * np.clip(d - np.sum(d * softmax(Z), axis=1, keepdims=True), -5, 5),
    ),
    *kind(  # likewise
        "scores clipped",
        "Is there a limit to how large a score can be?",
        "Your answer takes no score beyond a fixed number. Which step of the forward pass would see to that?",
        grad_Z=lambda d, Z: (P := softmax(np.clip(Z, -10, 10))) * (d - np.sum(d * P, axis=1, keepdims=True)),
    ),
    *kind(
        "Jacobian with a plus",
        "Do the other probabilities grow or shrink when one score grows?",
        "The probabilities of a row sum to 1 before and after. Which sign makes that possible?",
        grad_Z=lambda d, Z: softmax(Z) * (d + np.sum(d * softmax(Z), axis=1, keepdims=True)),
    ),
)

MEAN_FOR_SUM = (
    "Is there a second mean in the forward pass?",
    "Your answer is the right one divided by a number of examples. Where is 1/N already?",
)
LINEAR = (
    *kind("mean for sum", *MEAN_FOR_SUM, grad_b=lambda d: np.mean(d, axis=0)),
    *kind("mean for sum", *MEAN_FOR_SUM, grad_W=lambda d, X: X.T @ d / len(X)),
    *kind(
        "dot in the wrong order",
        "Which index of W comes first, that of the inputs or that of the classes?",
        "Rows and columns are exchanged. Which of the two matrices has to be transposed?",
        grad_W=lambda d, X: d.T @ X,
    ),
    *kind(
        "sum over the wrong axis",
        "Over what do you sum: over the examples, or over the classes?",
        "Your answer has an entry for each example. Which index has to be gone, and which one has to stay?",
        grad_b=lambda d: np.sum(d, axis=1),
    ),
    *kind(
        "sums multiplied",
        "Is a sum of products the same as the product of two sums?",
        "Each example brings its own product. What do you multiply before you sum?",
        grad_W=lambda d, X: np.outer(np.sum(X, axis=0), np.sum(d, axis=0)),
    ),
)

MISTAKES: tuple[Mistake, ...] = (*CROSS_ENTROPY, *SOFTMAX, *LINEAR)
