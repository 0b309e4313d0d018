//! Who is who: the holders of a lake against the names of a list, and pairs of names against nomenklatura.
//!
//! `cargo xtask bench names`; `ROWS=100000` for fewer. The names are invented (`headwater_synth::write_names`): half of all are in another
//! script or transliteration than their twin, words are left out, reordered and misspelt, and beside each stands a neighbour who is
//! somebody else. The goal is ROWS holders against ROWS entries, a million each, in 60 s on two cores and 2 GiB, and more found than
//! the peer finds where both are right as often.
//!
//! Two things are measured. *Matching*: `headwater derive candidates` over the whole lake, its time, memory, and which of the known
//! holders it finds (blocks that are too common are left out and counted). *Judging*: labelled pairs of names scored by
//! `name_alignment`, `name_similarity` and, in the same run, by nomenklatura's LogicV2 and NameMatcher and rigour's Levenshtein similarity
//! where these are installed (`pip install nomenklatura`); each at the threshold at which it is right in 95 of 100.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::disallowed_methods, reason = "a bench takes its size from the environment")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use headwater_benches::{Failure, headwater, repeat, say, time};
use headwater_synth::{NameOptions, write_names};

/// Wrong among what is found: the precision at which recalls are compared.
const PRECISION: f64 = 0.95;

fn main() -> Result<(), Failure> {
    if !headwater_benches::is_wanted("names") {
        return Ok(());
    }
    let rows: u64 = std::env::var("ROWS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let folder = tempfile::tempdir()?;
    let binary = headwater()?;
    let options =
        NameOptions { seed: 1, entities: rows, holders: rows, known: rows / 100, pairs: (rows / 10).min(20_000) };
    let names = folder.path().join("names");
    let made = write_names(&options, &names)?;
    println!("{rows} holders, {rows} entities, {} of them the same, {} labelled pairs", made.known, made.pairs);
    matching(&binary, folder.path(), &names)?;
    judging(&binary, &names)
}

fn matching(binary: &Path, folder: &Path, names: &Path) -> Result<(), Failure> {
    let lake = folder.join("lake");
    let headwater = |arguments: &[&str]| {
        let mut command = Command::new(binary);
        command.args(["--quiet", "--memory-limit", "1500M", "--lake"]).arg(&lake).args(arguments);
        command
    };
    time(&mut headwater(&["init"]))?;
    let path = |name: &str| names.join(name).to_string_lossy().into_owned();
    say("import of the list", &repeat(1, || time(&mut headwater(&["import", "ftm", &path("list.ftm.jsonl")])))?);
    say("import of the book", &repeat(1, || time(&mut headwater(&["import", "bank_csv", &path("book.csv")])))?);
    say("candidates", &repeat(3, || time(&mut headwater(&["derive", "candidates"])))?);
    time(&mut headwater(&["derive", "capped_blocks"]))?;
    let truth = path("truth.csv").replace('\'', "''");
    let sql = format!(
        "WITH truth AS (SELECT account('bank', account) AS account, entity_id FROM read_csv('{truth}', 'account,entity_id')), \
         found AS (SELECT split_part(substr(b, 8), '/', 1) AS account, substr(a, 12) AS entity_id, score FROM intel.candidates \
             WHERE b LIKE 'holder:%' AND a LIKE 'entity:ftm/%') \
         SELECT (SELECT count(*) FROM truth) AS known, \
             (SELECT count(*) FROM found INNER JOIN truth ON CAST(truth.account AS VARCHAR) = found.account \
                 AND truth.entity_id = found.entity_id) AS right, \
             (SELECT count(*) FROM found) AS candidates, \
             (SELECT coalesce(sum(pairs), 0) FROM intel.capped_blocks) AS capped"
    );
    let answer = headwater(&["--format", "csv", "--no-header", "sql", "-c", &sql]).stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8(answer.stdout)?;
    let numbers: Vec<f64> = text.trim().split(',').map(str::parse).collect::<Result<_, _>>()?;
    let [known, right, candidates, capped] = numbers.as_slice() else {
        return Err(format!("an answer of {text:?}").into());
    };
    println!(
        "found {right} of {known} ({:.1} %) among {candidates} candidates; {capped} comparisons were not made",
        100.0 * right / known
    );
    Ok(())
}

/// Scores of the labelled pairs, one list a way of scoring.
fn judging(binary: &Path, names: &Path) -> Result<(), Failure> {
    let pairs = names.join("pairs.csv");
    for function in ["name_alignment", "name_similarity"] {
        let sql = format!(
            "SELECT coalesce({function}(a, b), 0), same FROM read_csv('{}', 'a,b,kind,same')",
            pairs.to_string_lossy().replace('\'', "''")
        );
        let start = std::time::Instant::now();
        let answer = Command::new(binary).args(["--format", "csv", "--no-header", "sql", "-c", &sql]).output()?;
        judge(
            &format!("headwater {function}"),
            start.elapsed().as_secs_f64(),
            &scores(&String::from_utf8(answer.stdout)?, ',')?,
        );
    }
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers/names.py");
    for peer in ["logic-v2", "name-based", "levenshtein"] {
        let answer = Command::new("python3").arg(&script).arg(peer).arg(&pairs).stderr(Stdio::inherit()).output()?;
        let text = String::from_utf8(answer.stdout)?;
        match text.split_once('\n') {
            Some((seconds, rest)) if answer.status.success() => judge(peer, seconds.parse()?, &scores(rest, '\t')?),
            _ => println!("{peer:<28} is not installed"),
        }
    }
    Ok(())
}

fn scores(text: &str, delimiter: char) -> Result<Vec<(f64, bool)>, Failure> {
    let mut scores = Vec::new();
    for line in text.lines() {
        let (score, same) = line.split_once(delimiter).ok_or_else(|| format!("a line of {line:?}"))?;
        scores.push((score.parse()?, same.trim() == "1"));
    }
    Ok(scores)
}

/// The most that a threshold finds while it is right often enough, and that at the threshold people use.
fn judge(name: &str, seconds: f64, scores: &[(f64, bool)]) {
    let positives = scores.iter().filter(|(_, same)| *same).count() as f64;
    let at = |threshold: f64| {
        let (right, wrong) =
            scores.iter().filter(|(score, _)| *score >= threshold).fold((0.0, 0.0), |(right, wrong), (_, same)| {
                if *same { (right + 1.0, wrong) } else { (right, wrong + 1.0) }
            });
        (if right + wrong > 0.0 { right / (right + wrong) } else { 1.0 }, right / positives)
    };
    let thresholds: BTreeSet<u32> = scores.iter().map(|(score, _)| (score * 1000.0).round() as u32).collect();
    let best = thresholds.iter().map(|place| (f64::from(*place) / 1000.0, at(f64::from(*place) / 1000.0)));
    let best = best.filter(|(_, (precision, _))| *precision >= PRECISION).max_by(|a, b| a.1.1.total_cmp(&b.1.1));
    let rate = scores.len() as f64 / seconds;
    match best {
        Some((threshold, (precision, recall))) => println!(
            "{name:<28} recall {recall:.3} at precision {precision:.3} (threshold {threshold:.3}), {rate:>9.0} pairs a second"
        ),
        None => println!("{name:<28} is never right in {PRECISION} of its pairs, {rate:>9.0} pairs a second"),
    }
}
