//! What a locking script is, the text it is shown as, and the way back from the text.
//!
//! An account on a Bitcoin ledger is one literal script. Most scripts have an address; the rest are shown as a prefix
//! and hex, so that every script has exactly one text and every such text one script. A key paid directly (P2PK) is
//! *not* shown as the address of its hash: that is another script, and another account.

use std::str::FromStr;

use bitcoin::address::NetworkUnchecked;
use bitcoin::{Address, Script};

use super::Network;

/// A script may hold at most this many bytes; a longer one can never be run, so its coins are gone.
pub const MAX_SCRIPT_SIZE: usize = 10_000;

/// The kinds of locking script, as section 1.4 of the crypto reference lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScriptType {
    /// A public key of 33 or 65 bytes and a signature check.
    P2pk,
    /// The hash of a public key.
    P2pkh,
    /// The hash of a script (BIP 16).
    P2sh,
    /// A version 0 witness program of 20 bytes (BIP 141).
    P2wpkh,
    /// A version 0 witness program of 32 bytes (BIP 141).
    P2wsh,
    /// A version 1 witness program of 32 bytes (BIP 341).
    P2tr,
    /// The keyless anchor that anybody may spend: never one person's.
    P2a,
    /// Any other witness program of version 1 to 16.
    WitnessUnknown,
    /// m of n bare keys.
    Multisig,
    /// Begins with OP_RETURN: provably unspendable.
    NullData,
    /// All else.
    Nonstandard,
}

impl ScriptType {
    /// The name in the `script_type` columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::P2pk => "p2pk",
            Self::P2pkh => "p2pkh",
            Self::P2sh => "p2sh",
            Self::P2wpkh => "p2wpkh",
            Self::P2wsh => "p2wsh",
            Self::P2tr => "p2tr",
            Self::P2a => "p2a",
            Self::WitnessUnknown => "witness_unknown",
            Self::Multisig => "multisig",
            Self::NullData => "null_data",
            Self::Nonstandard => "nonstandard",
        }
    }
}

/// Returns the type of a locking script.
pub fn script_type(script: &[u8]) -> ScriptType {
    match script {
        [0x76, 0xa9, 0x14, _, .., 0x88, 0xac] if script.len() == 25 => ScriptType::P2pkh,
        [0xa9, 0x14, _, .., 0x87] if script.len() == 23 => ScriptType::P2sh,
        [0x00, 0x14, ..] if script.len() == 22 => ScriptType::P2wpkh,
        [0x00, 0x20, ..] if script.len() == 34 => ScriptType::P2wsh,
        [0x51, 0x20, ..] if script.len() == 34 => ScriptType::P2tr,
        [0x51, 0x02, 0x4e, 0x73] => ScriptType::P2a,
        [0x51..=0x60, length @ 2..=40, program @ ..] if program.len() == usize::from(*length) => {
            ScriptType::WitnessUnknown
        }
        [0x6a, ..] => ScriptType::NullData,
        [0x21, .., 0xac] if script.len() == 35 => ScriptType::P2pk,
        [0x41, .., 0xac] if script.len() == 67 => ScriptType::P2pk,
        [.., 0xae] if is_multisig(script) => ScriptType::Multisig,
        _ => ScriptType::Nonstandard,
    }
}

/// Whether an output of this script could ever be spent, as far as the script tells.
pub fn is_spendable(script: &[u8]) -> bool {
    script.first() != Some(&0x6a) && script.len() <= MAX_SCRIPT_SIZE
}

/// Returns the text an account is shown as: an address where there is one, else `p2pk:`, `multisig:` or `script:` and hex.
pub fn identifier(script: &[u8], network: Network) -> String {
    let kind = script_type(script);
    match kind {
        ScriptType::P2pk => format!("p2pk:{}", hex::encode(&script[1..script.len() - 1])),
        ScriptType::Multisig => format!("multisig:{}", hex::encode(script)),
        ScriptType::NullData | ScriptType::Nonstandard => format!("script:{}", hex::encode(script)),
        _ => Address::from_script(Script::from_bytes(script), network.parameters())
            .map_or_else(|_| format!("script:{}", hex::encode(script)), |address| address.to_string()),
    }
}

/// Returns the script behind a text: the inverse of [`identifier`], and `None` for what is neither an address of this
/// network nor one of the three prefixed forms.
///
/// `script:` takes any hex, so that a script can be named without knowing its address.
pub fn script_of(identifier: &str, network: Network) -> Option<Vec<u8>> {
    if let Some(key) = identifier.strip_prefix("p2pk:") {
        let key = hex::decode(key).ok().filter(|key| matches!(key.len(), 33 | 65))?;
        let length = u8::try_from(key.len()).ok()?;
        return Some([&[length], key.as_slice(), &[0xac]].concat());
    }
    if let Some(script) = identifier.strip_prefix("multisig:") {
        return hex::decode(script).ok().filter(|script| script_type(script) == ScriptType::Multisig);
    }
    if let Some(script) = identifier.strip_prefix("script:") {
        return hex::decode(script).ok();
    }
    let address = Address::<NetworkUnchecked>::from_str(identifier).ok()?;
    Some(address.require_network(network.parameters()).ok()?.script_pubkey().into_bytes())
}

/// Recognises `m <key>… n OP_CHECKMULTISIG` with 1 ≤ m ≤ n ≤ 20 and every key a direct push of 33 or 65 bytes.
///
/// The key's own first byte is not looked at: data carriers of 2013 and 2014 put their payload where keys belong, and the
/// script is still a multisig to everyone who spends it. Numbers above 16 have no opcode and are pushed as one byte.
fn is_multisig(script: &[u8]) -> bool {
    let Some((required, mut rest)) = small_number(script) else { return false };
    let mut keys = 0;
    while let Some(&length @ (33 | 65)) = rest.first() {
        let Some(after) = rest.get(1 + usize::from(length)..) else { return false };
        rest = after;
        keys += 1;
    }
    matches!(small_number(rest), Some((count, [0xae])) if count == keys && required <= count)
}

/// Reads a number from 1 to 20 as the shortest push of it, and returns what follows.
fn small_number(script: &[u8]) -> Option<(u8, &[u8])> {
    match script {
        [opcode @ 0x51..=0x60, rest @ ..] => Some((opcode - 0x50, rest)),
        [0x01, number @ 17..=20, rest @ ..] => Some((*number, rest)),
        _ => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests;
