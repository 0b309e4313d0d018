//! What a clearance leaves out: the rows of a marked file and all that stands on them, for every query and in its plan.

use std::path::Path;
use std::sync::Arc;

use headwater_engine::{Access, Grading, ImportRequest, Label, Lake, LakeOptions, Session, Values, Writer, import};

use crate::support::{TestLake, fixture, open, query};

async fn bring_in(lake: &Arc<Lake>, file: &Path, handling: Option<&str>) {
    let request = ImportRequest {
        format: "bank_csv".to_owned(),
        paths: vec![file.to_owned()],
        values: Values::new(),
        undo: Values::new(),
        grading: Grading { handling: handling.map(str::to_owned), ..Grading::default() },
        observer: Arc::new(|_| {}),
    };
    import(lake, &request).await.unwrap();
}

async fn count(lake: &Arc<Lake>, what: &str) -> u64 {
    let rows = Session::new(lake, Access::Shell).sql(&format!("SELECT 1 FROM {what}")).await.unwrap();
    rows.count().await.unwrap() as u64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clearance_leaves_out_what_it_does_not_cover() {
    let home = TestLake::new().await;
    bring_in(&home.lake, &fixture("bank.csv"), Some("TLP:AMBER H1")).await;
    let all = count(&home.lake, "flow.transfers").await;
    assert!(all > 0);
    // A finding on the first payment, and a judgement with a label of its own.
    let mut writer = Writer::open(&home.lake).await.unwrap();
    let finding = "SELECT 7 AS finding_id, 'structuring' AS typology, 'placement' AS family, src AS subject, time AS first_time, \
                   time AS last_time, amount, asset, 0.5 AS score, make_array(transfer_id) AS evidence, 'seen' AS explanation, \
                   '1.0' AS version, '{}' AS parameters, 'q' AS query_hash, 'd' AS dataset FROM flow.transfers \
                   ORDER BY transfer_id LIMIT 1";
    let rows = writer.session().sql(finding).await.unwrap();
    writer.append("finding.findings", rows).await.unwrap();
    writer.commit("test").await.unwrap();

    let reader = |clearance: &str| {
        let options =
            LakeOptions { clearance: Some(Label::parse(clearance)), threads: Some(2), ..LakeOptions::default() };
        open(home.path(), options)
    };
    for (clearance, transfers, findings) in
        [("", 0, 0), ("TLP:RED", 0, 0), ("TLP:AMBER H1", all, 1), ("TLP:RED H1 H2", all, 1)]
    {
        let lake = reader(clearance);
        assert_eq!(count(&lake, "flow.transfers").await, transfers, "{clearance}");
        assert_eq!(count(&lake, "finding.findings").await, findings, "{clearance}");
        // A view of the library and an aggregate see no more than a table does.
        assert_eq!(count(&lake, "flow.hops").await == 0, transfers == 0, "{clearance}");
        assert_eq!(count(&lake, "admin.sources").await, u64::from(transfers > 0), "{clearance}");
        let session = Session::pinned(&lake);
        let withheld = session.withheld().await.unwrap().unwrap();
        assert_eq!(withheld.sources, u64::from(transfers == 0), "{clearance}");
        assert_eq!(withheld.rows > 0, transfers == 0, "{clearance}");
    }
    // The plan says so.
    let plan = query(&reader("TLP:GREEN"), "EXPLAIN SELECT * FROM flow.transfers").await.unwrap();
    assert!(plan.contains("source_id"), "{plan}");
    assert!(Session::pinned(&home.lake).withheld().await.unwrap().is_none(), "without a clearance nothing is withheld");

    // A writer sees everything, or it would store again what it may not see.
    let blind = reader("TLP:CLEAR");
    bring_in(&blind, &fixture("bank.csv"), None).await;
    assert_eq!(count(&home.lake, "flow.transfers").await, all);

    // What nobody marked is everybody's.
    bring_in(&home.lake, &fixture("bank_other_side.csv"), None).await;
    assert_eq!(count(&reader("TLP:CLEAR"), "flow.transfers").await, count(&home.lake, "flow.transfers").await - all);
}
