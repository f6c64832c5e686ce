"""GRU networks as Qlib trains them."""

from compute.zoo.recurrent import RecurrentKind

_KIND = RecurrentKind.of("GRU")
fit, load = _KIND.fit, _KIND.load
