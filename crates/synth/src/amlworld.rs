//! Streams transactions in the shape of IBM's AMLworld, for benches that need millions of rows and no licence.
//!
//! What is imitated is what costs an importer time or breaks its assumptions: two columns of one name, times to the
//! minute and out of order by up to three hours, bank ids with leading zeros, hexadecimal accounts, about 12 % payments
//! to oneself, activity that follows Zipf's law, amounts that are log-normal, 0.1 % labelled rows in small patterns.
//!
//! Powers are taken from a table built by multiplication alone, so that the bytes do not depend on the machine's
//! mathematics library.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::SynthError;
use crate::calendar::{at, day};
use crate::random::{Dice, Stream};

const HEADER: &str = "Timestamp,From Bank,Account,To Bank,Account,Amount Received,Receiving Currency,Amount Paid,\
Payment Currency,Payment Format,Is Laundering\n";

/// Names, and the worth of a thousand units in thousandths of a dollar.
const CURRENCIES: [(&str, u64); 15] = [
    ("US Dollar", 1_000),
    ("Euro", 1_172),
    ("Yuan", 149),
    ("Yen", 9),
    ("UK Pound", 1_291),
    ("Rupee", 14),
    ("Ruble", 13),
    ("Swiss Franc", 1_092),
    ("Canadian Dollar", 758),
    ("Australian Dollar", 708),
    ("Brazil Real", 177),
    ("Mexican Peso", 47),
    ("Shekel", 296),
    ("Saudi Riyal", 267),
    ("Bitcoin", 11_884_000),
];
const FORMATS: [&str; 7] = ["Reinvestment", "Cheque", "Credit Card", "ACH", "Cash", "Wire", "Bitcoin"];
const DAYS: u64 = 18;

/// Writes `rows` transactions over 18 days to `path`.
///
/// Memory does not depend on `rows`: rows are formatted by hand into a buffer of one megabyte.
///
/// # Errors
/// [`SynthError::Write`] if the file cannot be written.
pub fn write_amlworld(rows: u64, seed: u64, path: &Path) -> Result<(), SynthError> {
    let mut file = File::create(path).map_err(|source| SynthError::write(path, source))?;
    let mut generator = Generator::new(rows, seed);
    let mut buffer = Vec::with_capacity(1 << 20);
    buffer.extend_from_slice(HEADER.as_bytes());
    for row in 0..rows {
        generator.row(row, &mut buffer);
        if buffer.len() > (1 << 20) - 512 {
            file.write_all(&buffer).map_err(|source| SynthError::write(path, source))?;
            buffer.clear();
        }
    }
    file.write_all(&buffer).map_err(|source| SynthError::write(path, source))
}

/// A pattern being played out, one labelled row now and then between the innocent ones.
struct Episode {
    hub: u64,
    kind: u64,
    step: u64,
    length: u64,
}

struct Generator {
    dice: Dice,
    rows: u64,
    accounts: u64,
    log_accounts: u64,
    powers: Vec<u64>,
    salt: u64,
    dates: Vec<String>,
    episode: Option<Episode>,
}

/// One row before it is text.
struct Drawn {
    from: u64,
    to: u64,
    format: &'static str,
    label: u8,
}

impl Generator {
    fn new(rows: u64, seed: u64) -> Self {
        let accounts = (rows / 10).max(50);
        // 2^(i/256) in units of 2^-32; the factor is 2^(1/256) in the same units.
        let mut powers = vec![1_u64 << 32];
        for index in 0..255 {
            powers.push(((u128::from(powers[index]) * 4_306_612_133) >> 32) as u64);
        }
        let start = day(2022, 9, 1);
        let dates = (0..DAYS + 1).map(|offset| {
            let date = crate::calendar::date_of(at(start, 0, 0) + offset as i64 * 86_400);
            date.format("%Y/%m/%d ").to_string()
        });
        let mut generator = Self {
            dice: Dice::new(seed, Stream::Amlworld),
            rows: rows.max(1),
            accounts,
            log_accounts: 0,
            powers,
            salt: seed,
            dates: dates.collect(),
            episode: None,
        };
        generator.log_accounts = generator.log2(accounts);
        generator
    }

    /// log₂ in units of 1/256, rounded down.
    fn log2(&self, value: u64) -> u64 {
        let whole = u64::from(63 - value.max(1).leading_zeros());
        let rest = ((u128::from(value) << 32) >> whole) as u64;
        whole * 256 + self.powers.partition_point(|power| *power <= rest) as u64 - 1
    }

    /// 2^(exponent/65536), the low byte interpolated.
    fn power(&self, exponent: u64) -> u64 {
        let (whole, index, rest) = (exponent >> 16, (exponent >> 8 & 255) as usize, exponent & 255);
        let low = self.powers[index];
        let high = self.powers.get(index + 1).copied().unwrap_or(1 << 33);
        let mantissa = low + (((high - low) * rest) >> 8);
        ((u128::from(mantissa) << whole) >> 32) as u64
    }

    /// An account by Zipf's law: a rank is a power of the number of accounts with a uniform exponent.
    fn account(&self, bits: u64) -> u64 {
        let exponent = ((bits & 0xffff_ffff) * (self.log_accounts << 8)) >> 32;
        self.power(exponent).saturating_sub(1).min(self.accounts - 1)
    }

    fn draw(&mut self, row: u64) -> Drawn {
        let bits = self.dice.bits();
        if self.episode.is_none() && bits.is_multiple_of(7_000) {
            let seed = self.dice.bits();
            let hub = self.account(seed);
            let length = 4 + self.dice.bits() % 7;
            self.episode = Some(Episode { hub, kind: bits / 7_000 % 3, step: 0, length });
        }
        if let Some(episode) = self.episode.as_mut().filter(|_| row.is_multiple_of(3)) {
            let Episode { hub, kind, step, length } = *episode;
            episode.step += 1;
            if episode.step == length {
                self.episode = None;
            }
            let member = |step: u64| (hub + 1 + step * 7_919) % self.accounts;
            let around = |step: u64| if step.is_multiple_of(length) { hub } else { member(step) };
            let (from, to) = match kind {
                0 => (member(step), hub),
                1 => (hub, member(step)),
                _ => (around(step), around(step + 1)),
            };
            return Drawn { from, to, format: "ACH", label: 1 };
        }
        let (payer, payee) = (self.dice.bits(), self.dice.bits());
        let from = self.account(payer);
        if bits >> 32 & 1_023 < 123 {
            return Drawn { from, to: from, format: FORMATS[0], label: 0 };
        }
        let to = self.account(payee);
        let format = match bits >> 42 & 31 {
            0..=10 => FORMATS[1],
            11..=20 => FORMATS[2],
            21..=25 => FORMATS[3],
            26..=28 => FORMATS[4],
            29..=30 => FORMATS[5],
            _ => FORMATS[6],
        };
        Drawn { from, to, format, label: u8::from(bits >> 48 & 4_095 == 0) }
    }

    fn row(&mut self, row: u64, out: &mut Vec<u8>) {
        let Drawn { from, to, format, label } = self.draw(row);
        let bits = self.dice.bits();
        let total = DAYS * 1_440;
        let minute = (row * total / self.rows).saturating_sub(bits % 180).min(total - 1);
        out.extend_from_slice(self.dates[(minute / 1_440) as usize].as_bytes());
        two_digits(out, minute / 60 % 24);
        out.push(b':');
        two_digits(out, minute % 60);
        let (payer, payee) = (self.home(from), self.home(to));
        for side in [payer, payee] {
            out.push(b',');
            bank(out, side);
            out.push(b',');
            account(out, side);
        }
        // The sum of eight uniform bytes is near enough to normal; in powers of two that makes amounts log-normal.
        let uniform = self.dice.bits().to_le_bytes();
        let normal: u64 = uniform.iter().map(|byte| u64::from(*byte)).sum();
        let dollars = self.power(normal * 1_100 - normal.min(200) * 100 + (bits >> 20 & 0xffff));
        let paid = if format == "Bitcoin" { 14 } else { currency(payer) };
        let received = if bits >> 40 & 63 == 0 { currency(payee) } else { paid };
        for (unit, after) in [(received, b','), (paid, b',')] {
            let cents = (dollars * 1_000 / CURRENCIES[unit].1).max(1);
            out.push(after);
            decimal(out, cents / 100);
            out.push(b'.');
            two_digits(out, cents % 100);
            out.push(b',');
            out.extend_from_slice(CURRENCIES[unit].0.as_bytes());
        }
        out.push(b',');
        out.extend_from_slice(format.as_bytes());
        out.extend_from_slice(&[b',', b'0' + label, b'\n']);
    }

    /// A scrambled identity of an account, from which its bank, number and currency are taken (SplitMix64).
    fn home(&self, account: u64) -> u64 {
        let mut bits = account.wrapping_add(self.salt.wrapping_mul(0x9e37_79b9)).wrapping_add(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ bits >> 31
    }
}

fn two_digits(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&[b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]);
}

fn decimal(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0_u8; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
}

/// A bank id: a zero, then at least two digits, as AMLworld has them.
fn bank(out: &mut Vec<u8>, home: u64) {
    let number = if home & 3 == 0 { home >> 2 & 63 } else { home >> 2 & 16_383 };
    out.push(b'0');
    if number < 10 {
        out.push(b'0');
    }
    decimal(out, number);
}

/// An account number: `8` and eight hexadecimal digits.
fn account(out: &mut Vec<u8>, home: u64) {
    out.push(b'8');
    for shift in (0..8).rev() {
        out.push(b"0123456789ABCDEF"[(home >> 32 >> (shift * 4) & 15) as usize]);
    }
}

/// The place of an account's currency: dollar and euro for more than half, Bitcoin for nobody.
fn currency(home: u64) -> usize {
    match home >> 16 & 15 {
        0..=5 => 0,
        6..=9 => 1,
        _ => 2 + (home >> 20 & 0xff) as usize % 12,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn rows_have_the_shape_of_amlworld() {
        let folder = tempfile::tempdir().unwrap();
        let (path, again) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
        write_amlworld(200_000, 7, &path).unwrap();
        write_amlworld(200_000, 7, &again).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, std::fs::read_to_string(&again).unwrap());

        let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
        assert_eq!(rows.len(), 200_000);
        assert!(rows.iter().all(|row| row.len() == 11));
        let share = |test: &dyn Fn(&Vec<&str>) -> bool| rows.iter().filter(|row| test(row)).count() as f64 / 200_000.0;
        assert!((0.10..0.14).contains(&share(&|row| row[9] == "Reinvestment")));
        assert!((0.0005..0.002).contains(&share(&|row| row[10] == "1")));
        assert!(rows.iter().filter(|row| row[9] == "Reinvestment").all(|row| row[2] == row[4]));
        assert!(rows.windows(2).any(|pair| pair[0][0] > pair[1][0]), "times are not sorted");
        assert!(rows[0][0].starts_with("2022/09/01 ") && rows[199_999][0].starts_with("2022/09/18 "));
        let distinct = |column: usize| rows.iter().map(|row| row[column]).collect::<BTreeSet<_>>().len();
        assert_eq!((distinct(6), distinct(9)), (15, 7));
        assert!((8_000..25_000).contains(&distinct(2)), "{}", distinct(2));
        let mut amounts: Vec<f64> = rows.iter().map(|row| row[7].parse().unwrap()).collect();
        amounts.sort_by(f64::total_cmp);
        assert!(amounts[100_000] > 50.0 && amounts[199_900] > amounts[100_000] * 100.0, "{}", amounts[100_000]);
    }
}
