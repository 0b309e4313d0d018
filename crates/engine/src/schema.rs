//! The tables of the lake, as `queries/schema/*.sql` declares them.
//!
//! A declaration is `CREATE EXTERNAL TABLE … STORED AS DELTA` (or `JOURNAL`, for the one that is no Delta table): columns, the primary key by which a repeated row is
//! recognised, the physical order of its files, and options. It is the only place a table is described; the Delta
//! tables, the checks on what an import writes, and `\d` all come from here.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, ColumnOption, DataType as SqlType, ExactNumberInfo, Expr, TableConstraint,
};

use crate::error::{EngineError, Result};
use crate::library::{Kind, Library, QueryFile};

/// One declared table.
#[derive(Debug, Clone)]
pub struct TableSpec {
    /// `flow.transfers`.
    pub name: String,
    /// `flow`.
    pub schema_name: String,
    /// `transfers`.
    pub table_name: String,
    /// Columns as Arrow sees them; times are UTC microseconds.
    pub schema: SchemaRef,
    /// The natural key: a second row with the same key is a duplicate.
    pub key: Vec<String>,
    /// The order rows lie in within a file.
    pub order: Vec<String>,
    /// Columns with a Bloom filter.
    pub bloom: Vec<String>,
    /// Columns that a row of the same key must share. Where they differ the key, a hash, was already taken.
    pub identity: Vec<String>,
    /// The folder below the lake's root; of a journal, its file.
    pub location: String,
    /// Whether it is the audit journal, which is no Delta table and no part of a snapshot.
    pub journal: bool,
}

/// All declared tables, by name.
#[derive(Debug, Clone, Default)]
pub struct LakeSchema {
    tables: BTreeMap<String, Arc<TableSpec>>,
}

impl LakeSchema {
    /// Reads the declarations of a library.
    ///
    /// # Errors
    /// [`EngineError::QueryFile`] for a statement that is not a table declaration, or uses a type the lake lacks.
    pub fn from_library(library: &Library) -> Result<Self> {
        let mut tables = BTreeMap::new();
        for file in library.all(Kind::Schema) {
            for statement in parse(file)? {
                let Statement::CreateExternalTable(declaration) = statement else {
                    return Err(refuse(file, "a schema file holds CREATE EXTERNAL TABLE statements and nothing else"));
                };
                let spec = TableSpec::from_declaration(file, &declaration)?;
                tables.insert(spec.name.clone(), Arc::new(spec));
            }
        }
        Ok(Self { tables })
    }

    /// Every table, by name.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<TableSpec>> {
        self.tables.values()
    }

    /// One table.
    ///
    /// # Errors
    /// [`EngineError::Usage`] that names the nearest table.
    pub fn table(&self, name: &str) -> Result<&Arc<TableSpec>> {
        self.tables.get(name).ok_or_else(|| {
            let hint = crate::nearest::nearest(name, self.tables.keys().map(String::as_str));
            EngineError::Usage(match hint {
                Some(near) => format!("the lake has no table `{name}`; did you mean `{near}`?"),
                None => format!("the lake has no table `{name}`"),
            })
        })
    }

    /// The schemas (`flow`, `btc`, …) in the order an investigator wants to see them: money and findings first.
    pub fn schema_names(&self) -> Vec<String> {
        let mut names: Vec<String> = ["flow", "finding", "btc", "intel", "assess", "admin"].map(String::from).to_vec();
        for table in self.tables.values() {
            if !names.contains(&table.schema_name) {
                names.push(table.schema_name.clone());
            }
        }
        names.retain(|name| self.tables.values().any(|table| table.schema_name == *name));
        names
    }
}

impl TableSpec {
    fn from_declaration(file: &QueryFile, declaration: &datafusion::sql::parser::CreateExternalTable) -> Result<Self> {
        let parts = declaration.name.0.iter().map(ToString::to_string).collect::<Vec<_>>();
        let [schema_name, table_name] = parts.as_slice() else {
            return Err(refuse(file, format!("`{}` must be written schema.table", declaration.name)));
        };
        let mut fields = Vec::with_capacity(declaration.columns.len());
        for column in &declaration.columns {
            let name = column.name.value.clone();
            let data_type = arrow_type(&column.data_type)
                .ok_or_else(|| refuse(file, format!("{name}: the lake has no column type {}", column.data_type)))?;
            let nullable = !column.options.iter().any(|option| option.option == ColumnOption::NotNull);
            fields.push(Field::new(name, data_type, nullable));
        }
        let mut key = Vec::new();
        for constraint in &declaration.constraints {
            if let TableConstraint::PrimaryKey(primary) = constraint {
                key = primary.columns.iter().map(|column| column.column.expr.to_string()).collect();
            }
        }
        let order = declaration
            .order_exprs
            .iter()
            .flatten()
            .filter_map(|order| match &order.expr {
                Expr::Identifier(name) => Some(name.value.clone()),
                _ => None,
            })
            .collect();
        let option = |wanted: &str| {
            let found = declaration.options.iter().find(|(name, _)| name == wanted);
            let names = found.map(|(_, value)| value.to_string().trim_matches('\'').to_owned()).unwrap_or_default();
            names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect::<Vec<_>>()
        };
        let spec = Self {
            name: format!("{schema_name}.{table_name}"),
            schema_name: schema_name.clone(),
            table_name: table_name.clone(),
            schema: Arc::new(Schema::new(fields)),
            key,
            order,
            bloom: option("bloom"),
            identity: option("identity"),
            location: declaration.locations.first().cloned().unwrap_or_default(),
            journal: declaration.file_type.eq_ignore_ascii_case("JOURNAL"),
        };
        if spec.key.is_empty() || spec.order.is_empty() {
            return Err(refuse(file, format!("{}: a table declares PRIMARY KEY and WITH ORDER", spec.name)));
        }
        for column in spec.key.iter().chain(&spec.order).chain(&spec.bloom).chain(&spec.identity) {
            if spec.schema.column_with_name(column).is_none() {
                return Err(refuse(file, format!("{}: there is no column `{column}`", spec.name)));
            }
        }
        Ok(spec)
    }
}

fn parse(file: &QueryFile) -> Result<Vec<Statement>> {
    let statements = DFParserBuilder::new(file.text.as_str()).build().and_then(|mut parser| parser.parse_statements());
    statements.map(Into::into).map_err(|error| refuse(file, error.to_string()))
}

fn refuse(file: &QueryFile, what: impl Into<String>) -> EngineError {
    EngineError::query_file(&file.path(), 1, what)
}

/// The lake's types. Few on purpose: every one is read alike by Delta, DuckDB, Spark and Polars.
fn arrow_type(sql: &SqlType) -> Option<DataType> {
    Some(match sql {
        SqlType::BigInt(_) => DataType::Int64,
        SqlType::Boolean => DataType::Boolean,
        SqlType::Double(_) => DataType::Float64,
        SqlType::Date => DataType::Date32,
        SqlType::Varchar(_) => DataType::Utf8,
        SqlType::Bytea => DataType::Binary,
        SqlType::Timestamp(..) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        SqlType::Decimal(ExactNumberInfo::PrecisionAndScale(precision, scale)) => {
            DataType::Decimal128(u8::try_from(*precision).ok()?, i8::try_from(*scale).ok()?)
        }
        SqlType::Array(ArrayElemTypeDef::SquareBracket(element, _)) => {
            DataType::List(Arc::new(Field::new("element", arrow_type(element)?, true)))
        }
        _ => return None,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::*;

    fn schema(body: &str) -> Result<LakeSchema> {
        let text = format!("-- Title\n--\n-- Holds     something.\n\n{body}");
        LakeSchema::from_library(&Library::from_files([("schema/s.sql", text)]).unwrap())
    }

    #[test]
    fn reads_columns_key_order_and_options() {
        let schema = schema(
            "CREATE EXTERNAL TABLE flow.t (a BIGINT NOT NULL, b DECIMAL(38, 18), c VARCHAR[], d TIMESTAMP, \
             PRIMARY KEY (a, b)) STORED AS DELTA WITH ORDER (d, a) OPTIONS ('bloom' 'a,b') LOCATION 'flow/t'",
        )
        .unwrap();
        let table = schema.table("flow.t").unwrap();
        assert_eq!(table.key, ["a", "b"]);
        assert_eq!(table.order, ["d", "a"]);
        assert_eq!(table.bloom, ["a", "b"]);
        assert!(!table.schema.field(0).is_nullable());
        assert_eq!(table.schema.field(1).data_type(), &DataType::Decimal128(38, 18));
    }

    #[test]
    fn refuses_other_statements_types_and_columns() {
        for (body, part) in [
            ("SELECT 1", "nothing else"),
            (
                "CREATE EXTERNAL TABLE flow.t (a FLOAT, PRIMARY KEY (a)) STORED AS DELTA WITH ORDER (a) LOCATION 'x'",
                "FLOAT",
            ),
            (
                "CREATE EXTERNAL TABLE flow.t (a BIGINT, PRIMARY KEY (z)) STORED AS DELTA WITH ORDER (a) LOCATION 'x'",
                "`z`",
            ),
            (
                "CREATE EXTERNAL TABLE t (a BIGINT, PRIMARY KEY (a)) STORED AS DELTA WITH ORDER (a) LOCATION 'x'",
                "schema.table",
            ),
        ] {
            let error = schema(body).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
