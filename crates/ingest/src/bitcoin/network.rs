//! The five Bitcoin networks, by every name a user, a block file or a ledger column gives them.

/// A Bitcoin network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// The network whose coins are money.
    Main,
    /// The third test network, 2011.
    Testnet3,
    /// The fourth test network (BIP 94), 2024.
    Testnet4,
    /// The default signet (BIP 325). A custom signet has a magic of its own and is not recognised.
    Signet,
    /// A private chain on one machine.
    Regtest,
}

/// One row per network: the network, its name, its ledger alias, its CAIP-2 name, its record magic.
const TABLE: [(Network, &str, &str, &str, [u8; 4]); 5] = [
    (Network::Main, "main", "btc", "bip122:000000000019d6689c085ae165831e93", [0xf9, 0xbe, 0xb4, 0xd9]),
    (
        Network::Testnet3,
        "testnet3",
        "btc-testnet3",
        "bip122:000000000933ea01ad0ee984209779ba",
        [0x0b, 0x11, 0x09, 0x07],
    ),
    (
        Network::Testnet4,
        "testnet4",
        "btc-testnet4",
        "bip122:00000000da84f2bafbbc53dee25a72ae",
        [0x1c, 0x16, 0x3f, 0x28],
    ),
    (Network::Signet, "signet", "btc-signet", "bip122:00000008819873e925422c1ff0f99f7c", [0x0a, 0x03, 0xcf, 0x40]),
    (Network::Regtest, "regtest", "btc-regtest", "bip122:0f9188f13cb7b2c71f2a335e3a4fc328", [0xfa, 0xbf, 0xb5, 0xda]),
];

impl Network {
    /// Every network, in the order of the table in the documentation.
    pub const ALL: [Self; 5] = [Self::Main, Self::Testnet3, Self::Testnet4, Self::Signet, Self::Regtest];

    /// Returns the network a reader's argument names: its name, or one of its ledger names.
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == name).map(|row| row.0).or_else(|| Self::from_ledger(name))
    }

    /// Returns the network a ledger column names, by alias (`btc`) or CAIP-2 name (`bip122:…`).
    pub fn from_ledger(ledger: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.2 == ledger || row.3 == ledger).map(|row| row.0)
    }

    /// Returns the network whose block files carry this magic.
    pub fn from_magic(magic: [u8; 4]) -> Option<Self> {
        TABLE.iter().find(|row| row.4 == magic).map(|row| row.0)
    }

    /// The network's own name, as Bitcoin Core has it.
    pub fn name(self) -> &'static str {
        TABLE[self as usize].1
    }

    /// The ledger alias written into every row.
    pub fn ledger(self) -> &'static str {
        TABLE[self as usize].2
    }

    /// The CAIP-2 name: `bip122:` and the first 32 hex digits of the genesis block's hash.
    pub fn caip2(self) -> &'static str {
        TABLE[self as usize].3
    }

    /// The four bytes before every record of this network's block files.
    pub fn magic(self) -> [u8; 4] {
        TABLE[self as usize].4
    }

    /// The same network in the `bitcoin` crate, for its address formats.
    pub(super) fn parameters(self) -> bitcoin::Network {
        match self {
            Self::Main => bitcoin::Network::Bitcoin,
            Self::Testnet3 => bitcoin::Network::Testnet,
            Self::Testnet4 => bitcoin::Network::Testnet4,
            Self::Signet => bitcoin::Network::Signet,
            Self::Regtest => bitcoin::Network::Regtest,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::Network;

    #[test]
    fn names_agree_with_the_bitcoin_crate() {
        for (index, network) in Network::ALL.into_iter().enumerate() {
            assert_eq!(network as usize, index);
            assert_eq!(network.magic(), network.parameters().magic().to_bytes());
            let genesis = bitcoin::constants::genesis_block(network.parameters()).block_hash().to_string();
            assert_eq!(network.caip2(), format!("bip122:{}", &genesis[..32]));
        }
    }

    #[test]
    fn every_name_leads_back_to_its_network() {
        for network in Network::ALL {
            assert_eq!(Network::from_name(network.name()).unwrap(), network);
            assert_eq!(Network::from_ledger(network.ledger()).unwrap(), network);
            assert_eq!(Network::from_ledger(network.caip2()).unwrap(), network);
            assert_eq!(Network::from_magic(network.magic()).unwrap(), network);
        }
        assert_eq!(Network::from_ledger("main"), None);
        assert_eq!(Network::from_name("dogecoin"), None);
    }
}
