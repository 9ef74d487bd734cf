"""What the checks of all exercises share: every answer gets a sentence, never a traceback."""

import contextlib
import copy
import functools
import textwrap

import numpy as np


class _Verdict(Exception):
    """Ends a check at once, with the sentence to show."""


def exercise(check):
    """Turns a check that expects a sensible answer into one that can be given any; a decorator.

        @gk.exercise
        def check_1(answer):
            return "correct" if answer(3) == 9 else "not yet: 3 squared is 9"

    The check gets a function that calls the student's with copies of the inputs. Where that gives
    no sensible value, the check ends with a sentence that says what came instead: "not attempted"
    for None.
    """

    @functools.wraps(check)
    def friendly(answer):
        if not callable(answer):
            return _fault(answer) or f"write a function: this is {_told(answer)}"
        values = []

        def ask(*inputs):
            try:
                values.append(answer(*copy.deepcopy(inputs)))
            except Exception as error:
                frame = error.__traceback__.tb_next  # the student's function, if entered
                place = f" in line {frame.tb_lineno} of its cell" if frame else ""
                raise _Verdict(f"your function stops{place}: {_told(error)}") from error
            if wrong := _fault(values[-1], first=len(values) == 1):
                raise _Verdict(wrong)
            return values[-1]

        try:
            with np.errstate(all="ignore"):
                return check(ask)
        except _Verdict as verdict:
            return str(verdict)
        except Exception as error:
            if not values:  # then it is no fault of the answer
                raise
            came = f"your function returns {_told(values[-1])}, which is not what is asked for"
            return f"{came} ({_told(error)})"

    return friendly


def _fault(value, first=False):
    if value is None:
        return "not attempted"
    with contextlib.suppress(TypeError, ValueError):  # of what is no number
        if first and np.isnan(np.asarray(value, "float64")).any():  # later ones may be meant so
            return "your function returns NaN: look for log(0), 0/0 or a negative root"


def _told(value):
    """A value or an error in a few words."""
    kind, shape = type(value).__name__, getattr(value, "shape", ())
    if shape:
        return f"an array of shape {tuple(shape)}"
    failed = isinstance(value, Exception)
    words = textwrap.shorten(str(value) if failed else repr(value), 80, placeholder=" …")
    return f"{kind}: {words}" if failed else f"{words} ({kind})"
