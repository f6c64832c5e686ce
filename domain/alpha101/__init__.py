"""Alpha101: the factors of the paper "101 Formulaic Alphas"."""
