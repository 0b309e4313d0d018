//! What an algorithm may refuse.

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GraphError {
    /// The columns of the input differ in length.
    Ragged,
    /// More transfers than an edge number can count.
    TooManyEdges {
        /// How many there are.
        edges: usize,
    },
    /// An amount is negative; a reversal is a transfer the other way.
    NegativeAmount,
    /// Two rows carry one id.
    SameId {
        /// The id.
        id: i64,
    },
    /// Between two accounts there are more shortest ways than a double can count.
    TooManyWays,
    /// More rows of evidence than a row number can count.
    TooManyRows {
        /// How many there are.
        rows: usize,
    },
    /// The starts of sets do not rise from nought to the number of their members.
    BrokenSets,
    /// A set or an edge names a node that there is not.
    NoSuchNode {
        /// The node.
        node: u32,
        /// How many there are.
        nodes: u32,
    },
    /// A sum of amounts exceeds 127 bits.
    TooMuch,
    /// Transactions are not in chain order, or an id leaves no room for the outputs or inputs of the one before it.
    OutOfOrder {
        /// The transaction.
        transaction: i64,
    },
    /// A history has more transactions, inputs or outputs than a number of four bytes counts.
    TooManyCoins {
        /// How many.
        coins: usize,
    },
    /// A coinbase spends outputs.
    CoinbaseSpends {
        /// The transaction.
        transaction: i64,
    },
    /// It is not known what an input spends.
    UnknownPrevout {
        /// The input.
        input: i64,
    },
    /// An input spends an output of its own transaction or of a later one.
    FromLater {
        /// The input.
        input: i64,
    },
    /// An input says that what it spends is worth something else than it is.
    OtherValue {
        /// The input.
        input: i64,
        /// What it says.
        stated: i64,
        /// What the output says.
        value: i64,
    },
    /// Two inputs spend one output.
    SpentTwice {
        /// The output.
        output: i64,
    },
    /// A transaction pays out more than it takes in.
    PaysTooMuch {
        /// The transaction.
        transaction: i64,
    },
    /// The history has no such output.
    NoSuchOutput {
        /// The output.
        output: i64,
    },
    /// Fees cannot be followed to the coinbase in a part of the history.
    NeedsWholeHistory,
    /// The caller asked to stop.
    Cancelled,
}

impl std::fmt::Display for GraphError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ragged => write!(f, "the columns differ in length"),
            Self::TooManyEdges { edges } => {
                write!(f, "{edges} transfers are more than one graph holds ({}); narrow the input", u32::MAX - 1)
            }
            Self::NegativeAmount => write!(f, "an amount is negative; write it as a transfer the other way"),
            Self::SameId { id } => write!(f, "transfer_id {id} occurs twice in the input; take DISTINCT rows"),
            Self::TooManyWays => {
                write!(f, "more than 10^308 shortest ways join two accounts; bound them with max_hops")
            }
            Self::TooManyRows { rows } => {
                write!(
                    f,
                    "{rows} rows of evidence are more than one pass holds ({}); give them in batches",
                    u32::MAX - 1
                )
            }
            Self::BrokenSets => write!(f, "the starts of sets do not rise from 0 to the number of their members"),
            Self::NoSuchNode { node, nodes } => write!(f, "there is no node {node} among {nodes}"),
            Self::TooMuch => write!(f, "a sum of amounts exceeds what 127 bits hold; narrow the input"),
            Self::OutOfOrder { transaction } => {
                write!(f, "transaction {transaction} is out of chain order, or has more inputs or outputs than its id")
            }
            Self::TooManyCoins { coins } => {
                write!(f, "{coins} are more than one history of coins holds ({}); narrow the input", u32::MAX - 1)
            }
            Self::CoinbaseSpends { transaction } => write!(f, "transaction {transaction} is a coinbase and has inputs"),
            Self::UnknownPrevout { input } => {
                write!(f, "it is not known what input {input} spends; import the blocks before it, or leave it out")
            }
            Self::FromLater { input } => write!(f, "input {input} spends an output that is not before it"),
            Self::OtherValue { input, stated, value } => {
                write!(f, "input {input} spends {stated}, but the output it names is worth {value}")
            }
            Self::SpentTwice { output } => write!(f, "output {output} is spent twice; take DISTINCT rows"),
            Self::PaysTooMuch { transaction } => {
                write!(f, "transaction {transaction} pays out more than it takes in")
            }
            Self::NoSuchOutput { output } => write!(f, "output {output} is not in the history"),
            Self::NeedsWholeHistory => {
                write!(f, "fees can be followed to the coinbase in a whole history only: give every transaction")
            }
            Self::Cancelled => write!(f, "cancelled"),
        }
    }
}

impl std::error::Error for GraphError {}
