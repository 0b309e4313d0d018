//! `read_csv_long`: a table with a column for each thing, read as a row for each thing.
//!
//! Rate histories come as one line a day and one column a currency. Which columns there are is the file's own affair, so
//! the mapping cannot name them: here the first column of a record is its `key`, and every other cell that is not empty
//! is a row with the `name` of its column and its `value`.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};

use super::options::CsvOptions;
use super::pipeline::CsvReader;
use crate::{IngestError, ReadArgs, Reader, ReaderSpec};

/// The list entry of the format.
pub(crate) const SPEC: ReaderSpec = ReaderSpec {
    name: "csv_long",
    relations: &[(
        "read_csv_long",
        "One row per filled cell of a delimited text file: the first column as `key`, the column's name and the cell's text.",
    )],
    usage: "path [, header] [, 'skip=N/A, delimiter=;, …']",
    schema,
    open,
};

/// The columns of `read_csv` that say where a record stands: position, line, byte_offset, byte_length, error.
const PLACES: usize = 5;

fn schema(_args: &ReadArgs, _relation: usize) -> Result<SchemaRef, IngestError> {
    Ok(long_schema())
}

fn long_schema() -> SchemaRef {
    let number = |name: &str| Field::new(name, DataType::Int64, false);
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let numbers = ["position", "line", "byte_offset", "byte_length"].map(number);
    let texts = ["error", "key", "name", "value"].map(text);
    Arc::new(Schema::new(numbers.into_iter().chain(texts).collect::<Vec<_>>()))
}

fn open(args: &ReadArgs) -> Result<Box<dyn Reader>, IngestError> {
    let (skip, args) = split_skip(args);
    let options = CsvOptions::parse(&args)?;
    // One thread: such files are small, and their cells are numbered as they come.
    Ok(Box::new(LongReader { inner: CsvReader::open(&args.path, &options, 1)?, skip, cells: 0 }))
}

/// Takes `skip=TEXT` out of the options, which are otherwise those of `read_csv`.
fn split_skip(args: &ReadArgs) -> (Option<String>, ReadArgs) {
    let mut skip = None;
    let mut args = args.clone();
    if let Some(options) = args.options.get_mut(1) {
        let (ours, theirs): (Vec<&str>, Vec<&str>) =
            options.split(',').partition(|option| option.trim_start().starts_with("skip="));
        skip = ours.first().and_then(|option| option.trim().strip_prefix("skip=")).map(str::to_owned);
        *options = theirs.join(",");
    }
    (skip, args)
}

struct LongReader {
    inner: CsvReader,
    skip: Option<String>,
    cells: i64,
}

impl Reader for LongReader {
    fn next(&mut self) -> Result<Option<(usize, RecordBatch)>, IngestError> {
        let Some((_, batch)) = self.inner.next()? else { return Ok(None) };
        let schema = batch.schema();
        let mut numbers: [Int64Builder; 4] = Default::default();
        let mut texts: [StringBuilder; 4] = Default::default();
        for row in 0..batch.num_rows() {
            let text = |column: usize| {
                let column = batch.column(column).as_string::<i32>();
                column.is_valid(row).then(|| column.value(row))
            };
            let mut push = |name: Option<&str>, value: Option<&str>| {
                self.cells += 1;
                numbers[0].append_value(self.cells);
                for (place, builder) in numbers.iter_mut().enumerate().skip(1) {
                    builder.append_value(batch.column(place).as_primitive::<Int64Type>().value(row));
                }
                let key = (batch.num_columns() > PLACES).then(|| text(PLACES)).flatten();
                for (builder, cell) in texts.iter_mut().zip([text(PLACES - 1), key, name, value]) {
                    builder.append_option(cell);
                }
            };
            if text(PLACES - 1).is_some() {
                push(None, None);
                continue;
            }
            for column in PLACES + 1..batch.num_columns() {
                if let Some(value) = text(column).filter(|value| Some(*value) != self.skip.as_deref()) {
                    push(Some(schema.field(column).name()), Some(value));
                }
            }
        }
        let numbers = numbers.into_iter().map(|mut builder| Arc::new(builder.finish()) as ArrayRef);
        let texts = texts.into_iter().map(|mut builder| Arc::new(builder.finish()) as ArrayRef);
        Ok(Some((0, RecordBatch::try_new(long_schema(), numbers.chain(texts).collect())?)))
    }
}
