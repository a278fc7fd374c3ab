"""The course's nbgrader configuration: grade in the sandbox. (The exercise works without it, in the
student's kernel, as any nbgrader course.)"""

c = get_config()  # noqa: F821

from autograder.plugin import configure  # noqa: E402

configure(c)
