//! The example pool, drawn by the program itself.
