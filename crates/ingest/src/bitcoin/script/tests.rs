//! Scripts against known vectors, against the `bitcoin` crate, and there and back again.

use bitcoin::Script;
use proptest::prelude::*;

use super::{ScriptType, identifier, script_of, script_type};
use crate::bitcoin::Network;

fn multisig(required: &[u8], keys: &[usize], count: &[u8]) -> Vec<u8> {
    let mut script = required.to_vec();
    for &length in keys {
        script.push(u8::try_from(length).unwrap());
        script.extend(std::iter::repeat_n(7, length));
    }
    script.extend_from_slice(count);
    script.push(0xae);
    script
}

#[test]
fn names_the_corner_cases() {
    let cases: &[(Vec<u8>, ScriptType)] = &[
        (vec![], ScriptType::Nonstandard),
        (vec![0x6a], ScriptType::NullData),
        (vec![0x51, 0x02, 0x4e, 0x73], ScriptType::P2a),
        (vec![0x52, 0x02, 0x4e, 0x73], ScriptType::WitnessUnknown),
        (vec![0x51, 0x01, 0x4e], ScriptType::Nonstandard),
        (vec![0x00, 0x02, 0x4e, 0x73], ScriptType::Nonstandard),
        (vec![0xac], ScriptType::Nonstandard),
        (vec![0xae], ScriptType::Nonstandard),
        (multisig(&[0x51], &[65, 33], &[0x52]), ScriptType::Multisig),
        (multisig(&[0x53], &[33, 33, 33], &[0x53]), ScriptType::Multisig),
        (multisig(&[0x53], &[33, 33], &[0x52]), ScriptType::Nonstandard),
        (multisig(&[0x51], &[33], &[0x52]), ScriptType::Nonstandard),
        (multisig(&[0x00], &[33], &[0x51]), ScriptType::Nonstandard),
        (multisig(&[0x51], &[32], &[0x51]), ScriptType::Nonstandard),
        (multisig(&[0x51], &[33; 20], &[0x01, 20]), ScriptType::Multisig),
        (multisig(&[0x51], &[33; 21], &[0x01, 21]), ScriptType::Nonstandard),
        (multisig(&[0x51], &[33; 16], &[0x01, 16]), ScriptType::Nonstandard),
    ];
    for (script, expected) in cases {
        assert_eq!(script_type(script), *expected, "{}", hex::encode(script));
    }
}

#[test]
fn shows_known_scripts_by_their_addresses() {
    let cases = [
        ("76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("a914748284390f9e263a4b766a75d0633c50426eb87587", "3CK4fEwbMP7heJarmU4eqA3sMbVJyEnU3V"),
        ("0014751e76e8199196d454941c45d1b3a323f1433bd6", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        (
            "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ),
        ("51024e73", "bc1pfeessrawgf"),
    ];
    for (script, address) in cases {
        let script = hex::decode(script).unwrap();
        assert_eq!(identifier(&script, Network::Main), address);
        assert_eq!(script_of(address, Network::Main).unwrap(), script);
        assert_eq!(script_of(address, Network::Testnet3), None, "an address of another network");
    }
    assert_eq!(script_of("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", Network::Main), None, "a wrong checksum");
    assert_eq!(script_of("p2pk:00", Network::Main), None);
    assert_eq!(script_of("multisig:51", Network::Main), None);
}

/// Scripts that are likely to be near a template: a template, then up to two bytes changed.
fn near_templates() -> impl Strategy<Value = Vec<u8>> {
    let body = proptest::collection::vec(any::<u8>(), 65);
    (0..9_u8, body, proptest::option::of((any::<prop::sample::Index>(), any::<u8>()))).prop_map(
        |(kind, body, change)| {
            let mut script = match kind {
                0 => [&[0x76, 0xa9, 0x14], &body[..20], &[0x88, 0xac]].concat(),
                1 => [&[0xa9, 0x14], &body[..20], &[0x87]].concat(),
                2 => [&[0x00, 0x14], &body[..20]].concat(),
                3 => [&[0x00, 0x20], &body[..32]].concat(),
                4 => [&[0x51, 0x20], &body[..32]].concat(),
                5 => [&[0x21], &body[..33], &[0xac]].concat(),
                6 => [&[0x41], &body[..65], &[0xac]].concat(),
                7 => [&[0x51, 0x21], &body[..33], &[0x51, 0xae]].concat(),
                _ => body,
            };
            if let Some((index, byte)) = change {
                let place = index.index(script.len());
                script[place] = byte;
            }
            script
        },
    )
}

proptest! {
    #[test]
    fn every_script_has_one_text_and_every_text_its_script(script in near_templates()) {
        for network in Network::ALL {
            let text = identifier(&script, network);
            prop_assert_eq!(script_of(&text, network), Some(script.clone()), "{}", text);
        }
    }

    #[test]
    fn templates_agree_with_the_bitcoin_crate(script in near_templates()) {
        let theirs = Script::from_bytes(&script);
        let ours = script_type(&script);
        prop_assert_eq!(theirs.is_p2pkh(), ours == ScriptType::P2pkh);
        prop_assert_eq!(theirs.is_p2sh(), ours == ScriptType::P2sh);
        prop_assert_eq!(theirs.is_p2wpkh(), ours == ScriptType::P2wpkh);
        prop_assert_eq!(theirs.is_p2wsh(), ours == ScriptType::P2wsh);
        prop_assert_eq!(theirs.is_p2tr(), ours == ScriptType::P2tr);
        prop_assert_eq!(theirs.is_op_return(), ours == ScriptType::NullData);
        prop_assert_eq!(theirs.is_p2pk(), ours == ScriptType::P2pk);
    }

    #[test]
    fn any_bytes_have_a_text(script in proptest::collection::vec(any::<u8>(), 0..80), text in ".{0,40}") {
        prop_assert_eq!(script_of(&identifier(&script, Network::Main), Network::Main), Some(script));
        let _ = script_of(&text, Network::Main);
    }
}
