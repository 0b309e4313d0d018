//! `raw_record(path, byte_offset, byte_length)`: the text of a row as it stands in its file.
//!
//! An importer keeps the place of every row and not its text, which would double what is spooled; the few rows that are
//! refused are fetched again for the quarantine.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array as _, AsArray as _, StringBuilder};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "raw_record(path, byte_offset, byte_length)",
        "Returns the text of a row as it stands in its file; bytes that are not UTF-8 are replaced. Only where files may be \
         read at all: the shell and imports.",
        r"
> SELECT raw_record(NULL, 0, 10) AS raw;
+-----+
| raw |
+-----+
|     |
+-----+
",
    )
    .with_argument("path", "The file.")
    .with_argument("byte_offset", "Where the row starts, as a reader gives it.")
    .with_argument("byte_length", "How long it is, as a reader gives it.")
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    let signature = Signature::exact(vec![DataType::Utf8, DataType::Int64, DataType::Int64], Volatility::Stable);
    ScalarUDF::from(RawRecordFunc { signature })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct RawRecordFunc {
    signature: Signature,
}

impl ScalarUDFImpl for RawRecordFunc {
    fn name(&self) -> &str {
        "raw_record"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&call.args)?;
        let [paths, offsets, lengths] = arrays.as_slice() else {
            return exec_err!("raw_record takes three arguments, not {}", arrays.len());
        };
        let paths = paths.as_string::<i32>();
        let (offsets, lengths) = (offsets.as_primitive::<Int64Type>(), lengths.as_primitive::<Int64Type>());
        let mut texts = StringBuilder::new();
        for row in 0..paths.len() {
            let given = paths.is_valid(row) && offsets.is_valid(row) && lengths.is_valid(row);
            let place =
                given.then(|| Some((u64::try_from(offsets.value(row)).ok()?, u64::try_from(lengths.value(row)).ok()?)));
            let Some((offset, length)) = place.flatten() else {
                texts.append_null();
                continue;
            };
            let text = headwater_ingest::raw_record(Path::new(paths.value(row)), offset, length)
                .map_err(|error| DataFusionError::External(Box::new(error)))?;
            texts.append_value(text);
        }
        Ok(ColumnarValue::Array(Arc::new(texts.finish())))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}
