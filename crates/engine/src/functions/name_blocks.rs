//! `name_blocks(text)`: the blocks in which the spellings of one name meet, as numbers.
//!
//! To compare every holder with every entry of a list is to make 10¹³ comparisons. A block is a small group of names that
//! have something rare in common, and only names of one block are compared. A name is in the block of each *word*, and of each *two
//! words*, by what they sound like ([`name_sounds`](super::name_sounds)):
//!
//! ```text
//! Farid Kazımov   frt · ksmf · frt+ksmf          a word alone helps where it is rare: whoever asks
//! Фарид Казимов   frt · ksmf · frt+ksmf          leaves out blocks that are too large
//! عبد الله حسن    pt · l · ksn · pt+l+ksn …      neighbours are also one word: Abdullah is written both ways
//! ```
//!
//! Particles (al, bin, von) make no block; a name of nothing else has those of its particles. Order is nothing.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::builder::{Int64Builder, ListBuilder};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::Result;
use datafusion::common::utils::take_function_args;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::name_key::KeyMaker;
use super::name_sounds::{Sounds, is_particle};
use super::strings::{Shape, Strings, text};

/// Words of a name that count; a name of more is a list of names, or a sentence.
const MAX_WORDS: usize = 8;

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "name_blocks(text)",
        "Returns the blocks in which the spellings of a name meet, as numbers: one for each word and one for each two \
         words, by what they sound like. Two names without a block in common need not be compared. Order, legal forms \
         and particles are nothing. NULL where `name_key` is.",
        r"
> SELECT array_has_any(name_blocks('Фарид Казимов'), name_blocks('KAZYMOV Ferid')) AS spelled,
         array_has_any(name_blocks('محمد حسين'), name_blocks('Muhammad Hussein')) AS scripts,
         array_has_any(name_blocks('Farid Kazimov'), name_blocks('Metastar Invest')) AS strangers;
+---------+---------+-----------+
| spelled | scripts | strangers |
+---------+---------+-----------+
| true    | true    | false     |
+---------+---------+-----------+
",
    )
    .with_argument("text", "The name of a person or a company, in any script.")
    .with_related_udf("name_alignment")
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(NameBlocksFunc { signature: Signature::coercible(vec![text()], Volatility::Immutable) })
}

fn item() -> Arc<Field> {
    Arc::new(Field::new_list_field(DataType::Int64, true))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NameBlocksFunc {
    signature: Signature,
}

impl ScalarUDFImpl for NameBlocksFunc {
    fn name(&self) -> &str {
        "name_blocks"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::List(item()))
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let shape = Shape::of(&call);
        let [argument] = take_function_args(self.name(), &call.args)?;
        let names = Strings::new(self.name(), argument)?;
        let mut lists = ListBuilder::with_capacity(Int64Builder::new(), shape.rows).with_field(item());
        let mut maker = KeyMaker::default();
        let mut blocks = Vec::new();
        for row in 0..shape.rows {
            blocks.clear();
            let known = names.value(row).is_some_and(|name| fill(&mut maker, name, &mut blocks));
            lists.values().append_slice(&blocks);
            lists.append(known);
        }
        shape.finish(lists.finish())
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

/// Fills in the blocks of a name, in order and each once; false for a text without a name.
fn fill(maker: &mut KeyMaker, name: &str, blocks: &mut Vec<i64>) -> bool {
    let mut words = maker.words(name);
    if words.is_empty() {
        return false;
    }
    if words.iter().any(|word| !is_particle(word)) {
        words.retain(|word| !is_particle(word));
    }
    words.truncate(MAX_WORDS);
    let sounds: Vec<Sounds> = words.iter().map(|word| Sounds::of(word)).collect();
    let joined: Vec<Sounds> = words.windows(2).map(|pair| Sounds::of(&pair.concat())).collect();
    for (index, one) in sounds.iter().enumerate() {
        blocks.extend(one.iter().map(|code| block(code, 0)));
        for other in sounds.iter().skip(index + 1) {
            pair(one, other, blocks);
        }
    }
    for (index, one) in joined.iter().enumerate() {
        blocks.extend(one.iter().map(|code| block(code, 0)));
        let others = sounds.iter().enumerate().filter(|(other, _)| *other != index && *other != index + 1);
        others.for_each(|(_, other)| pair(one, other, blocks));
    }
    blocks.sort_unstable();
    blocks.dedup();
    true
}

fn pair(one: &Sounds, other: &Sounds, blocks: &mut Vec<i64>) {
    for first in one.iter() {
        blocks.extend(other.iter().map(|second| block(first.max(second), first.min(second))));
    }
}

/// Mixes two codes into one number (the finalizer of MurmurHash3, twice): the same on every machine.
fn block(first: u64, second: u64) -> i64 {
    let mix = |mut number: u64| {
        number = (number ^ (number >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        number = (number ^ (number >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        number ^ (number >> 33)
    };
    mix(mix(first).wrapping_add(second)).cast_signed()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::name_key::KeyMaker;
    use super::fill;

    fn blocks(name: &str) -> Vec<i64> {
        let mut found = Vec::new();
        fill(&mut KeyMaker::default(), name, &mut found);
        found
    }

    #[test]
    fn spellings_of_one_name_share_a_block_of_two_words() {
        for (one, other) in [
            ("Фарид Казимов", "KAZYMOV, Ferid"),
            ("عبد الله حسن", "Hasan Abdullah"),
            ("Əliyev Həsən", "Aliyev Gasan"),
            ("Đorđević Žarko", "Zarko Djordjevic"),
            ("Al-Nour Trading L.L.C.", "Nour Trading"),
            ("Usama bin Ladin", "أسامة بن لادن"),
        ] {
            let (left, right) = (blocks(one), blocks(other));
            let shared = left.iter().filter(|block| right.contains(block)).count();
            assert!(shared >= 3, "{one} {other}: {shared}");
        }
    }

    #[test]
    fn a_name_of_many_words_has_few_blocks() {
        let many = "chuchju xaxcxjx wjwcchx ".repeat(50);
        assert!(blocks(&many).len() < 1_500, "{}", blocks(&many).len());
        assert!(blocks("--").is_empty());
        assert!(!blocks("al").is_empty());
    }

    proptest! {
        #[test]
        fn the_order_of_two_words_is_nothing(one in "[a-z]{2,9}", other in "[a-z]{2,9}") {
            let (forth, back) = (blocks(&format!("{one} {other}")), blocks(&format!("{other} {one}")));
            // Neighbours joined differ with the order; all else is the same.
            let shared = forth.iter().filter(|block| back.contains(block)).count();
            prop_assert!(shared + 16 >= forth.len());
        }
    }
}
