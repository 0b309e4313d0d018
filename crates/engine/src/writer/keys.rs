//! The natural keys a table holds, and which of the rows that arrive are new.
//!
//! Keys are kept as hashes in memory: 8 bytes for a table keyed by one BIGINT, 16 for any other, taken from the memory
//! limit like everything else. A first import into an empty table starts with none. The table's own rows are read once,
//! key columns only, when an append begins.

use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Arc;

use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, RecordBatch};
use datafusion::arrow::compute::{cast, filter_record_batch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use deltalake::DeltaTable;
use futures::TryStreamExt as _;
use hashbrown::{DefaultHashBuilder, HashMap};
use siphasher::sip128::{Hasher128 as _, SipHasher13};

use crate::error::Result;
use crate::lake::provider;
use crate::schema::TableSpec;
use crate::writer::Writer;
use crate::writer::append::Appended;

/// Every key of a table, with a hash of the identity that has it where the table has identities.
pub(crate) struct Keys {
    spec: Arc<TableSpec>,
    key: Vec<usize>,
    identity: Vec<usize>,
    converter: RowConverter,
    seen: HashMap<u128, u64, DefaultHashBuilder>,
    identity_hash: DefaultHashBuilder,
    memory: MemoryReservation,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("table", &self.spec.name).field("known", &self.seen.len()).finish_non_exhaustive()
    }
}

impl Keys {
    /// The keys of a table without rows.
    pub(super) fn none(writer: &Writer, spec: &Arc<TableSpec>) -> Result<Self> {
        let index = |name: &String| spec.schema.index_of(name);
        let key = spec.key.iter().map(index).collect::<Result<Vec<_>, _>>().map_err(DataFusionError::from)?;
        let identity = spec.identity.iter().map(index).collect::<Result<Vec<_>, _>>().map_err(DataFusionError::from)?;
        let fields = key.iter().map(|column| SortField::new(spec.schema.field(*column).data_type().clone()));
        Ok(Self {
            spec: Arc::clone(spec),
            converter: RowConverter::new(fields.collect()).map_err(DataFusionError::from)?,
            key,
            identity,
            seen: HashMap::default(),
            identity_hash: DefaultHashBuilder::default(),
            memory: MemoryConsumer::new(format!("keys of {}", spec.name))
                .register(&writer.lake().runtime().memory_pool),
        })
    }

    /// Reads the keys a table holds.
    pub(super) async fn of_table(writer: &Writer, spec: &Arc<TableSpec>, table: &DeltaTable) -> Result<Self> {
        let mut keys = Self::none(writer, spec)?;
        if table.snapshot()?.log_data().num_files() > 0 {
            let names: Vec<&str> =
                keys.key.iter().chain(&keys.identity).map(|i| spec.schema.field(*i).name().as_str()).collect();
            let rows = writer.session().context().read_table(provider(spec, table).await?)?.select_columns(&names)?;
            let mut stream = rows.execute_stream().await?;
            while let Some(batch) = stream.try_next().await? {
                keys.learn(&batch)?;
            }
        }
        Ok(keys)
    }

    /// Takes the rows of the table itself: key columns first, identity columns behind them.
    fn learn(&mut self, batch: &RecordBatch) -> Result<()> {
        let (key, identity) = (0..self.key.len(), self.key.len()..batch.num_columns());
        let types = self.key.iter().chain(&self.identity).map(|column| self.spec.schema.field(*column).data_type());
        let columns = types.zip(batch.columns()).map(|(data_type, column)| cast(column, data_type));
        let columns = columns.collect::<Result<Vec<_>, _>>().map_err(DataFusionError::from)?;
        self.reserve(batch.num_rows())?;
        let hashes = self.hashes(&columns[key])?;
        let identity = &columns[identity];
        for (row, hash) in hashes.into_iter().enumerate() {
            self.seen.insert(hash, self.identity_of(identity, row));
        }
        Ok(())
    }

    /// The rows whose key is new, counted; they are known from then on.
    pub(super) fn keep_new(&mut self, batch: &RecordBatch, appended: &mut Appended) -> Result<RecordBatch> {
        self.reserve(batch.num_rows())?;
        let columns =
            |wanted: &[usize]| wanted.iter().map(|column| Arc::clone(batch.column(*column))).collect::<Vec<_>>();
        let (key, identity) = (columns(&self.key), columns(&self.identity));
        let hashes = self.hashes(&key)?;
        let mut keep = Vec::with_capacity(batch.num_rows());
        for (row, hash) in hashes.into_iter().enumerate() {
            let who = self.identity_of(&identity, row);
            match self.seen.entry(hash) {
                hashbrown::hash_map::Entry::Vacant(vacant) => {
                    vacant.insert(who);
                    keep.push(true);
                }
                hashbrown::hash_map::Entry::Occupied(known) => {
                    if *known.get() != who {
                        let texts = identity.iter().map(|column| column.as_string::<i32>().value(row).to_owned());
                        appended.collisions.push(texts.collect());
                    }
                    keep.push(false);
                }
            }
        }
        let kept = keep.iter().filter(|flag| **flag).count();
        appended.stored += kept as u64;
        appended.duplicates += (batch.num_rows() - kept) as u64;
        if kept == batch.num_rows() {
            return Ok(batch.clone());
        }
        Ok(filter_record_batch(batch, &BooleanArray::from(keep)).map_err(DataFusionError::from)?)
    }

    /// One BIGINT is its own hash; any other key is hashed to 128 bits, and two keys of one such hash are not met in the
    /// life of a lake.
    fn hashes(&self, columns: &[ArrayRef]) -> Result<Vec<u128>> {
        if let [column] = columns
            && let Some(keys) = column.as_primitive_opt::<Int64Type>()
            && keys.null_count() == 0
        {
            return Ok(keys.values().iter().map(|key| u128::from(key.cast_unsigned())).collect());
        }
        let rows = self.converter.convert_columns(columns).map_err(DataFusionError::from)?;
        let hash = |bytes: &[u8]| {
            let mut hasher = SipHasher13::new();
            hasher.write(bytes);
            hasher.finish128().as_u128()
        };
        Ok(rows.iter().map(|row| hash(row.as_ref())).collect())
    }

    fn identity_of(&self, columns: &[ArrayRef], row: usize) -> u64 {
        if columns.is_empty() {
            return 0;
        }
        let mut hasher = self.identity_hash.build_hasher();
        for column in columns {
            hasher.write(column.as_string::<i32>().value(row).as_bytes());
            hasher.write_u8(0xff);
        }
        hasher.finish()
    }

    /// Room for so many keys more, asked of the memory limit before the map grows.
    fn reserve(&mut self, rows: usize) -> Result<()> {
        // A slot holds the hash, the identity and a control byte; the map doubles when it is seven eighths full.
        const SLOT: usize = 16 + 8 + 8 + 1;
        let slots = (self.seen.len() + rows).saturating_mul(8) / 7;
        let wanted = slots.next_power_of_two() * SLOT;
        if wanted > self.memory.size() {
            self.memory.try_resize(wanted)?;
        }
        Ok(())
    }
}
