//! The real files, counted, and how fast a big one is read.

use std::io::Write;
use std::time::Instant;

use super::{read_with, rows};
use crate::csv::split::BLOCK;
use crate::testing::data;

fn count(name: &str, options: &[&str]) -> Option<(usize, usize)> {
    let path = data(name)?;
    let found = rows(&read_with(&path, options, 2, BLOCK).unwrap());
    let bad: Vec<_> = found.iter().filter(|row| row.error.is_some()).collect();
    for row in bad.iter().take(3) {
        eprintln!("{name}: {row:?}");
    }
    Some((found.len(), bad.len()))
}

#[test]
fn reads_the_laundromat_whole() {
    let header = "row,date,payer_account,payer_id,payer_name,payer_type,beneficiary_account,beneficiary_id,\
                  beneficiary_name,beneficiary_type,amount_orig,currency,amount_usd,amount_eur,purpose";
    let folder = "bank/azerbaijani_laundromat";
    let Some(found) = count(&format!("{folder}/transactions.csv"), &[header]) else { return };
    assert_eq!(found, (16_940, 0));
    let accounts = count(&format!("{folder}/accounts.csv"), &["id,bankAccountNumber,bankName,swiftBic,bankCountry"]);
    assert_eq!(accounts, Some((3_706, 0)));
}

#[test]
fn reads_the_fincen_files_whole() {
    let Some(found) = count("bank/fincen_files/download_transactions_map.csv", &[]) else { return };
    assert_eq!(found, (4_507, 0));
    assert_eq!(count("bank/fincen_files/download_bank_connections.csv", &[]), Some((5_498, 0)));
}

#[test]
fn reads_the_ofac_files_without_losing_a_row() {
    // The copies at hand have a header line; each ends in a row that is OFAC's end-of-file mark.
    let Some(found) = count("entities/ofac_sdn/sdn.csv", &[]) else { return };
    assert_eq!(found, (11_444, 1));
    let names = "ent_num,sdn_name,sdn_type,program,title,call_sign,vess_type,tonnage,grt,vess_flag,vess_owner,remarks";
    assert_eq!(count("entities/ofac_sdn/sdn.csv", &[names, "header=absent"]), Some((11_445, 1)));
    let names = "ent_num,add_num,address,city,country,add_remarks";
    assert_eq!(count("entities/ofac_sdn/sdn_address.csv", &[names, "header=absent"]), Some((16_359, 1)));
}

/// Run by hand: `cargo test --release -p headwater-ingest --lib throughput -- --ignored --nocapture`.
#[test]
#[ignore = "writes half a gigabyte and measures"]
fn throughput_on_a_file_like_amlworlds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("HI-Small_Trans.csv");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    let header = "Timestamp,From Bank,Account,To Bank,Account,Amount Received,Receiving Currency,Amount Paid,\
                  Payment Currency,Payment Format,Is Laundering";
    writeln!(out, "{header}").unwrap();
    let mut seed = 88_172_645_463_325_252_u64;
    for row in 0..5_000_000_u64 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let (day, minute, bank, cents) = (1 + row % 18, seed % 60, seed % 300_000, seed % 10_000_000);
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        writeln!(
            out,
            "2022/09/{day:02} {:02}:{minute:02},0{bank},{:09X},0{},{:09X},{amount},US Dollar,{amount},US Dollar,Reinvestment,0",
            minute % 24, seed % 0xF_FFFF_FFFF, bank / 3, (seed >> 9) % 0xF_FFFF_FFFF,
        )
        .unwrap();
    }
    drop(out.into_inner().unwrap());
    let megabytes = std::fs::metadata(&path).unwrap().len() as f64 / 1e6;
    for threads in [1, 2, 2, 3] {
        let (started, busy) = (Instant::now(), processor_seconds());
        let options = crate::csv::options::CsvOptions::parse(&super::args(&path, &[header])).unwrap();
        let mut reader = crate::csv::pipeline::CsvReader::open_with(&path, &options, threads, BLOCK).unwrap();
        let mut count = 0;
        while let Some((_, batch)) = crate::Reader::next(&mut reader).unwrap() {
            count += batch.num_rows();
        }
        let seconds = started.elapsed().as_secs_f64();
        assert_eq!(count, 5_000_000);
        // On a busy machine the clock says nothing; the processor time says what an idle one would need.
        let busy = processor_seconds() - busy;
        eprintln!(
            "{threads} threads: {megabytes:.0} MB in {seconds:.2} s, {:.0} MB/s; {busy:.2} s of processor time",
            megabytes / seconds
        );
    }
}

/// Processor time of this process so far, in user and in system, as Linux counts it.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}
