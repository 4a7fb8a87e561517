//! Wireproof: the harness that proves HTTP clients.
