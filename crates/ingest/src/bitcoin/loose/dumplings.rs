//! The lines of Dumplings' scanner: `txid:::block:::index:::time:::inputs:::outputs`.
//!
//! Inputs are `txid-vout-sat+script+type` and outputs `sat+script+type`, joined by `}{`. The type is the word of another
//! library and is read off the script instead. An index of 0 is the coinbase's, which these lists never hold: there it
//! means that the scanner did not ask.

use super::{Loose, Paid, Spent, hash, script, shown};

pub(super) fn line(line: &[u8]) -> Result<Loose, String> {
    let line = std::str::from_utf8(line).map_err(|_| "the line is not text".to_owned())?;
    let parts: Vec<&str> = line.split(":::").collect();
    let [txid, block, index, time, inputs, outputs] = parts.as_slice() else {
        return Err(format!("not txid:::block:::index:::time:::inputs:::outputs: {}", shown(line)));
    };
    let index = number(index)?;
    Ok(Loose {
        txid: hash(txid)?,
        version: None,
        locktime: None,
        size: None,
        weight: None,
        is_coinbase: false,
        inputs: inputs.split("}{").map(input).collect::<Result<_, _>>()?,
        outputs: outputs.split("}{").map(output).collect::<Result<_, _>>()?,
        height: None,
        time: Some(number(time)?),
        block: Some((*block).to_owned()),
        index: (index != 0).then_some(index),
    })
}

fn input(text: &str) -> Result<Spent, String> {
    let mut parts = text.splitn(3, '-');
    let (Some(txid), Some(vout), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(format!("not txid-vout-sat+script+type: {}", shown(text)));
    };
    let prevout = Some(output(rest)?);
    Ok(Spent { prev_txid: hash(txid)?, prev_vout: number(vout)?, prevout, sequence: None, has_witness: None })
}

fn output(text: &str) -> Result<Paid, String> {
    let mut parts = text.split('+');
    let (Some(value), Some(code)) = (parts.next(), parts.next()) else {
        return Err(format!("not sat+script+type: {}", shown(text)));
    };
    Ok(Paid { value: number(value)?, script: script(code)? })
}

/// A whole number that fits the columns: places in a transaction and seconds are no larger than 32 bits.
fn number(text: &str) -> Result<i64, String> {
    text.parse().ok().filter(|number| *number >= 0).ok_or_else(|| format!("not a whole number: {}", shown(text)))
}
