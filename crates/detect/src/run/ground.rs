//! What the data allow before any typology is asked: which sources they are, and on which rails euro values are known.

use headwater_engine::Session;
use headwater_engine::datafusion::arrow::array::AsArray as _;
use headwater_engine::datafusion::arrow::compute::cast;
use headwater_engine::datafusion::arrow::datatypes::{DataType, Int64Type};
use sha2::{Digest as _, Sha256};

use crate::error::Result;
use crate::typology::Typology;

/// The transfers of one ledger.
#[derive(Debug)]
struct Rail {
    ledger: String,
    transfers: i64,
    valued: i64,
}

/// The data of a run.
#[derive(Debug)]
pub(super) struct Ground {
    /// Hash over the sources: the same files give the same, whatever was found in them since.
    pub(super) dataset: String,
    rails: Vec<Rail>,
}

impl Ground {
    pub(super) async fn survey(session: &Session) -> Result<Self> {
        let mut hasher = Sha256::new();
        for batch in session.sql("SELECT DISTINCT sha256 FROM admin.sources ORDER BY sha256").await?.collect().await? {
            let column = cast(batch.column(0), &DataType::Utf8)?;
            for source in column.as_string::<i32>().iter().flatten() {
                hasher.update(source.as_bytes());
                hasher.update(b"\n");
            }
        }
        let dataset = hex::encode(&hasher.finalize()[..8]);
        let sql = "SELECT ledger, count(*) AS transfers, count(value_eur) AS valued FROM flow.transfers GROUP BY ledger \
                   ORDER BY ledger";
        let mut rails = Vec::new();
        for batch in session.sql(sql).await?.collect().await? {
            let ledgers = cast(batch.column(0), &DataType::Utf8)?;
            let (transfers, valued) = (batch.column(1), batch.column(2));
            for (row, ledger) in ledgers.as_string::<i32>().iter().enumerate() {
                rails.push(Rail {
                    ledger: ledger.unwrap_or_default().to_owned(),
                    transfers: transfers.as_primitive::<Int64Type>().value(row),
                    valued: valued.as_primitive::<Int64Type>().value(row),
                });
            }
        }
        Ok(Self { dataset, rails })
    }

    /// Why a typology cannot run on these transfers at all.
    pub(super) fn missing(&self, typology: &Typology) -> Option<String> {
        let covered: Vec<&Rail> = self.rails.iter().filter(|rail| typology.covers(&rail.ledger)).collect();
        if covered.is_empty() {
            return Some("there are no transfers on its rails".to_owned());
        }
        if covered.iter().all(|rail| rail.valued == 0) {
            let transfers: i64 = covered.iter().map(|rail| rail.transfers).sum();
            return Some(format!(
                "none of the {transfers} transfers on its rails has a euro value; import rates first"
            ));
        }
        None
    }

    /// Transfers that a typology could not test.
    pub(super) fn untested(&self, typology: &Typology) -> Vec<String> {
        let bare = self.rails.iter().filter(|rail| typology.covers(&rail.ledger) && rail.valued < rail.transfers);
        bare.map(|rail| format!("{} transfers without euro value: {}", rail.ledger, rail.transfers - rail.valued))
            .collect()
    }
}
