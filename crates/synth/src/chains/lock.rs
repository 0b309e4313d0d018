//! How coins are locked and unlocked: scripts, and unlocking data of the right shape.
//!
//! A script is never stored. Its keys are a function of the seed, the wallet and the script's number, and are made again
//! when a coin is spent, so that a chain of any length needs no table of its scripts. Hashes are true (a spend shows the
//! key whose hash the script holds, so that forms of one key can be recognised); signatures are bytes of the right shape.

use bitcoin::hashes::{Hash, hash160, sha256};

use crate::random::Dice;

/// The standard forms of a locking script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    /// P2PK, as the first miners had it.
    PublicKey,
    /// P2PKH.
    Key,
    /// P2WPKH.
    WitnessKey,
    /// P2SH around P2WPKH.
    Nested,
    /// P2TR, spent by key.
    Taproot,
    /// P2SH around two of three.
    ScriptMultisig,
    /// P2WSH around two of three.
    WitnessMultisig,
    /// Two of three, bare.
    BareMultisig,
}

impl Lock {
    /// Virtual bytes of an input with the longest signatures, for the fee.
    pub(super) fn input_size(self) -> u64 {
        match self {
            Self::PublicKey => 115,
            Self::Key => 149,
            Self::WitnessKey => 69,
            Self::Nested => 92,
            Self::Taproot => 58,
            Self::ScriptMultisig => 300,
            Self::WitnessMultisig => 106,
            Self::BareMultisig => 190,
        }
    }

    /// Bytes of an output.
    pub(super) fn output_size(self) -> u64 {
        match self {
            Self::PublicKey => 44,
            Self::Key => 34,
            Self::WitnessKey => 31,
            Self::Nested | Self::ScriptMultisig => 32,
            Self::Taproot | Self::WitnessMultisig => 43,
            Self::BareMultisig => 114,
        }
    }
}

/// All keys of a chain.
#[derive(Debug)]
pub(super) struct Keys(u64);

impl Keys {
    pub(super) fn new(seed: u64) -> Self {
        Self(scramble(seed ^ 0x6b65_7973))
    }

    /// Appends the locking script.
    pub(super) fn lock(&self, lock: Lock, wallet: u32, script: u32, out: &mut Vec<u8>) {
        match lock {
            Lock::PublicKey => {
                out.push(33);
                out.extend_from_slice(&self.public_key(wallet, script, 0));
                out.push(0xac);
            }
            Lock::Key => {
                out.extend_from_slice(&[0x76, 0xa9, 0x14]);
                out.extend_from_slice(&self.key_hash(wallet, script));
                out.extend_from_slice(&[0x88, 0xac]);
            }
            Lock::WitnessKey => out.extend_from_slice(&self.witness_key(wallet, script)),
            Lock::Nested => script_hash(&self.witness_key(wallet, script), out),
            Lock::Taproot => {
                out.extend_from_slice(&[0x51, 0x20]);
                out.extend_from_slice(&self.draw(wallet, script, 0));
            }
            Lock::ScriptMultisig => script_hash(&self.two_of_three(wallet, script), out),
            Lock::WitnessMultisig => {
                out.extend_from_slice(&[0x00, 0x20]);
                out.extend_from_slice(sha256::Hash::hash(&self.two_of_three(wallet, script)).as_byte_array());
            }
            Lock::BareMultisig => out.extend_from_slice(&self.two_of_three(wallet, script)),
        }
    }

    /// Appends what unlocks a coin to the script and the witness of an input; the witness with its counts and lengths.
    ///
    /// Returns whether there is a witness; the count of an empty one is written all the same.
    pub(super) fn unlock(&self, coin: Locked, dice: &mut Dice, script: &mut Vec<u8>, witness: &mut Vec<u8>) -> bool {
        let Locked { lock, wallet, script: number, low_r } = coin;
        match lock {
            Lock::PublicKey => push_signature(dice, low_r, script),
            Lock::Key => {
                push_signature(dice, low_r, script);
                script.push(33);
                script.extend_from_slice(&self.public_key(wallet, number, 0));
            }
            Lock::WitnessKey | Lock::Nested => {
                if lock == Lock::Nested {
                    script.push(22);
                    script.extend_from_slice(&self.witness_key(wallet, number));
                }
                witness.push(2);
                push_signature(dice, low_r, witness);
                witness.push(33);
                witness.extend_from_slice(&self.public_key(wallet, number, 0));
                return true;
            }
            Lock::Taproot => {
                witness.extend_from_slice(&[1, 64]);
                witness.extend_from_slice(&dice.bytes::<64>());
                return true;
            }
            Lock::ScriptMultisig => {
                script.push(0);
                push_signature(dice, low_r, script);
                push_signature(dice, low_r, script);
                script.extend_from_slice(&[0x4c, TWO_OF_THREE as u8]);
                script.extend_from_slice(&self.two_of_three(wallet, number));
            }
            Lock::WitnessMultisig => {
                witness.extend_from_slice(&[4, 0]);
                push_signature(dice, low_r, witness);
                push_signature(dice, low_r, witness);
                witness.push(TWO_OF_THREE as u8);
                witness.extend_from_slice(&self.two_of_three(wallet, number));
                return true;
            }
            Lock::BareMultisig => {
                script.push(0);
                push_signature(dice, low_r, script);
                push_signature(dice, low_r, script);
            }
        }
        witness.push(0);
        false
    }

    /// The shape of a compressed public key; half of all values are on the curve, and nobody asks.
    fn public_key(&self, wallet: u32, script: u32, ordinal: u64) -> [u8; 33] {
        let bytes = self.draw(wallet, script, ordinal);
        let mut key = [2 | bytes[31] & 1; 33];
        key[1..].copy_from_slice(&bytes);
        key
    }

    fn key_hash(&self, wallet: u32, script: u32) -> [u8; 20] {
        *hash160::Hash::hash(&self.public_key(wallet, script, 0)).as_byte_array()
    }

    fn witness_key(&self, wallet: u32, script: u32) -> [u8; 22] {
        let mut bytes = [0; 22];
        bytes[1] = 20;
        bytes[2..].copy_from_slice(&self.key_hash(wallet, script));
        bytes
    }

    fn two_of_three(&self, wallet: u32, script: u32) -> [u8; TWO_OF_THREE] {
        let mut bytes = [0; TWO_OF_THREE];
        bytes[0] = 0x52;
        for ordinal in 0..3 {
            let at = 1 + 34 * ordinal;
            bytes[at] = 33;
            bytes[at + 1..at + 34].copy_from_slice(&self.public_key(wallet, script, ordinal as u64));
        }
        bytes[TWO_OF_THREE - 2..].copy_from_slice(&[0x53, 0xae]);
        bytes
    }

    /// Thirty-two bytes that look drawn (SplitMix64 over the place).
    fn draw(&self, wallet: u32, script: u32, ordinal: u64) -> [u8; 32] {
        let mut state = self.0 ^ scramble(u64::from(wallet) << 32 | u64::from(script));
        state = state.wrapping_add(ordinal.wrapping_mul(0xd1b5_4a32_d192_ed03));
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_exact_mut(8) {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            chunk.copy_from_slice(&scramble(state).to_le_bytes());
        }
        bytes
    }
}

/// What has to be unlocked, and whether the signer takes pains for a short signature.
#[derive(Debug, Clone, Copy)]
pub(super) struct Locked {
    pub(super) lock: Lock,
    pub(super) wallet: u32,
    pub(super) script: u32,
    pub(super) low_r: bool,
}

/// Bytes of a script of three compressed keys.
const TWO_OF_THREE: usize = 105;

fn scramble(bits: u64) -> u64 {
    let bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ bits >> 31
}

fn script_hash(inner: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&[0xa9, 0x14]);
    out.extend_from_slice(hash160::Hash::hash(inner).as_byte_array());
    out.push(0x87);
}

/// Pushes the shape of a DER signature with SIGHASH_ALL: 30 44 02 20 r 02 20 s 01, or a byte more where r has its top
/// bit set. Signers that grind for a low r (Bitcoin Core since 0.17) never show the longer form.
fn push_signature(dice: &mut Dice, low_r: bool, out: &mut Vec<u8>) {
    let mut numbers = dice.bytes::<64>();
    numbers[32] &= 0x7f;
    if low_r {
        numbers[0] &= 0x7f;
    }
    let long = numbers[0] >> 7;
    out.extend_from_slice(&[71 + long, 0x30, 0x44 + long, 0x02, 0x20 + long]);
    if long == 1 {
        out.push(0);
    }
    out.extend_from_slice(&numbers[..32]);
    out.extend_from_slice(&[0x02, 0x20]);
    out.extend_from_slice(&numbers[32..]);
    out.push(0x01);
}
