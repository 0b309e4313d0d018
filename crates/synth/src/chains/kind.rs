//! What a transaction is, as the truth has it.

macro_rules! kinds {
    ($($variant:ident $name:literal $doc:literal,)*) => {
        /// What a transaction is: the column `kind` of `transactions.csv`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum TransactionKind {
            $(#[doc = $doc] $variant,)*
        }

        impl TransactionKind {
            /// Every kind, in the order of their declaration.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// As the truth has it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// In a sentence.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $doc,)*
                }
            }
        }
    };
}

kinds! {
    Coinbase "coinbase" "New coins and the block's fees.",
    Payment "payment" "One owner pays one or a few others.",
    Batch "batch" "An exchange pays out withdrawals, several at once.",
    EqualBatch "equal_batch" "An exchange pays the same amount to many: no mix, though it looks like half of one.",
    Payout "payout" "A mining pool pays its members.",
    Sweep "sweep" "An exchange sweeps its deposit addresses.",
    Cold "cold" "An exchange moves money to or from its vault.",
    Consolidation "consolidation" "An owner makes one coin of many.",
    Peel "peel" "One hop of a peel chain: a little goes out, the rest goes on.",
    RansomPayment "ransom_payment" "A victim pays.",
    RansomSplit "ransom_split" "A ransom is split between the affiliate and the gang.",
    RansomPeel "ransom_peel" "An affiliate peels its share off to exchanges.",
    RansomCashout "ransom_cashout" "A gang gathers its shares and sends them to an exchange.",
    TxZero "tx0" "One owner cuts coins to size for a Whirlpool pool.",
    PoolSeed "pool_seed" "One owner makes a coin of exactly a pool's size, so that first mixes find one.",
    Whirlpool "whirlpool" "A Whirlpool mix.",
    Wasabi1 "wasabi1" "A Wasabi 1 round.",
    Wasabi2 "wasabi2" "A Wasabi 2 (WabiSabi) round.",
    JoinMarket "joinmarket" "A JoinMarket round: one taker, some makers.",
    PayJoin "payjoin" "Payer and payee both bring inputs: what the multi-input rule gets wrong.",
    Stonewall "stonewall" "One owner imitates a mix of two.",
    DustSpray "dust" "Crumbs to addresses seen before, in the hope that they get spent together.",
    ZeroValue "zero_value" "A payment beside an output of nothing.",
}
