//! `label_within(label, clearance)`: whether a clearance covers a row.

use std::sync::LazyLock;

use datafusion::arrow::array::BooleanArray;
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
        "label_within(label, clearance)",
        "Tells whether a clearance covers a row with this handling label: whether the label asks for nothing that the \
         clearance does not name. A row without a label is covered by every clearance, and a code such as H1 only by one \
         that names it.",
        r"
> SELECT label_within('TLP:GREEN', 'TLP:AMBER') AS lower, label_within('TLP:GREEN H1', 'TLP:AMBER') AS code;
+-------+-------+
| lower | code  |
+-------+-------+
| true  | false |
+-------+-------+
",
    )
    .with_argument("label", "The row's label; NULL is none.")
    .with_argument("clearance", "What the reader may see, written as a label.")
    .with_related_udf("label_join")
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(LabelWithinFunc { signature: Signature::coercible(vec![text(), text()], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct LabelWithinFunc {
    signature: Signature,
}

impl ScalarUDFImpl for LabelWithinFunc {
    fn name(&self) -> &str {
        "label_within"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let shape = Shape::of(&call);
        let [label, clearance] = take_function_args(self.name(), &call.args)?;
        let (labels, clearances) = (Strings::new(self.name(), label)?, Strings::new(self.name(), clearance)?);
        let covered = (0..shape.rows).map(|row| {
            let clearance = Label::parse(clearances.value(row)?);
            Some(Label::parse(labels.value(row).unwrap_or_default()).is_within(&clearance))
        });
        shape.finish(covered.collect::<BooleanArray>())
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}
