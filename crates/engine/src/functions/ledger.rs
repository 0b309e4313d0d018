//! Ledgers by their one name, and identifiers in their one spelling.
//!
//! An account number is a hash, so two spellings of one account would be two accounts, and the money trail would break
//! between them. A bank prints an IBAN in groups of four; a wallet shows a Bech32 address in capitals for its QR code; an
//! explorer mixes the case of an EVM address to carry a checksum (EIP-55). Here each becomes one spelling, and no further:
//! hyphens, dots and leading zeros of national account numbers are kept, since in some country they tell two accounts
//! apart.

use std::borrow::Cow;

use datafusion::common::{Result, exec_err};
use headwater_ingest::bitcoin::{Network, script};

/// Short names of chains and what CAIP-2 calls them. The Bitcoin networks are in `headwater_ingest::bitcoin`.
const ALIASES: [(&str, &str); 14] = [
    ("eth", "eip155:1"),
    ("optimism", "eip155:10"),
    ("bsc", "eip155:56"),
    ("gnosis", "eip155:100"),
    ("polygon", "eip155:137"),
    ("base", "eip155:8453"),
    ("arbitrum", "eip155:42161"),
    ("avalanche", "eip155:43114"),
    ("eth-sepolia", "eip155:11155111"),
    ("tron", "tron:0x2b6653dc"),
    ("ltc", "bip122:12a765e31ffd4059bada1e25190f6e98"),
    ("doge", "bip122:1a91e3dace36e2be3bf030a65679fe82"),
    ("bch", "bip122:000000000000000000651ef99cb9fcbe"),
    ("solana", "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"),
];

/// What identifiers of a ledger look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Account numbers and IBANs: capitals, no white space.
    Bank,
    /// A locking script, by address or by the prefixed forms of `headwater_ingest::bitcoin::script`.
    Bitcoin(Network),
    /// `0x` and 40 hexadecimal digits, whose case means nothing.
    Evm,
    /// Anything else is taken as it is written.
    Other,
}

/// A ledger under its one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ledger<'a> {
    /// The short alias where there is one, else the name as given.
    pub(super) name: &'a str,
    /// How its identifiers are written.
    pub(super) family: Family,
}

impl<'a> Ledger<'a> {
    /// Recognises a ledger by alias or CAIP-2 name. Case is forgiven for names we know: `BTC` opening a second,
    /// empty world beside `btc` would be the worse surprise.
    pub(super) fn of(name: &'a str) -> Self {
        if name.eq_ignore_ascii_case("bank") {
            return Self { name: "bank", family: Family::Bank };
        }
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if let Some(network) = Network::ALL.into_iter().find(|network| is(network.ledger()) || is(network.caip2())) {
            return Self { name: network.ledger(), family: Family::Bitcoin(network) };
        }
        let known = ALIASES.iter().find(|(alias, chain)| is(alias) || is(chain));
        let name = known.map_or(name, |(alias, _)| alias);
        let chain = known.map_or(name, |(_, chain)| chain);
        Self { name, family: if chain.starts_with("eip155:") { Family::Evm } else { Family::Other } }
    }

    /// Returns the one spelling of an identifier: what `flow.accounts` stores.
    pub(super) fn spelling<'b>(&self, identifier: &'b str) -> Cow<'b, str> {
        match self.family {
            Family::Bank => bank_spelling(identifier),
            Family::Bitcoin(network) => script::script_of(identifier, network)
                .map_or(Cow::Borrowed(identifier), |bytes| Cow::Owned(script::identifier(&bytes, network))),
            Family::Evm if is_evm_address(identifier) && identifier.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                Cow::Owned(identifier.to_ascii_lowercase())
            }
            Family::Evm | Family::Other => Cow::Borrowed(identifier),
        }
    }

    /// Returns the one spelling of a raw script or address.
    pub(super) fn spelling_of_bytes(&self, bytes: &[u8]) -> Result<String> {
        match self.family {
            Family::Bitcoin(network) => Ok(script::identifier(bytes, network)),
            Family::Evm => Ok(format!("0x{}", hex::encode(bytes))),
            Family::Bank | Family::Other => exec_err!(
                "ledger '{}' has no BINARY identifiers: pass the identifier as text (BINARY is a Bitcoin script or an EVM address)",
                self.name
            ),
        }
    }
}

/// Returns the one name of a ledger: `eip155:1` is `eth`, `bip122:000000000019d6689c085ae165831e93` is `btc`.
pub fn canonical_ledger(ledger: &str) -> &str {
    Ledger::of(ledger).name
}

/// Returns the one spelling of an identifier on a ledger, as `flow.accounts` stores it.
pub fn identifier_text<'a>(ledger: &str, identifier: &'a str) -> Cow<'a, str> {
    Ledger::of(ledger).spelling(identifier)
}

/// Capitals without white space; borrowed when the text is so already, as nearly all of them are.
fn bank_spelling(identifier: &str) -> Cow<'_, str> {
    if !identifier.bytes().any(|byte| byte.is_ascii_lowercase() || byte.is_ascii_whitespace()) {
        return Cow::Borrowed(identifier);
    }
    let kept = identifier.chars().filter(|character| !character.is_ascii_whitespace());
    Cow::Owned(kept.map(|character| character.to_ascii_uppercase()).collect())
}

fn is_evm_address(identifier: &str) -> bool {
    match identifier.as_bytes() {
        [b'0', b'x' | b'X', digits @ ..] => digits.len() == 40 && digits.iter().all(u8::is_ascii_hexdigit),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use headwater_ingest::bitcoin::Network;

    use super::{Family, Ledger, canonical_ledger, identifier_text};

    #[test]
    fn every_name_of_a_ledger_leads_to_one() {
        assert_eq!(canonical_ledger("eip155:1"), "eth");
        assert_eq!(canonical_ledger("ETH"), "eth");
        assert_eq!(canonical_ledger("Bank"), "bank");
        assert_eq!(canonical_ledger("bip122:000000000019d6689c085ae165831e93"), "btc");
        assert_eq!(Ledger::of("btc-testnet4").family, Family::Bitcoin(Network::Testnet4));
        assert_eq!(Ledger::of("eip155:999"), Ledger { name: "eip155:999", family: Family::Evm });
        assert_eq!(Ledger::of("xrpl:0"), Ledger { name: "xrpl:0", family: Family::Other });
    }

    #[test]
    fn spellings_of_one_account_meet() {
        assert_eq!(identifier_text("bank", "ee27 3300 3335 0561 0002 "), "EE273300333505610002");
        assert_eq!(identifier_text("bank", "12-34.5"), "12-34.5");
        let lower = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq";
        assert_eq!(identifier_text("btc", &lower.to_uppercase()), lower);
        assert_eq!(identifier_text("btc", "not an address"), "not an address");
        let address = "0x52908400098527886E0F7030069857D2E4169EE7";
        assert_eq!(identifier_text("eip155:137", address), address.to_lowercase());
        assert_eq!(identifier_text("eth", "Vitalik.ETH"), "Vitalik.ETH");
        assert_eq!(identifier_text("tron", "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW"), "TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW");
    }

    #[test]
    fn bytes_belong_to_chains() {
        assert!(Ledger::of("bank").spelling_of_bytes(b"x").is_err());
        assert_eq!(Ledger::of("eth").spelling_of_bytes(&[0xab; 20]).ok(), Some(format!("0x{}", "ab".repeat(20))));
    }
}
