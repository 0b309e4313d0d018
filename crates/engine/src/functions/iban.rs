//! Reading an IBAN as ISO 13616 defines it: the country's own structure and the check digits, not merely the shape.

use ::iban::Iban;

/// The longest IBAN there may be.
const LONGEST: usize = 34;

/// Returns the IBAN a text is, spaces allowed anywhere as on paper. Lower case is refused: the standard knows capitals
/// only, and a text that had to be changed to pass is not what the bank printed.
pub(super) fn parse(text: &str) -> Option<Iban> {
    let mut electronic = [0; LONGEST];
    let mut length = 0;
    for byte in text.bytes().filter(|byte| *byte != b' ') {
        if !byte.is_ascii_uppercase() && !byte.is_ascii_digit() {
            return None;
        }
        *electronic.get_mut(length)? = byte;
        length += 1;
    }
    std::str::from_utf8(electronic.get(..length)?).ok()?.parse().ok()
}
