"""A model's rows after their steps: those that are learned from, and those predicted."""

from dataclasses import dataclass

from compute.preparing.steps import Learned, apply_steps, fit_steps
from compute.preparing.table import Table
from domain.period import Segments
from domain.specs import Processors


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What a model learns from and predicts.

    Attributes:
        every: The rows of all days, after the steps of `infer`.
        train: Those of the train segment, after those of `learn` as well.
        valid: Those of the valid segment, likewise.
        infer: What the steps of `infer` have learned.
        learn: What those of `learn` have.
    """

    every: Table
    train: Table
    valid: Table
    infer: Learned
    learn: Learned


def prepare(
    table: Table, processors: Processors, segments: Segments, infer: Learned | None = None
) -> Prepared:
    """Run all steps; those that are fitted learn from the train segment.

    The rows that are learned from go through `infer`, then `learn`, as in Qlib's DataHandlerLP
    with its default `process_type`. Steps of `learn` look at labels and leave features alone, so
    features are shared where no rows are dropped.

    Args:
        table: All days; its arrays are changed in place.
        processors: Checked by `domain.processors`.
        segments: Their days.
        infer: What the steps of `infer` have learned already; None fits them.
    """
    if infer is None:
        every, infer = fit_steps(processors.infer, table, segments.train)
    else:
        every = apply_steps(processors.infer, infer, table)
    train = every.between(segments.train).with_label_of_its_own()
    # A step looks at a day or at what was fitted, so that segments can be prepared one by one.
    train, learn = fit_steps(processors.learn, train, segments.train)
    valid = every.between(segments.valid).with_label_of_its_own()
    return Prepared(every, train, apply_steps(processors.learn, learn, valid), infer, learn)
