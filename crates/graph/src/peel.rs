//! Peel chains.
