"""What a client sees: types, inputs and enums of one noun per file, roots, loaders, scalars."""
