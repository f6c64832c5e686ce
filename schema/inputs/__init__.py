"""What clients write to define and edit, one noun per file.

Left out and null are one, but where the description of a field says what null is.
"""
