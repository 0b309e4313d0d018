//! The functions every imported row passes through, in nanoseconds a row (criterion; throughput is rows a second).
//!
//! `cargo xtask bench functions`. There is no peer: DuckDB has no keyed account hash and no exact amount parser. The
//! budget is what an import of five million rows in ten seconds leaves: some 60 ns a row for each of these.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use headwater_engine::datafusion::arrow::array::{ArrayRef, Decimal128Array, StringArray};
use headwater_engine::datafusion::arrow::datatypes::{DataType, Field};
use headwater_engine::datafusion::common::config::ConfigOptions;
use headwater_engine::datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF};
use headwater_engine::datafusion::scalar::ScalarValue;
use headwater_engine::functions::{AccountHasher, FunctionContext, NoIdentifiers, scalars};

const ROWS: usize = 8192;

fn columns() -> [(&'static str, Vec<ColumnarValue>); 5] {
    let texts = |text: &dyn Fn(usize) -> String| -> ColumnarValue {
        ColumnarValue::Array(Arc::new((0..ROWS).map(|row| Some(text(row))).collect::<StringArray>()) as ArrayRef)
    };
    let constant = |text: &str| ColumnarValue::Scalar(ScalarValue::Utf8(Some(text.to_owned())));
    let amounts = |scale: i128| -> ColumnarValue {
        let values = (0..ROWS as i128).map(|row| Some((row * 7_919 + 1) * scale)).collect::<Decimal128Array>();
        let typed = values.with_precision_and_scale(38, 18);
        typed.map_or_else(|_| ColumnarValue::Scalar(ScalarValue::Null), |array| ColumnarValue::Array(Arc::new(array)))
    };
    let times = texts(&|row| format!("2022/09/{:02} {:02}:{:02}", row % 28 + 1, row % 24, row % 60));
    let accounts = texts(&|row| format!("{:03}:{:09X}", row % 400, row * 2_654_435_761 % 4_294_967_296));
    [
        ("account", vec![constant("bank"), accounts.clone()]),
        ("parse_time", vec![times.clone(), constant("%Y/%m/%d %H:%M")]),
        ("parse_amount", vec![texts(&|row| format!("{}.{:02}", row * 37, row % 100))]),
        ("key_hash", vec![times, accounts]),
        ("in_eur", vec![amounts(1_000_000_000_000_000), amounts(1_000_000_000_000)]),
    ]
}

fn functions(criterion: &mut Criterion) {
    let context = FunctionContext { accounts: Arc::new(AccountHasher::new()), identifiers: Arc::new(NoIdentifiers) };
    let list = scalars(&context);
    let mut group = criterion.benchmark_group("functions");
    group.throughput(Throughput::Elements(ROWS as u64));
    for (name, arguments) in columns() {
        let Some(function) = list.iter().find(|function| function.name() == name) else { continue };
        group.bench_function(name, |bencher| bencher.iter(|| black_box(call(function, &arguments))));
    }
    group.finish();
}

fn call(function: &ScalarUDF, arguments: &[ColumnarValue]) -> Option<ColumnarValue> {
    let types: Vec<DataType> = arguments.iter().map(ColumnarValue::data_type).collect();
    let fields = types.iter().map(|data_type| Arc::new(Field::new("argument", data_type.clone(), true))).collect();
    let result = function.return_type(&types).ok()?;
    let call = ScalarFunctionArgs {
        args: arguments.to_vec(),
        arg_fields: fields,
        number_rows: ROWS,
        return_field: Arc::new(Field::new("result", result, true)),
        config_options: Arc::new(ConfigOptions::default()),
    };
    function.invoke_with_args(call).ok()
}

criterion_group!(benches, functions);
criterion_main!(benches);
