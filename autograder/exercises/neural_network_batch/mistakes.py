"""Mistakes that belong to this network: its mean of logistic losses, its tanh units, its batch."""

import numpy as np

from autograder.judging.mistakes.known import Mistake, kind

from .gradients import sigma, tanh_prime

THE_MEAN = (
    "How many examples does ℰ average over, and which step of the backward pass takes care of it?",
    "Your answer is the right one times a number that grows with the batch. In which question does 1/N "
    "arise, and in which others?",
)
OUTPUT = (
    "Which two numbers does the slope of the logistic loss compare?",
    "Put a z at which σ(z) is almost y: the loss is flat there. What is your answer?",
)
LOSS = (
    *kind("1/N forgotten", *THE_MEAN, grad_z=lambda z, y: sigma(z) - y),
    *kind("1/N twice", *THE_MEAN, grad_z=lambda z, y: (sigma(z) - y) / len(y) ** 2),
    *kind("σ for σ − y", *OUTPUT, grad_z=lambda z, y: sigma(z) / len(y)),
    *kind("1/N forgotten, σ for σ − y", *OUTPUT, grad_z=lambda z, y: sigma(z)),
    *kind(
        "z for σ(z)",
        "What does the network say of an example: z, or a probability?",
        "For an example with the label 1 and a large z the loss is almost flat. Is your answer small there?",
        grad_z=lambda z, y: (z - y) / len(y),
    ),
    *kind(
        "slope of a squared loss",
        "Which loss does this network have, the logistic one or a squared one?",
        "Your answer has the slope of σ in it. What becomes of that factor when log σ is differentiated?",
        grad_z=lambda z, y: (sigma(z) - y) * sigma(z) * (1 - sigma(z)) / len(y),
    ),
    *kind(
        "gradient with respect to o",
        "With respect to which quantity are you to differentiate, o or z?",
        "Your answer is the slope in the probability o. What lies between z and o, and what is its slope?",
        grad_z=lambda z, y: (sigma(z) - y) / (sigma(z) * (1 - sigma(z))) / len(y),
    ),
    *kind(
        "loss for its derivative",
        "Is this the loss itself, or how fast it changes with z?",
        "Your answer is never negative, as the loss. What is the slope where z is too small?",
        grad_z=lambda z, y: (np.logaddexp(0, z) - y * z) / len(y),
    ),
)

SLOPE_OF_TANH = (
    "What is the slope of tanh, and where is it to be evaluated?",
    "The slope of tanh is largest at 0, the same at G and −G, and small on both sides. Is yours?",
)
ANOTHER_ACTIVATION = (
    "Which activation function does this network have, and which one's slope is this?",
    "Your answer uses the slope of another activation function. Which function gives H from G?",
)
TANH = (
    *kind(
        "tanh for tanh′",
        "Is this the value of tanh, or its slope?",
        "For large G the value of tanh stays near 1. How steep is tanh there?",
        grad_G=lambda d, G: d * np.tanh(G),
    ),
    *kind("tanh′ at h", *SLOPE_OF_TANH, grad_G=lambda d, G: d * tanh_prime(np.tanh(G))),
    *kind(
        "G for H",
        "The formula of tanh′ can be written with H: which of the two is your argument, G or H?",
        "For G beyond 1 your slope is negative, and tanh never falls. What stands where tanh should stand?",
        grad_G=lambda d, G: d * (1 - G**2),
    ),
    *kind("square forgotten", *SLOPE_OF_TANH, grad_G=lambda d, G: d * (1 - np.tanh(G))),
    *kind("1 + tanh²", *SLOPE_OF_TANH, grad_G=lambda d, G: d * (1 + np.tanh(G) ** 2)),
    *kind("tanh²", *SLOPE_OF_TANH, grad_G=lambda d, G: d * np.tanh(G) ** 2),
    *kind("tanh(1 − tanh)", *ANOTHER_ACTIVATION, grad_G=lambda d, G: d * np.tanh(G) * (1 - np.tanh(G))),
    *kind("σ′", *ANOTHER_ACTIVATION, grad_G=lambda d, G: d * sigma(G) * (1 - sigma(G))),
    *kind("ReLU′", *ANOTHER_ACTIVATION, grad_G=lambda d, G: d * (G > 0)),
    *kind(
        "tanh′ forgotten",
        "Which operation lies between G and H, and what is its slope?",
        "Your answer is the upstream gradient, unchanged. Does H move by as much as G does?",
        grad_G=lambda d, G: d,
    ),
    *kind(
        "misplaced parenthesis",
        "What does the upstream gradient multiply: one term, or the whole slope?",
        "A part of your answer does not change with the upstream gradient. Which parentheses are missing?",
        grad_G=lambda d, G: d - np.tanh(G) ** 2,
    ),
)

WRONG_AXIS = (
    "Over what do you sum: over the examples, or over the hidden units?",
    "Your answer has an entry for each example. Which index has to be gone, and which one has to stay?",
)
MEAN_FOR_SUM = (
    "Is there a second mean in the forward pass, or does this quantity move every z_i by its full amount?",
    "Your answer is the right one divided by a number of examples. Where is 1/N already?",
)
BATCH = (
    *kind(
        "G for H",
        "Which quantity does W multiply in the forward pass?",
        "Your answer holds what comes before tanh. Does W meet it before tanh or after?",
        grad_W=lambda d, H: np.arctanh(H).T @ d,
    ),
    *kind("mean for sum", *MEAN_FOR_SUM, grad_c=np.mean, grad_b=lambda d: np.mean(d, axis=0)),
    *kind("mean for sum", *MEAN_FOR_SUM, grad_W=lambda d, H: H.T @ d / len(d)),
    *kind("mean for sum", *MEAN_FOR_SUM, grad_U=lambda d, X: d.T @ X / len(d)),
    *kind(
        "sum over the wrong axis",
        *WRONG_AXIS,
        grad_b=lambda d: np.sum(d, axis=1),
        grad_W=lambda d, H: np.sum(d[:, None] * H, axis=1),
    ),
    *kind(
        "dot in the wrong order",
        "Which index of U comes first, that of the hidden units or that of the inputs?",
        "Rows and columns are exchanged. Which of the two matrices has to be transposed?",
        grad_U=lambda d, X: X.T @ d,
    ),
    *kind(
        "sums multiplied",
        "Is a sum of products the same as the product of two sums?",
        "Each example brings its own product. What do you multiply before you sum?",
        grad_W=lambda d, H: np.sum(d) * np.sum(H, axis=0),
        grad_U=lambda d, X: np.outer(np.sum(d, axis=0), np.sum(X, axis=0)),
    ),
    *kind(
        "examples summed too early",
        "Do all examples have the same slope here?",
        "All rows of your answer are the same. Which entry of ∂ℰ/∂z belongs to which row of H?",
        grad_H=lambda d, W: np.sum(d) * np.ones((len(d), 1)) * W,
    ),
    *kind(
        "X forgotten",
        "When an entry of U moves a little, what decides how much G moves?",
        "Your answer does not change when X changes. What multiplies an entry of U in the forward pass?",
        grad_U=lambda d, X: np.sum(d, axis=0)[:, None] * np.ones(2),
    ),
    *kind(
        "tanh′ too early",
        "Which operations of the graph lie between this quantity and ℰ? Is tanh one of them?",
        "The slope of tanh stands in your answer. Follow the graph from this quantity to ℰ: do you pass "
        "tanh?",
        grad_W=lambda d, H: (H * (1 - H**2)).T @ d,
    ),
)

MISTAKES: tuple[Mistake, ...] = (*LOSS, *TANH, *BATCH)
