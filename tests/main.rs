//! Everything a user would notice, in one test binary.
//!
//! Most tests are data: a script under `slt/` that is run through one door ([`slt`], [`typologies`]). What a script
//! cannot say is beside them: what the lake promises ([`lake`]) and the graph operators ([`operators`]), what a killed import leaves ([`kill`]), what a full disk
//! does ([`disk`]), how a lake keeps up with a real node ([`node`]), what
//! leaves it for a real TAXII server and for bad ones ([`send`]), what it writes down of its use and shows
//! again ([`governed`]), and that the generated pages are what the code says ([`pages`]).
//! does ([`disk`]), how a lake keeps up with a real node ([`node`]), and that the generated pages are what the code says ([`pages`]).
//! What a reader may not see is in [`policy`].

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at a surprise")]

mod cli;
mod disk;
mod governed;
mod kill;
mod lake;
mod node;
mod operators;
mod pages;
mod policy;
mod products;
mod queue;
mod script;
mod send;
mod slt;
mod support;
mod typologies;
