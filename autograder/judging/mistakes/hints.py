"""The words for the mistakes that every backward pass knows: what they are called, and what is asked."""

from dataclasses import dataclass

from backprop_lab.remarks import ASK_NEARLY


@dataclass(frozen=True)
class Words:
    """What a mistake is called, the hint, and a plainer one. `{quantity}` and `{loss}` stand for letters."""

    name: str
    hint: str
    plainer: str

    def about(self, quantity: str, loss: str) -> "Words":
        """The same with the letters of a question."""
        words = (text.format(quantity=quantity, loss=loss) for text in (self.name, self.hint, self.plainer))
        return Words(*words)


# Of shapes

WHICH_SHAPE = (
    "Which shape does the quantity itself have, and which shape did you return?",
    "A gradient has one slope for each entry of its quantity, in the same places. Print both shapes: what "
    "is there too much?",
)
COLUMN = Words("column for a vector", *WHICH_SHAPE)
ROW = Words("row for a vector", *WHICH_SHAPE)
FLATTENED = Words("flattened", *WHICH_SHAPE)

ONE_NUMBER = (
    "How many entries does this quantity have, and does each of them have a slope of its own?",
    "Your answer is one number for all entries of {quantity}. What did you sum or average over?",
)
SUMMED = Words("summed", *ONE_NUMBER)
AVERAGED_TO_ONE = Words("averaged to one number", *ONE_NUMBER)

WHICH_INDEX = (
    "Which indices does an entry of {quantity} have, and which of them is left in your answer?",
    "An index that {quantity} has must stay in its gradient. Which one did you sum over?",
)
SUMMED_FIRST = Words("summed over the first index", *WHICH_INDEX)
SUMMED_SECOND = Words("summed over the second index", *WHICH_INDEX)

TRANSPOSED = Words(
    "transposed",
    "Which index of {quantity} comes first in its shape, and which one in your answer?",
    "Rows and columns are exchanged. Which argument belongs along the rows of {quantity}?",
)
RESHAPED = Words(
    "reshaped instead of transposed",
    "Does reshape move an entry to its mirrored place, or does it keep the order of reading?",
    "The numbers are right and stand in wrong places. Try reshape and a transpose on a small array of 1 to "
    "6: where does the 2 go?",
)
MATRIX = (
    "You have a matrix of slopes: what does the chain rule do with it and the upstream gradient?",
    "Your answer is a square matrix, {quantity} is a vector. What is still to be done with that matrix?",
)
JACOBIAN = Words("Jacobian not multiplied", *MATRIX)
JACOBIAN_ALONE = Words("Jacobian alone", *MATRIX)

# Of signs and factors

SIGN = Words(
    "sign",
    "Does {loss} grow or shrink when this quantity grows a little?",
    "Only the sign is wrong, at every input. Which difference did you take the other way round?",
)
HALVED = Words(
    "halved",
    "Where does the factor ½ come from?",
    "Your answer is half of the slope, at every input. Which step would halve it?",
)
TWICE = Words(
    "factor 2 twice",
    "Is that factor perhaps already inside the upstream gradient?",
    "Your answer is twice the slope, at every input. In which step does the factor 2 arise, and in how many "
    "of your functions does it stand?",
)
LEARNING_RATE = Words(
    "learning rate",
    "Is this the gradient, or already a step of gradient descent?",
    "Your answer is the slope times a fixed small number. Which step needs that number: this one, or the one "
    "that changes the parameters?",
)
AVERAGED = Words(
    "averaged",
    "Is there a mean anywhere in the forward pass or in the loss?",
    "Your answer is the slope divided by a number of entries. What did you divide by, and why?",
)
ZERO = (
    "Your answer is zero everywhere: does the output really not move when this quantity moves?",
    "Every entry is 0. Is that what you derived, or was an array made and never filled?",
)
TAKEN_FOR_A_CONSTANT = Words("taken for a constant", *ZERO)
NEVER_FILLED = Words("never filled", *ZERO)

# Of the upstream gradient

FORGOTTEN = Words(
    "upstream forgotten",
    "The chain rule passes on the upstream gradient: where is it in your answer?",
    "Your answer is the slope of this one step. Which argument of your function does it not use?",
)
SQUARED = Words(
    "upstream squared",
    "How often does the upstream gradient occur in the chain rule?",
    "If the upstream gradient is twice as large, your answer is four times as large. What should it be?",
)
NOT_THE_PRODUCT = (
    "Does the chain rule add the slopes along a path, or does it do something else with them?",
    "If one step doubles a small change and the next one triples it, how large is the change in the end? "
    "What has your answer to do with the two slopes?",
)
ADDED = Words("upstream added", *NOT_THE_PRODUCT)
SUBTRACTED = Words("upstream subtracted", *NOT_THE_PRODUCT)
DIVIDED = Words("upstream divided", *NOT_THE_PRODUCT)

# Of a sum over examples

OVERWRITTEN = Words(
    "only the last example",
    "How many of the examples does {loss} depend on, and how many of them are in your answer?",
    "Only the last example is in your answer. If there is a loop: what becomes of what the earlier rounds "
    "found?",
)
NOT_SUMMED = Words(
    "not summed over the examples",
    "Every example moves {loss} when {quantity} moves: how do their slopes make one?",
    "Your answer has a slope for each example, and {quantity} is the same for all of them. What becomes of "
    "these slopes together?",
)

# Of some inputs only

VARIABLE = Words(
    "notebook variable",
    "Does your function use its arguments, or a variable of the notebook with a similar name?",
    "Your answer stays the same when an argument changes. Is each name in your function one of its "
    "arguments?",
)
NEVER_NEGATIVE = (
    "Can this slope be negative, too?",
    "Your answer is never below zero. Does {loss} always grow when {quantity} grows?",
)
ABSOLUTE = Words("absolute value", *NEVER_NEGATIVE)
ONE_SIDED = Words("negative slopes lost", *NEVER_NEGATIVE)
LIMITED = (
    "Is there a limit to how steep {loss} can be?",
    "Your answer never goes beyond a fixed number. Which step of the forward pass would see to that?",
)
CLIPPED = Words("clipped", *LIMITED)
SIZE_LOST = Words("sign only", *LIMITED)
SORTED = Words(
    "sorted",
    "Which entry of {quantity} does each entry of your answer belong to?",
    "The entries of your answer stand in the order of their sizes. In which order should they stand?",
)

# Of digits

FINITE_DIFFERENCE = Words(
    "finite difference",
    "It is right to a few digits only, as a numerical gradient is. What does the chain rule give without a "
    "step?",
    "",
)
ROUNDED = Words("rounded", ASK_NEARLY, "")
NEARLY_RIGHT = Words("nearly right", ASK_NEARLY, "")
OF_DIGITS = (FINITE_DIFFERENCE, ROUNDED, NEARLY_RIGHT)
