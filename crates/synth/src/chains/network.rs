//! What differs between networks, and between ages of one.

use bitcoin::Network;

/// The network a chain pretends to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainNetwork {
    /// The main network: its magic, subsidies and ages. No proof of work is made.
    Main,
    /// Regtest: everything is active from the start, and every block meets its target.
    Regtest,
}

impl ChainNetwork {
    /// As Bitcoin Core names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Regtest => "regtest",
        }
    }

    pub(super) fn parameters(self) -> Network {
        match self {
            Self::Main => Network::Bitcoin,
            Self::Regtest => Network::Regtest,
        }
    }

    /// New coins of a block, in satoshi.
    pub(super) fn subsidy(self, height: u32) -> u64 {
        let halvings = height / if self == Self::Main { 210_000 } else { 150 };
        5_000_000_000_u64.checked_shr(halvings).unwrap_or_default()
    }

    /// Seconds since 1970 at which the block before the first of ours might have been found. Blocks of the main network
    /// came every 573 seconds on average between 2009 and 2022.
    pub(super) fn time_of(self, height: u32) -> u64 {
        match self {
            Self::Main => 1_231_006_505 + u64::from(height) * 573,
            Self::Regtest => 1_704_067_200,
        }
    }

    /// A target that fits the height, in the header's compact form.
    pub(super) fn bits(self, height: u32) -> u32 {
        match (self, height) {
            (Self::Regtest, _) => 0x207f_ffff,
            (Self::Main, ..100_000) => 0x1d00_ffff,
            (Self::Main, 100_000..300_000) => 0x1a05_db8b,
            (Self::Main, 300_000..550_000) => 0x1803_1abe,
            (Self::Main, _) => 0x1709_a7af,
        }
    }

    /// Whether segregated witnesses are known.
    pub(super) fn segwit(self, height: u32) -> bool {
        self == Self::Regtest || height >= 481_824
    }

    /// Whether Taproot is known.
    pub(super) fn taproot(self, height: u32) -> bool {
        self == Self::Regtest || height >= 709_632
    }

    /// Whether a height of the main network has been reached; on regtest, every height has.
    pub(super) fn reached(self, height: u32, gate: u32) -> bool {
        self == Self::Regtest || height >= gate
    }
}
