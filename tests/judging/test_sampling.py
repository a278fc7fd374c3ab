"""Sets of test inputs: their seeds, what they show, and the piecewise answers that they find out."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from autograder import exercises
from autograder.judging.certifying import is_certified
from autograder.judging.sample import Sample, columns, sample_at, visible_samples
from autograder.judging.sampling import sample_inputs, seed_for
from autograder.judging.variety import has_orders, packed, shown
from backprop_lab import tolerance
from backprop_lab.functions import softmax

COURSE = Path(__file__).parents[1] / "exercises" / "course"
NETWORK, BATCH = exercises.find("neural_network_derivation"), exercises.find("tanh_batch", COURSE)
SOFTMAX, NETWORK_BATCH = exercises.find("softmax_classifier"), exercises.find("neural_network_batch")
EACH = [
    pytest.param(e, name, id=f"{e.public.name}: {name}") for e in (NETWORK, BATCH) for name in e.public.asked
]
SEEDS = [seed_for(b"a secret of the tests", "assignment", f"student-{n}", b"") for n in range(2000)]
WHOLE = "backward"


@cache
def sets(name, count=200):
    return [sample_inputs(NETWORK, seed, name) for seed in SEEDS[:count]]


def draw(seed, question="grad_z"):
    return sample_inputs.__wrapped__(NETWORK, seed, question)


def first_x(seed, question="grad_z"):
    return draw(seed, question)[0].values["x"]


# Seeds


def test_a_seed_gives_the_same_samples_bit_by_bit():
    for one, other in zip(draw(SEEDS[2]), draw(SEEDS[2]), strict=True):
        assert all(np.array_equal(one.values[name], other.values[name]) for name in one.values)


def test_students_assignments_secrets_and_contents_have_samples_of_their_own():
    seeds = {
        seed_for(secret, assignment, student, content)
        for secret in (b"one", b"two")
        for assignment in ("a", "b")
        for student in ("student-01", "student-02")
        for content in (b"one notebook", b"another")
    }
    assert len(seeds) == 16
    assert len({first_x(seed).tobytes() for seed in seeds}) == 16


def test_every_question_has_samples_of_its_own():
    samples = [s for name in NETWORK.public.asked for s in draw(SEEDS[5], name)]
    assert len({s.values["x"].tobytes() for s in samples}) == len(samples) == 40


def test_the_order_of_calls_does_not_change_the_samples():
    before = first_x(SEEDS[3])
    np.random.default_rng(0).normal()
    first_x(SEEDS[4])
    assert np.array_equal(first_x(SEEDS[3]), before)


def test_samples_are_what_they_were_in_earlier_releases():
    assert [float(f"{v:.12g}") for v in first_x(SEEDS[0])] == [-1.75237280959, -1.27818817802]


def test_samples_are_one_forward_pass():
    for sample in draw(SEEDS[1]):
        at = sample.values
        np.testing.assert_allclose(at["g"], at["u"] @ at["x"] + at["b"], rtol=1e-15)
        np.testing.assert_allclose(at["h"], 1 / (1 + np.exp(-at["g"])), rtol=1e-14)


# What a set shows


@pytest.mark.parametrize(("exercise", "name"), EACH, ids=str)
def test_the_visible_inputs_are_certified(exercise, name):
    assert is_certified(exercise, name, visible_samples(exercise))


def test_samples_that_cannot_tell_are_not_certified():
    samples = draw(SEEDS[0], WHOLE)
    assert is_certified(NETWORK, WHOLE, samples)
    one = {"z": 1.0}  # to forget this upstream gradient would go unnoticed
    blind = [Sample(s.values, {**s.gradients, **one}) for s in samples]
    assert not is_certified(NETWORK, "grad_w", blind)
    assert not is_certified(NETWORK, WHOLE, blind)
    assert tolerance.MARGIN > 1e9 * tolerance.RIGHT


def test_a_set_with_one_sign_is_not_certified():
    values = [{**s.values, "y": -abs(s.values["y"])} for s in draw(SEEDS[0], "grad_z")]
    one_sided = [sample_at(NETWORK, {n: v[n] for n in NETWORK.public.inputs}) for v in values]
    one_sided = [s for s in one_sided if s.gradients["z"] > 0]
    assert not is_certified(NETWORK, "grad_z", one_sided)


def test_columns_are_the_arguments_and_the_gradient():
    sample = draw(SEEDS[0])[0]
    found = columns(NETWORK, "grad_w", sample)
    expected = [sample.gradients["z"], sample.values["h"], sample.gradients["w"]]
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))
    assert len(columns(NETWORK, WHOLE, sample)) == len(sample.values) + len(sample.gradients) == 17


def test_shown_are_the_edges_of_columns_and_the_signs_of_entries():
    one, other = np.array([-0.5, 7.0]), np.array([[-20.0, -1.0]])
    edges, *signs = shown([6.0], [one, 3.0], [other])
    assert edges.sum(axis=-1).tolist() == [[1, 0, 4], [3, 2, 0]]  # of 0, 1, 5 and 10, down and up
    below, above, large = (truths.tolist() for truths in signs)
    assert below == [False, True, False, False]
    assert above == [True, False, True, True]
    assert large == [True, False, True, False]
    assert packed([np.array([True, False]), np.array([[True, False], [True, True]])]) == 0b10101100


def test_every_entry_takes_both_signs():
    signs = np.array([np.sign(s.values["x"]) for s in draw(SEEDS[6], "grad_u")])
    assert (signs.min(axis=0) == -1).all()
    assert (signs.max(axis=0) == 1).all()


def test_orders_count_along_every_axis():
    up, down = np.array([1.0, 2.0]), np.array([2.0, 1.0])
    assert has_orders([up, down])
    assert not has_orders([up, 3 * up])
    assert has_orders([1.0, 2.0])
    rows, mirrored = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[2.0, 1.0], [4.0, 3.0]])
    assert not has_orders([rows, mirrored])  # the columns have one order


# Answers that are right on one side of an edge


def changed_answer(change):
    return lambda right: lambda *arguments: change(right(*arguments))


def changed_argument(change, place):
    return lambda right: (
        lambda *arguments: right(
            *(change(np.asarray(a)) if i == place else a for i, a in enumerate(arguments))
        )
    )


CHANGES = {
    "abs": np.abs,
    "positive part": lambda a: np.maximum(0, a),
    "negative part": lambda a: np.minimum(0, a),
    "clip to 1": lambda a: np.clip(a, -1, 1),
    "clip to 5": lambda a: np.clip(a, -5, 5),
    "at most 5": lambda a: np.minimum(a, 5),
    "at least -5": lambda a: np.maximum(a, -5),
    "sign": np.sign,
    "sort": lambda a: np.sort(a) if np.ndim(a) else -a,
    "sort downwards": lambda a: -np.sort(-a) if np.ndim(a) else -a,
    "round": lambda a: np.round(a, 3),
    "int": np.trunc,
    "right for one sign": lambda a: np.where(a > 0, a, 0.9 * a),
    "right for small numbers": lambda a: np.where(np.abs(a) < 5, a, 0.9 * a),
}
# What these quantities never show, so that the change is none: h lies between 0 and 1; the ordinary
# numbers are smaller than 5, and so are gradients that only saturated units would show.
HARMLESS = {
    ("h", change) for change in ("abs", "positive part", "clip to 1", "clip to 5", "at most 5", "at least -5")
} | {("h", "right for one sign"), ("h", "right for small numbers"), ("g", "abs")}  # σ′(−g) = σ′(g)
SMALL = {"clip to 5", "at most 5", "at least -5", "right for small numbers"}


def is_harmless(quantity, change):
    return (quantity, change) in HARMLESS or (quantity in "xwuz" and change in SMALL)


def is_found_out(question, answer, samples):
    """Whether an answer is wrong at one of the samples."""
    for sample in samples:
        given = NETWORK.public.values_given(question, sample.values, sample.gradients)
        right = sample.gradients[question.wrt]
        if not tolerance.is_right(answer(*given), right, given):
            return True
    return False


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", [q.name for q in NETWORK.public.questions])
def test_no_student_is_lucky(name, change):
    question, right = NETWORK.public.find(name), NETWORK.gradients[name]
    wrong = {"the answer": changed_answer(CHANGES[change])(right)}
    for place, given in enumerate(question.given):
        if not isinstance(given, str) or not is_harmless(given, change):
            wrong[str(given)] = changed_argument(CHANGES[change], place)(right)
    for answer in wrong.values():
        assert all(is_found_out(question, answer, samples) for samples in sets(name))


LOSS = {
    "abs of z": lambda z, y: 2 * (abs(z) - y),
    "abs of y": lambda z, y: 2 * (z - abs(y)),
    "abs": lambda z, y: 2 * abs(z - y),
    "positive": lambda z, y: max(0.0, 2 * (z - y)),
    "clipped": lambda z, y: np.clip(2 * (z - y), -5, 5),
    "at one side": lambda z, y: 2 * (z - y) if z > y else 0.0,
    "by the label": lambda z, y: 2 * (z - y) if y > 0 else y - z,
}


@pytest.mark.parametrize("answer", LOSS.values(), ids=LOSS)
def test_no_student_of_2000_is_lucky(answer):
    question = NETWORK.public.find("grad_z")
    assert all(is_found_out(question, answer, samples) for samples in sets("grad_z", 2000))


# Batches, of the softmax classifier among others


@pytest.mark.parametrize("exercise", [SOFTMAX, NETWORK_BATCH, BATCH], ids=lambda e: e.public.name)
def test_a_mean_that_is_rounded_shows_in_every_set(exercise):
    for seed in SEEDS[:60]:
        for name in exercise.public.asked:
            counts = [len(sample.values["X"]) for sample in sample_inputs(exercise, seed, name)]
            assert any(1 / n != round(1 / n, 6) for n in counts)


@pytest.mark.parametrize("limit", [5, 10])
def test_no_student_is_lucky_with_a_limit_to_scores(limit):
    def grad_z(upstream, scores):
        shares = softmax(np.clip(scores, -limit, limit))
        return shares * (upstream - np.sum(upstream * shares, axis=1, keepdims=True))

    for seed in SEEDS[:200]:
        samples = sample_inputs(SOFTMAX, seed, "grad_Z")
        assert any(
            np.abs(grad_z(s.gradients["P"], s.values["Z"]) - s.gradients["Z"]).max() > 1e-3 for s in samples
        )
