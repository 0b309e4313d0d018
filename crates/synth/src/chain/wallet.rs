//! Wallets: scripts, coins, and unlocking data of the right shape.

use std::collections::VecDeque;

use bitcoin::hashes::{Hash, hash160};
use bitcoin::opcodes::all::{OP_CHECKMULTISIG, OP_CHECKSIG, OP_DUP, OP_EQUAL, OP_EQUALVERIFY, OP_HASH160};
use bitcoin::opcodes::all::{OP_PUSHNUM_1, OP_PUSHNUM_2, OP_PUSHNUM_3};
use bitcoin::script::{Builder, PushBytesBuf};
use bitcoin::{Address, Network, OutPoint, ScriptBuf, Witness};

use crate::random::Dice;

/// How a wallet locks its coins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    /// P2PKH.
    Key,
    /// P2WPKH.
    WitnessKey,
    /// P2SH around P2WPKH.
    Nested,
    /// P2TR, spent by key.
    Taproot,
    /// Bare two of three.
    Multisig,
}

/// An unspent output.
#[derive(Debug)]
pub(super) struct Coin {
    pub(super) point: OutPoint,
    pub(super) satoshi: u64,
    /// Which of the wallet's scripts it is locked with.
    pub(super) script: usize,
    /// The first height at which it may be spent.
    pub(super) ripe: u32,
}

#[derive(Debug)]
struct Locked {
    key: [u8; 33],
    script: ScriptBuf,
}

/// One owner's scripts and coins.
#[derive(Debug)]
pub(super) struct Wallet {
    lock: Lock,
    one_address: bool,
    scripts: Vec<Locked>,
    coins: VecDeque<Coin>,
}

impl Wallet {
    /// A wallet with its first script.
    pub(super) fn new(lock: Lock, one_address: bool, dice: &mut Dice) -> Self {
        let mut wallet = Self { lock, one_address, scripts: Vec::new(), coins: VecDeque::new() };
        wallet.draw_script(dice);
        wallet
    }

    /// The address of the first script; a bare multisig has none.
    pub(super) fn address(&self) -> String {
        let address = Address::from_script(&self.scripts[0].script, Network::Regtest);
        address.map(|address| address.to_string()).unwrap_or_default()
    }

    /// The script to receive on: a fresh one, unless the owner reuses the first.
    pub(super) fn receive(&mut self, dice: &mut Dice) -> usize {
        if !self.one_address {
            self.draw_script(dice);
        }
        self.scripts.len() - 1
    }

    /// The locking script.
    pub(super) fn script(&self, index: usize) -> ScriptBuf {
        self.scripts[index].script.clone()
    }

    /// Adds a coin.
    pub(super) fn put(&mut self, coin: Coin) {
        self.coins.push_back(coin);
    }

    /// Takes the oldest ripe coin.
    pub(super) fn take(&mut self, height: u32) -> Option<Coin> {
        let place = self.coins.iter().position(|coin| coin.ripe <= height)?;
        self.coins.remove(place)
    }

    /// Puts coins back where they were taken from.
    pub(super) fn give_back(&mut self, coins: Vec<Coin>) {
        coins.into_iter().rev().for_each(|coin| self.coins.push_front(coin));
    }

    /// True if a coin may be spent at this height.
    pub(super) fn has_ripe(&self, height: u32) -> bool {
        self.coins.iter().any(|coin| coin.ripe <= height)
    }

    /// What can be spent at this height.
    pub(super) fn balance(&self, height: u32) -> u64 {
        self.coins.iter().filter(|coin| coin.ripe <= height).map(|coin| coin.satoshi).sum()
    }

    /// How many coins there are.
    pub(super) fn count(&self) -> usize {
        self.coins.len()
    }

    /// Script and witness that would spend a coin, the signatures being random bytes.
    pub(super) fn unlock(&self, script: usize, dice: &mut Dice) -> (ScriptBuf, Witness) {
        let key = self.scripts[script].key;
        let mut witness = Witness::new();
        let script_sig = match self.lock {
            Lock::Key => Builder::new().push_slice(signature(dice)).push_slice(key).into_script(),
            Lock::Multisig => {
                Builder::new().push_int(0).push_slice(signature(dice)).push_slice(signature(dice)).into_script()
            }
            Lock::Taproot => {
                witness.push(dice.bytes::<64>());
                ScriptBuf::new()
            }
            Lock::WitnessKey | Lock::Nested => {
                witness.push(signature(dice));
                witness.push(key);
                let inner = witness_key(&key);
                let push = PushBytesBuf::try_from(inner.into_bytes()).unwrap_or_default();
                if self.lock == Lock::Nested { Builder::new().push_slice(push).into_script() } else { ScriptBuf::new() }
            }
        };
        (script_sig, witness)
    }

    fn draw_script(&mut self, dice: &mut Dice) {
        let key = public_key(dice);
        let hash = *hash160::Hash::hash(&key).as_byte_array();
        let script = match self.lock {
            Lock::Key => Builder::new()
                .push_opcode(OP_DUP)
                .push_opcode(OP_HASH160)
                .push_slice(hash)
                .push_opcode(OP_EQUALVERIFY)
                .push_opcode(OP_CHECKSIG)
                .into_script(),
            Lock::WitnessKey => witness_key(&key),
            Lock::Nested => {
                let hash = *hash160::Hash::hash(witness_key(&key).as_bytes()).as_byte_array();
                Builder::new().push_opcode(OP_HASH160).push_slice(hash).push_opcode(OP_EQUAL).into_script()
            }
            Lock::Taproot => Builder::new().push_opcode(OP_PUSHNUM_1).push_slice(dice.bytes::<32>()).into_script(),
            Lock::Multisig => Builder::new()
                .push_opcode(OP_PUSHNUM_2)
                .push_slice(key)
                .push_slice(public_key(dice))
                .push_slice(public_key(dice))
                .push_opcode(OP_PUSHNUM_3)
                .push_opcode(OP_CHECKMULTISIG)
                .into_script(),
        };
        self.scripts.push(Locked { key, script });
    }
}

fn witness_key(key: &[u8; 33]) -> ScriptBuf {
    let hash = *hash160::Hash::hash(key).as_byte_array();
    Builder::new().push_int(0).push_slice(hash).into_script()
}

/// The shape of a compressed public key; half of all values are on the curve, and nobody asks.
fn public_key(dice: &mut Dice) -> [u8; 33] {
    let mut key = [2; 33];
    key[1..].copy_from_slice(&dice.bytes::<32>());
    key
}

/// The shape of a DER signature with SIGHASH_ALL: 30 44 02 20 r 02 20 s 01.
fn signature(dice: &mut Dice) -> [u8; 71] {
    let mut signature = [0; 71];
    signature[..4].copy_from_slice(&[0x30, 0x44, 0x02, 0x20]);
    signature[4..36].copy_from_slice(&dice.bytes::<32>());
    signature[36..38].copy_from_slice(&[0x02, 0x20]);
    signature[38..70].copy_from_slice(&dice.bytes::<32>());
    // The top bit of r and s must be clear, or DER would need one byte more.
    signature[4] &= 0x7f;
    signature[38] &= 0x7f;
    signature[70] = 1;
    signature
}
