//! What a signature signs, as far as its last byte tells: the flags by which inputs are somebody's joint consent or not.
//!
//! Only the shape is looked at, never the signature. An ECDSA signature is DER and ends with its flags; a Schnorr signature
//! (BIP 340) is 64 bytes, or 65 with flags. The first one found counts, the input script before the witness:
//!
//! ```text
//! input script   30 │ length │ 02 │ length │ r … │ 02 │ length │ s … │ flags       any push
//! witness        the same, any item; or, for a taproot key, one item of 64 or 65 bytes;
//!                or, for a taproot script, such an item before the script and its control block
//! ```
//!
//! An annex (last item of several, beginning `50`) is not counted. Where an old signature is DER only by the lax reading of
//! its day, none is recognised.

/// The flags byte for "all of the transaction", which a Schnorr signature of 64 bytes leaves out.
const DEFAULT: u8 = 0;

/// What was recognised in an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Sighash {
    /// No signature.
    #[default]
    None,
    /// The flags of an ECDSA signature.
    Ecdsa(u8),
    /// The flags of a Schnorr signature, which is one only if the output that is spent is taproot.
    Schnorr(u8),
}

/// Looks for a signature among the pushes of an input script.
pub(super) fn of_script(script: &[u8]) -> Sighash {
    let mut rest = script;
    while let Some((&opcode, after)) = rest.split_first() {
        let (length, after) = match opcode {
            0x01..=0x4b => (usize::from(opcode), after),
            0x4c => match after.split_first_chunk::<1>() {
                Some((length, after)) => (usize::from(length[0]), after),
                None => break,
            },
            0x4d => match after.split_first_chunk() {
                Some((length, after)) => (usize::from(u16::from_le_bytes(*length)), after),
                None => break,
            },
            0x4e => match after.split_first_chunk() {
                Some((length, after)) => (u32::from_le_bytes(*length) as usize, after),
                None => break,
            },
            // Not a push: nothing to read.
            _ => (0, after),
        };
        let Some((pushed, after)) = after.split_at_checked(length) else { break };
        if let Some(flags) = of_der(pushed) {
            return Sighash::Ecdsa(flags);
        }
        rest = after;
    }
    Sighash::None
}

/// Looks at the items of a witness, one after the other, and keeps none of them.
#[derive(Debug, Default)]
pub(super) struct WitnessScan<'a> {
    count: usize,
    first: &'a [u8],
    last: &'a [u8],
    before_last: &'a [u8],
    /// The first item that has the length of a Schnorr signature, and where it was.
    schnorr: Option<(usize, u8)>,
    ecdsa: Option<u8>,
}

impl<'a> WitnessScan<'a> {
    pub(super) fn item(&mut self, item: &'a [u8]) {
        if self.count == 0 {
            self.first = item;
        }
        if self.schnorr.is_none() {
            self.schnorr = of_schnorr(item).map(|flags| (self.count, flags));
        }
        if self.ecdsa.is_none() {
            self.ecdsa = of_der(item);
        }
        self.before_last = self.last;
        self.last = item;
        self.count += 1;
    }

    pub(super) fn finish(self) -> Sighash {
        let annex = self.count >= 2 && self.last.first() == Some(&0x50);
        let (count, last) = if annex { (self.count - 1, self.before_last) } else { (self.count, self.last) };
        if count == 1
            && let Some(flags) = of_schnorr(self.first)
        {
            return Sighash::Schnorr(flags);
        }
        if count >= 2 && is_control_block(last) {
            let before_script = self.schnorr.filter(|(place, _)| place + 2 < count);
            return before_script.map_or(Sighash::None, |(_, flags)| Sighash::Schnorr(flags));
        }
        self.ecdsa.map_or(Sighash::None, Sighash::Ecdsa)
    }
}

/// The flags of a signature in DER: 9 to 73 bytes, whose parts fill it exactly.
fn of_der(bytes: &[u8]) -> Option<u8> {
    let (&flags, der) = bytes.split_last()?;
    if !(8..=72).contains(&der.len()) {
        return None;
    }
    let [0x30, length, 0x02, parts @ ..] = der else { return None };
    let (&r, parts) = parts.split_first()?;
    let (r, parts) = parts.split_at_checked(usize::from(r))?;
    let [0x02, s, parts @ ..] = parts else { return None };
    let fills = usize::from(*length) == der.len() - 2 && usize::from(*s) == parts.len();
    (fills && !r.is_empty() && !parts.is_empty()).then_some(flags)
}

/// The flags of what has the length of a Schnorr signature. With 65 bytes they have to be flags there are, and not the
/// default, which is then left out.
fn of_schnorr(bytes: &[u8]) -> Option<u8> {
    match bytes {
        [.., flags] if bytes.len() == 65 => matches!(flags, 0x01..=0x03 | 0x81..=0x83).then_some(*flags),
        _ => (bytes.len() == 64).then_some(DEFAULT),
    }
}

/// A control block of a tapscript: leaf version `c0` and a parity bit, a key, and up to 128 hashes.
fn is_control_block(bytes: &[u8]) -> bool {
    let length = bytes.len();
    bytes.first().is_some_and(|first| first & 0xfe == 0xc0)
        && (33..=33 + 32 * 128).contains(&length)
        && length % 32 == 1
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{BufRead as _, BufReader};

    use bitcoin::{ecdsa, taproot};
    use serde_json::Value;

    use super::{Sighash, WitnessScan, of_script};
    use crate::testing::data;

    /// A signature of two numbers of these lengths.
    fn der(r: usize, s: usize, flags: u8) -> Vec<u8> {
        let mut bytes = vec![0x30, u8::try_from(4 + r + s).unwrap(), 2, u8::try_from(r).unwrap()];
        bytes.extend(vec![7; r]);
        bytes.extend([2, u8::try_from(s).unwrap()]);
        bytes.extend(vec![9; s]);
        bytes.push(flags);
        bytes
    }

    fn push(bytes: &[u8]) -> Vec<u8> {
        [&[u8::try_from(bytes.len()).unwrap()], bytes].concat()
    }

    fn witness(items: &[&[u8]]) -> Sighash {
        let mut scan = WitnessScan::default();
        items.iter().for_each(|item| scan.item(item));
        scan.finish()
    }

    #[test]
    fn the_first_signature_of_an_input_script_counts() {
        let key = push(&[2; 33]);
        assert_eq!(of_script(&[push(&der(32, 32, 0x81)), key.clone()].concat()), Sighash::Ecdsa(0x81));
        let multisig = [vec![0], push(&der(33, 32, 1)), push(&der(32, 33, 0x83)), vec![0x4c, 2, 0x51, 0xae]].concat();
        assert_eq!(of_script(&multisig), Sighash::Ecdsa(1));
        let long = der(32, 32, 3);
        for head in [vec![0x4c, 71], vec![0x4d, 71, 0], vec![0x4e, 71, 0, 0, 0]] {
            assert_eq!(of_script(&[head, long.clone()].concat()), Sighash::Ecdsa(3));
        }
        assert_eq!(of_script(&push(&der(1, 1, 2))), Sighash::Ecdsa(2));
    }

    #[test]
    fn what_is_no_signature_or_is_cut_off_gives_none() {
        let mut wrong = der(32, 32, 1);
        wrong[1] += 1;
        let cut = push(&der(32, 32, 1));
        for script in [&[][..], &[0x4c], &[0x4d, 1], &[0x4e, 1, 0, 0], &[5, 1], &cut[..cut.len() - 1], &push(&wrong)] {
            assert_eq!(of_script(script), Sighash::None, "{script:?}");
        }
        assert_eq!(of_script(&push(&[2; 33])), Sighash::None);
        assert_eq!(of_script(&push(&der(0, 8, 1))), Sighash::None);
    }

    #[test]
    fn witnesses_are_read_by_what_they_are() {
        let (signature, key) = (der(32, 32, 0x83), [2; 33]);
        assert_eq!(witness(&[&signature, &key]), Sighash::Ecdsa(0x83));
        assert_eq!(witness(&[&[], &der(32, 32, 1), &signature, &[0x52; 71]]), Sighash::Ecdsa(1));
        let schnorr = |flags: u8| [vec![5; 64], vec![flags]].concat();
        assert_eq!(witness(&[&[5; 64]]), Sighash::Schnorr(0));
        assert_eq!(witness(&[&schnorr(0x81)]), Sighash::Schnorr(0x81));
        assert_eq!(witness(&[&schnorr(0x81), &[0x50, 1, 2]]), Sighash::Schnorr(0x81));
        assert_eq!(witness(&[&schnorr(0)]), Sighash::None, "the default is never written");
        let control = [vec![0xc1], vec![3; 64]].concat();
        assert_eq!(witness(&[&schnorr(0x83), &[0x20; 34], &control]), Sighash::Schnorr(0x83));
        assert_eq!(witness(&[&schnorr(0x83), &[0x20; 34], &control, &[0x50]]), Sighash::Schnorr(0x83));
        assert_eq!(witness(&[&[0x20; 64], &control]), Sighash::None, "a script of that length is no signature");
        assert_eq!(witness(&[]), Sighash::None);
    }

    /// What the signature of an input says, by the type of the output it spends and the parsers of the `bitcoin` crate.
    fn expected(kind: &str, script: &[u8], witness: &[Vec<u8>]) -> Option<i64> {
        let ecdsa =
            |bytes: &[u8]| ecdsa::Signature::from_slice(bytes).ok().map(|found| i64::from(found.sighash_type as u8));
        let schnorr =
            |bytes: &[u8]| taproot::Signature::from_slice(bytes).ok().map(|found| i64::from(found.sighash_type as u8));
        if kind == "v1_p2tr" {
            let annex = witness.len() > 1 && witness.last().is_some_and(|last| last.first() == Some(&0x50));
            let witness = &witness[..witness.len() - usize::from(annex)];
            let signed = if witness.len() == 1 { witness } else { &witness[..witness.len() - 2] };
            return signed.iter().find_map(|item| schnorr(item));
        }
        let pushes = bitcoin::Script::from_bytes(script).instructions().map_while(Result::ok);
        let mut pushes = pushes.filter_map(|push| push.push_bytes().map(|bytes| bytes.as_bytes().to_vec()));
        pushes.find_map(|push| ecdsa(&push)).or_else(|| witness.iter().find_map(|item| ecdsa(item)))
    }

    #[test]
    fn the_inputs_of_eight_thousand_transactions_of_2024_are_read_as_their_outputs_ask_for() {
        let Some(path) = data("bitcoin/mempool-2024.ndjson.gz") else { return };
        let file = flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap());
        let bytes = |text: &Value| hex::decode(text.as_str().unwrap_or_default()).unwrap();
        let mut counts: BTreeMap<(String, Option<i64>), u32> = BTreeMap::new();
        for line in BufReader::new(file).lines() {
            let transaction: Value = serde_json::from_str(&line.unwrap()).unwrap();
            for input in transaction["vin"].as_array().unwrap() {
                let kind = input["prevout"]["scriptpubkey_type"].as_str().unwrap();
                let script = bytes(&input["scriptsig"]);
                let witness: Vec<_> = input["witness"].as_array().into_iter().flatten().map(bytes).collect();
                let mut found = of_script(&script);
                if found == Sighash::None {
                    let mut scan = WitnessScan::default();
                    witness.iter().for_each(|item| scan.item(item));
                    found = scan.finish();
                }
                let flags = match found {
                    Sighash::Ecdsa(flags) => Some(i64::from(flags)),
                    Sighash::Schnorr(flags) if kind == "v1_p2tr" => Some(i64::from(flags)),
                    Sighash::Schnorr(_) | Sighash::None => None,
                };
                assert_eq!(flags, expected(kind, &script, &witness), "{input}");
                *counts.entry((kind.to_owned(), flags)).or_default() += 1;
            }
        }
        let count = |kind: &str, flags| counts.get(&(kind.to_owned(), flags)).copied().unwrap_or_default();
        assert!(count("v1_p2tr", Some(0)) > 1_000, "{counts:?}");
        assert!(count("v1_p2tr", Some(0x83)) > 0, "{counts:?}");
        assert!(count("v0_p2wpkh", Some(1)) > 1_000 && count("v0_p2wpkh", None) == 0, "{counts:?}");
    }
}
