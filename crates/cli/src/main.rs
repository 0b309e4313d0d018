//! Smoke.
#![allow(clippy::all, missing_docs, unused)]
use headwater_engine::*;
use std::sync::Arc;
#[tokio::main]
async fn main() {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let args: Vec<String> = std::env::args().collect();
    let mut library = Library::default();
    library.add_folder("queries".as_ref()).unwrap();
    let lake = Lake::at(&args[1], Arc::new(library), LakeOptions::default()).unwrap();
    let t = std::time::Instant::now();
    match args[2].as_str() {
        "init" => println!("{:?}", lake.init().await),
        "import" => {
            let request = ImportRequest { format: args[3].clone(), paths: args[4..].iter().map(Into::into).collect(), values: Values::new(), observer: Arc::new(|_| {}) };
            match import(&lake, &request).await { Ok(r) => for s in r.sources.iter().take(8) { println!("{s:?}") }, Err(e) => println!("ERROR {e}") }
        }
        _ => { let s = Session::new(&lake, Access::Shell); match s.sql(&args[3]).await { Ok(d) => match d.collect().await { Ok(b) => println!("{}", datafusion::arrow::util::pretty::pretty_format_batches(&b).unwrap()), Err(e) => println!("ERROR {e}") }, Err(e) => println!("ERROR {e}") } }
    }
    eprintln!("{:?}", t.elapsed());
}
