//! Everything a user would notice, in one test binary.

mod typologies;
