//! Names that follow from what they name: UUIDs of version 5 (RFC 9562, section 5.5).

use sha1::{Digest as _, Sha1};

/// The namespace of observables, from STIX 2.1 section 2.9: their UUID is made of the properties that identify them.
const OBSERVABLES: [u8; 16] = hex16(0x00ab_edb4_aa42_466c_9c01_fed2_3315_a9b7);
/// The namespace of everything Headwater names itself.
const HEADWATER: [u8; 16] = hex16(0x6d1f_0c1e_2b7a_4f0d_9e57_34c1_a8d2_90b6);

const fn hex16(number: u128) -> [u8; 16] {
    number.to_be_bytes()
}

/// The UUID of version 5 of a name in a namespace, in its usual form.
pub fn uuid_v5(namespace: [u8; 16], name: &str) -> String {
    let bytes = raw(namespace, name);
    let text = hex::encode(bytes);
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

fn raw(namespace: [u8; 16], name: &str) -> [u8; 16] {
    let mut hasher = Sha1::new();
    hasher.update(namespace);
    hasher.update(name.as_bytes());
    let mut bytes = [0; 16];
    for (place, byte) in bytes.iter_mut().zip(hasher.finalize()) {
        *place = byte;
    }
    let [.., version, _, variant, _, _, _, _, _, _, _] = &mut bytes;
    *version = (*version & 0x0f) | 0x50;
    *variant = (*variant & 0x3f) | 0x80;
    bytes
}

/// The id of an observable: `contributing` are the identifying properties, as canonical JSON (RFC 8785) writes them.
pub(super) fn observable(kind: &str, contributing: &str) -> String {
    format!("{kind}--{}", uuid_v5(OBSERVABLES, contributing))
}

/// The ids of one sender's own objects. Two senders that say something of the same finding say two things.
#[derive(Debug, Clone, Copy)]
pub(super) struct Namer {
    namespace: [u8; 16],
}

impl Namer {
    pub(super) fn new(sender: &str) -> Self {
        Self { namespace: raw(HEADWATER, sender) }
    }

    /// `relationship--…` for a key that is unique among the sender's relationships.
    pub(super) fn id(&self, kind: &str, key: &str) -> String {
        format!("{kind}--{}", uuid_v5(self.namespace, &format!("{kind}\n{key}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_the_standard() {
        // RFC 9562, appendix A.4: the DNS namespace and www.example.com.
        let dns = hex16(0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8);
        assert_eq!(uuid_v5(dns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
    }

    #[test]
    fn observables_have_the_ids_that_the_stix_library_gives_them() {
        for (kind, contributing, id) in [
            ("cryptocurrency-wallet", r#"{"value":"12cb"}"#, "2b2efdc1-8eb4-5fae-89fc-4c6e8a485677"),
            ("bank-account", r#"{"iban":"EE27"}"#, "ce39404a-05da-596b-bc82-2ea8905a6011"),
            (
                "cryptocurrency-transaction",
                r#"{"symbol":"BTC","value":"f418"}"#,
                "e2c4267e-dd83-5f26-baa8-484855c3d8d4",
            ),
        ] {
            assert_eq!(observable(kind, contributing), format!("{kind}--{id}"));
        }
    }

    #[test]
    fn a_senders_names_are_its_own() {
        let (one, other) = (Namer::new("one"), Namer::new("other"));
        assert_eq!(one.id("note", "a"), one.id("note", "a"));
        assert_ne!(one.id("note", "a"), other.id("note", "a"));
        assert_ne!(one.id("note", "a"), one.id("report", "a").replace("report", "note"));
    }
}
