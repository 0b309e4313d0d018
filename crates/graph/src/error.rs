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
            Self::Cancelled => write!(f, "cancelled"),
        }
    }
}

impl std::error::Error for GraphError {}
