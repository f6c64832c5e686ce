"""The words of the catalogue: values, the expression language, keys and errors. No I/O."""
