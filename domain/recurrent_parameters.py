"""The parameters of LSTM and GRU networks, under the names that Qlib's classes give them."""

from types import MappingProxyType

from domain.parameters import Parameter
from domain.specs import ModelKind

RECURRENT_KINDS = (ModelKind.LSTM, ModelKind.GRU)

RECURRENT_PARAMETERS = (
    Parameter(
        "d_feat",
        6,
        "How many series the factors are: of Alpha360 six, each of 60 days. The number of factors "
        "must be a multiple of it.",
        minimum=1,
        maximum=10_000,
    ),
    Parameter("hidden_size", 64, "Width of a layer.", minimum=1, maximum=4096),
    Parameter("num_layers", 2, "Layers.", minimum=1, maximum=16),
    Parameter(
        "dropout",
        0.0,
        "Share of what goes from layer to layer that is dropped while it learns.",
        minimum=0,
        maximum=0.99,
    ),
    Parameter("n_epochs", 200, "How often it goes through the rows at most.", 1, maximum=10_000),
    Parameter("lr", 0.001, "Length of a step.", above=0, maximum=10, aliases=("learning_rate",)),
    Parameter(
        "batch_size",
        2000,
        "Rows of one step. Rows of a segment that fill no batch are left out, so train and valid "
        "must have as many at least.",
        minimum=1,
        maximum=1_000_000,
    ),
    Parameter(
        "early_stop",
        20,
        "Learning ends when the valid segment's loss has not fallen for so many epochs.",
        minimum=1,
        maximum=10_000,
        aliases=("early_stopping_rounds",),
    ),
    Parameter("loss", "mse", "What is minimised.", choices=("mse",)),
    Parameter(
        "optimizer", "adam", "How a step is chosen: Adam or plain descent.", choices=("adam", "gd")
    ),
)
"""Every parameter and its default, which is Qlib's."""

RECURRENT_ELSEWHERE = MappingProxyType(
    {
        "GPU": "Models are trained on the processor. Leave GPU out.",
        "seed": "The seed of a model stands beside its parameters: give it as input.seed.",
        "metric": "The learning curve is that of the loss. Leave metric out.",
        "n_jobs": "The server chooses how many threads train. Leave n_jobs out.",
    }
)


def shape_fault(factors: int, d_feat: int) -> str | None:
    """What is wrong with learning from so many factors; None if nothing is."""
    if factors % d_feat == 0:
        return None
    return (
        f"d_feat is {d_feat}, and {factors} factors are no multiple of it; take a factor set of "
        "as many days for each series, such as Alpha360 with d_feat 6, or another d_feat."
    )
