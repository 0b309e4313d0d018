//! Wallet programs, and what they give away about themselves in every transaction they make.
//!
//! The traits are those that fingerprinting looks at: version, locktime, sequence, the order of inputs and outputs, and
//! the length of signatures. The rows stand for families of programs, not for products.

/// How inputs or outputs are put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// As they were chosen: payments first, change last.
    AsMade,
    /// Uniformly at random.
    Shuffled,
    /// BIP69: inputs by what they spend, outputs by value and script.
    Sorted,
    /// By falling value, as WabiSabi rounds have it.
    Falling,
}

/// The habits of one program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Software {
    pub(super) version: u32,
    pub(super) sequence: u32,
    /// Locktime is the tip's height, now and then up to 99 less (anti-fee-sniping); otherwise 0.
    pub(super) anti_sniping: bool,
    pub(super) inputs: Order,
    pub(super) outputs: Order,
    pub(super) low_r: bool,
    /// Spends what has not been confirmed yet.
    pub(super) unconfirmed: bool,
}

/// A full node's own wallet.
const NODE: Software = Software {
    version: 2,
    sequence: 0xffff_fffd,
    anti_sniping: true,
    inputs: Order::Shuffled,
    outputs: Order::Shuffled,
    low_r: true,
    unconfirmed: false,
};

/// What people use.
pub(super) const PERSONAL: [Software; 6] = [
    NODE,
    // A thin client of the careful kind.
    Software { inputs: Order::Sorted, outputs: Order::Sorted, unconfirmed: true, ..NODE },
    // A telephone's.
    Software { anti_sniping: false, inputs: Order::AsMade, outputs: Order::AsMade, low_r: false, ..NODE },
    // A hardware signer's companion.
    Software { anti_sniping: false, sequence: 0xffff_fffe, outputs: Order::Sorted, low_r: false, ..NODE },
    // A web wallet of the first generation.
    Software {
        version: 1,
        sequence: 0xffff_ffff,
        anti_sniping: false,
        inputs: Order::AsMade,
        outputs: Order::Shuffled,
        low_r: false,
        unconfirmed: true,
    },
    // A library's defaults.
    Software { version: 1, sequence: 0xffff_ffff, inputs: Order::AsMade, outputs: Order::AsMade, ..NODE },
];

/// An exchange's own programs: plain, and quick to spend its own change.
pub(super) const EXCHANGE: [Software; 2] = [
    Software {
        version: 1,
        sequence: 0xffff_ffff,
        anti_sniping: false,
        inputs: Order::AsMade,
        outputs: Order::AsMade,
        low_r: true,
        unconfirmed: true,
    },
    Software { anti_sniping: false, outputs: Order::Shuffled, unconfirmed: true, ..NODE },
];

/// Mixing rounds, made by a coordinator or a taker. Locktime is 0 except in JoinMarket's.
pub(super) const WHIRLPOOL: Software = Software {
    version: 1,
    sequence: 0xffff_ffff,
    anti_sniping: false,
    inputs: Order::Sorted,
    outputs: Order::Sorted,
    low_r: true,
    unconfirmed: false,
};
pub(super) const WASABI_1: Software = Software { inputs: Order::Shuffled, ..WHIRLPOOL };
pub(super) const WASABI_2: Software = Software { inputs: Order::Falling, outputs: Order::Falling, ..WHIRLPOOL };
pub(super) const JOINMARKET: Software = Software {
    version: 2,
    sequence: 0xffff_fffe,
    anti_sniping: true,
    inputs: Order::Shuffled,
    outputs: Order::Shuffled,
    low_r: false,
    unconfirmed: false,
};
