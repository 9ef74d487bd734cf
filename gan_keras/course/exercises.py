"""What the checks of all exercises share: every answer gets a sentence, never a traceback."""

import copy
import functools
import reprlib
import textwrap

import numpy as np


class _Verdict(Exception):
    """Ends a check at once, with the sentence to show."""


def exercise(check):
    """Turns a check that expects a sensible answer into one that can be given any; a decorator.

        @gk.exercise
        def check_1(answer):
            return "correct" if answer(3) == 9 else "not yet: 3 squared is 9"

    The check gets a function that calls the student's with copies of the inputs, so that an answer
    that changes an array in place does not change the check's own. The check goes on only as long
    as sensible values come back; if not, it ends with a sentence that says what came instead.

    Args:
        check: function of one argument, a function to call, that returns a sentence.

    Returns:
        The check, which takes any object as the answer and returns a sentence: "not attempted"
        for None and for a function that returns None.

    Raises:
        TypeError: `check` is not a function.
    """
    if not callable(check):
        raise TypeError(f"exercise decorates a function check(answer), got {_described(check)}")

    @functools.wraps(check)
    def friendly(answer):
        if answer is None:
            return "not attempted"
        if not callable(answer):
            return f"write a function: this is {_described(answer)}"
        values = []

        def ask(*inputs):
            values.append(_called(answer, copy.deepcopy(inputs)))
            if len(values) == 1 and _has_nan(values[0]):  # later inputs may be extreme on purpose
                raise _Verdict("your function returns NaN: look for log(0), 0/0 or a negative root")
            return values[-1]

        try:
            with np.errstate(all="ignore"):
                return check(ask)
        except _Verdict as verdict:
            return str(verdict)
        except Exception as error:
            if not values:  # then it is no fault of the answer
                raise
            return (
                f"your function returns {_described(values[-1])}, which is not what is asked for "
                f"({_told(error)})"
            )

    return friendly


def _called(answer, inputs):
    """What the student's function returns, which is neither an error nor nothing."""
    try:
        value = answer(*inputs)
    except Exception as error:
        frame = error.__traceback__.tb_next  # that of the student's function, if it was entered
        place = f" in line {frame.tb_lineno} of its cell" if frame else ""
        raise _Verdict(f"your function stops{place}: {_told(error)}") from error
    if value is None:
        raise _Verdict("not attempted")
    return value


def _has_nan(value):
    try:
        return bool(np.isnan(np.asarray(value, "float64")).any())
    except (TypeError, ValueError):
        return False


def _described(value):
    """A value in a few words."""
    kind, shape = type(value).__name__, getattr(value, "shape", ())
    if shape:
        return f"an array of shape {tuple(shape)}"
    if isinstance(value, tuple | list | dict):
        return f"a {kind} of length {len(value)}"
    return f"{reprlib.repr(value)} ({kind})"


def _told(error):
    """An error in one line."""
    return f"{type(error).__name__}: {textwrap.shorten(str(error), 120, placeholder=' …')}"
