"""The backend seam: derivatives, noise and training steps on TensorFlow, JAX and PyTorch.

The only file that knows which backend runs. `pullback` runs a network once and lets the caller
decide *later* which gradient flows back; `input_gradients` can be differentiated again.
"""

import functools
import itertools
from operator import attrgetter

import keras
from keras import ops

from gan_keras.engine import checks

BACKEND = keras.backend.backend()
WEIGHTS = "trainable_variables", "non_trainable_variables"


def _replica():
    """Index of this replica and how many there are, under a `tf.distribute` strategy."""
    return 0, 1


def check_scope(variables):
    """Refuse variables that a `tf.distribute` strategy cannot mirror."""


def _on_state(step, lists_of):
    """Let `step(model, data)` run where Keras hands in the state that `lists_of` names."""
    return step


def keep_state(model):
    """Before `fit`: what fills the model's variables again, if a run of so many steps fails."""
    return lambda steps: None


if BACKEND == "tensorflow":
    import tensorflow as tf

    def _replica():
        context = tf.distribute.get_replica_context()
        return context.replica_id_in_sync_group, context.num_replicas_in_sync

    def check_scope(variables):
        scope = tf.distribute.get_strategy().extended
        if not all(scope.variable_created_in_scope(variable.value) for variable in variables):
            raise ValueError(
                "The networks and the model must be built in one scope: with strategy.scope(): ..."
            )

    def _pullback(fn, variables):
        sources = [variable.value for variable in variables]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(sources)
            output, aux = fn()

        def pull(cotangent):
            # Optimizers *sum* gradients over replicas; losses are means over one replica.
            cotangent = cotangent / _replica()[1]
            # No variable moves before `fn` has read it: TensorFlow prunes that order away where the
            # gradients do not need the output, as under a loss that is linear in the scores.
            with tf.control_dependencies([output]):
                cotangent = tf.identity(cotangent)
            return tape.gradient(output, sources, cotangent, tf.UnconnectedGradients.ZERO)

        return output, aux, pull

    def _input_gradients(fn, x):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            output = fn(x)
        return output, tape.gradient(output, x, unconnected_gradients="zero")

elif BACKEND == "torch":
    import torch

    def _pullback(fn, variables):
        sources = [variable.value for variable in variables]
        output, aux = fn()

        unconnected = {"allow_unused": True, "materialize_grads": True}
        return output, aux, lambda c: torch.autograd.grad(output, sources, c, **unconnected)

    def _input_gradients(fn, x):
        x = x.detach().requires_grad_()
        output = fn(x)
        return output, torch.autograd.grad(output.sum(), x, create_graph=True)[0]

elif BACKEND == "jax":
    import jax

    class _Scope(keras.StatelessScope):
        """A stateless scope that sees the scope around it, and lists what was assigned in it."""

        def __init__(self, state_mapping=()):
            super().__init__(state_mapping)
            self.updates = {}

        def get_current_value(self, variable):
            value = super().get_current_value(variable)
            if value is None and self.original_scope is not None:
                value = self.original_scope.get_current_value(variable)
            return value

        def add_update(self, update):
            super().add_update(update)
            self.updates[id(update[0])] = update

    def _vjp(fn, variables, *inputs):
        assigned = []

        def pure(values, *inputs):
            with _Scope(zip(variables, values, strict=True)) as scope:
                output, aux = fn(*inputs)
            assigned[:] = [variable for variable, _ in scope.updates.values()]
            return output, (aux, [value for _, value in scope.updates.values()])

        values = [variable.value for variable in variables]
        output, pull, (aux, updates) = jax.vjp(pure, values, *inputs, has_aux=True)
        for variable, value in zip(assigned, updates, strict=True):
            variable.assign(value)
        return output, aux, pull

    def _pullback(fn, variables):
        output, aux, pull = _vjp(fn, variables)
        return output, aux, lambda cotangent: pull(cotangent)[0]

    def _input_gradients(fn, x):
        # Through `_vjp`, so that BatchNorm or Dropout inside `fn` leaks no tracer.
        output, _, pull = _vjp(lambda x: (fn(x), None), (), x)
        return output, pull(ops.ones_like(output))[1]

    def _on_state(step, lists_of):
        # JAX hands the whole state in and wants it back: run the step on it in a scope.
        @functools.wraps(step)
        def on_state(model, state, data):
            lists = lists_of(model)
            pairs = zip(itertools.chain(*lists), itertools.chain(*state), strict=True)
            with _Scope(pairs) as scope:
                logs = step(model, data)
            known = {id(variable) for variables in lists for variable in variables}
            lost = [v.path for v, _ in scope.updates.values() if id(v) not in known]
            if lost:
                raise ValueError(f"Assigned in the step but not tracked by the model: {lost}.")
            return logs, tuple([scope.get_current_value(v) for v in vs] for vs in lists)

        return on_state

    def keep_state(model):
        # JAX empties the variables for its steps, and Keras fills them when an epoch ends.
        variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
        values = [variable.value for variable in variables]  # references, not copies

        def put_back(steps):
            if steps:
                model.jax_state_sync()
            else:
                for variable, value in zip(variables, values, strict=True):
                    variable.assign(value)

        return put_back

else:
    raise ImportError(f"Set KERAS_BACKEND to tensorflow, jax or torch, not {BACKEND!r}.")


def pullback(fn, variables):
    """Run `fn` once; return its output, a constant, and the map that pulls a gradient back.

        pull(c) = sum_i c_i * d output_i / d variables          (vector-Jacobian product)

    so `pull(d loss / d output)` is the chain rule: d loss / d variables, a list, with zeros where
    the output does not depend on one. Call it once, before the variables change. Under
    `tf.distribute` gradients are divided by the number of replicas: optimizers add them up.

    Args:
        fn: Function of no arguments; its output is one tensor.
        variables: List of `keras.Variable`.
    """
    output, _, pull = _pullback(lambda: (fn(), None), variables)
    return ops.stop_gradient(output), pull


def value_and_gradients(fn, variables, has_aux=False):
    """Value of the scalar `fn()` and its gradients, one per variable: `pullback` of a one.

    With `has_aux`, `fn` returns `(value, aux)`, and so does this in the place of the value.
    """
    value, aux, pull = _pullback(fn if has_aux else lambda: (fn(), None), variables)
    checks.scalars(loss=value)
    gradients = pull(ops.ones_like(value))
    return ((value, aux) if has_aux else value), gradients


def input_gradients(fn, x):
    """`fn(x)` and the gradient of its sum with respect to `x`, itself differentiable.

        (fn(x), d sum(fn(x)) / d x)

    Where `fn` scores each sample on its own, row i of the gradient is the gradient of score i at
    sample i. Layers that mix samples, such as BatchNorm, break that.
    """
    x = ops.convert_to_tensor(x)
    if "float" not in checks.dtype_name(x):
        raise ValueError(f"x must hold floating-point numbers, not {checks.dtype_name(x)}.")
    return _input_gradients(fn, x)


def train_step(step):
    """Decorate `train_step(self, data)` so that the same text trains on every backend.

    On JAX, Keras calls `train_step(self, state, data)` and expects `(logs, state)`: there `step`
    runs on the values in `state`. A variable assigned that the model does not track is refused.
    """
    return _on_state(step, attrgetter(*WEIGHTS, "optimizer.variables", "metrics_variables"))


def test_step(step):
    """Decorate `test_step(self, data)`, as `train_step` does: there Keras hands in no optimizer."""
    return _on_state(step, attrgetter(*WEIGHTS, "metrics_variables"))


def normal(shape, seed):
    """Standard normal noise, another draw on every replica; shape[0] samples on *this* one."""
    return _own_rows(keras.random.normal, shape, seed)


def uniform(shape, seed):
    """Uniform numbers in [0, 1). See `normal`."""
    return _own_rows(keras.random.uniform, shape, seed)


def _own_rows(draw, shape, seed):
    """Seed generators are mirrored over replicas: draw for all of them, keep our own rows."""
    if not isinstance(seed, keras.random.SeedGenerator):
        raise ValueError(f"Noise wants a SeedGenerator: {seed!r} would give the same every step.")
    index, replicas = _replica()
    rows, rest = shape[0], shape[1:]
    drawn = draw((rows * replicas, *rest), dtype="float32", seed=seed)
    return drawn[index * rows : (index + 1) * rows]
