//! `label_join(words)`: the handling of what is made from rows with these labels.

use std::sync::LazyLock;

use datafusion::arrow::array::StringArray;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::utils::take_function_args;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::strings::{Shape, Strings, text};
use crate::labels::Label;

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "label_join(words)",
        "Joins handling labels: the most restrictive of each kind wins. The words of all labels are given in one text, so \
         that `label_join(string_agg(handling, ' '))` is the label of what is made from many rows. Known are TLP, PAP, and \
         the P and C of 3x5x2; any other word (H1, A2, S1, a caveat) is a restriction of its own and is kept. NULL where \
         nothing restricts.",
        r"
> SELECT label_join('TLP:GREEN H2 TLP:AMBER H1') AS joined, label_join('TLP:WHITE PAP:RED orcon') AS other;
+-----------------+-------------------------+
| joined          | other                   |
+-----------------+-------------------------+
| TLP:AMBER H1 H2 | TLP:CLEAR PAP:RED ORCON |
+-----------------+-------------------------+
",
    )
    .with_argument("words", "The labels, with blanks, commas or semicolons between their words.")
    .with_related_udf("label_within")
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(LabelJoinFunc { signature: Signature::coercible(vec![text()], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LabelJoinFunc {
    signature: Signature,
}

impl ScalarUDFImpl for LabelJoinFunc {
    fn name(&self) -> &str {
        "label_join"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let shape = Shape::of(&call);
        let [argument] = take_function_args(self.name(), &call.args)?;
        let texts = Strings::new(self.name(), argument)?;
        let joined = (0..shape.rows).map(|row| {
            let label = Label::parse(texts.value(row)?);
            (!label.is_empty()).then(|| label.to_string())
        });
        shape.finish(joined.collect::<StringArray>())
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}
