//! `headwater send`: what the lake has to say, to those who are to know it.

use std::time::Duration;

use headwater_assess::send::{Account, FilesRequest, SendFault, TaxiiReport, TaxiiRequest, send_files, send_taxii};
use headwater_engine::Verb;

use crate::args::{SendArgs, SendAs, SendFilesArgs, SendTaxiiArgs, SendTo};
use crate::commands::execute;
use crate::errors::{Exit, Failure};
use crate::output::{Output, Rows};
use crate::setup::{Deed, Setup, environment};

/// Refused objects that are named on standard error; the table `assess.receipts` has all of them.
const NAMED: usize = 10;

pub(super) async fn run(args: SendArgs, setup: &Setup) -> Result<(), Failure> {
    match args.to {
        SendTo::Files(args) => files(args, setup).await,
        SendTo::Taxii(args) => taxii(args, setup).await,
        SendTo::List => list(setup).await,
    }
}

async fn files(args: SendFilesArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let progress = setup.progress();
    progress.say("writing");
    let SendAs { tlp, .. } = args.how;
    let request = FilesRequest { folder: args.out.clone(), sender: sender(args.how), marking: tlp };
    let what = format!("send files --out {} --tlp {}", args.out.display(), tlp.word());
    let deed = Deed { verb: Verb::Disclosure, what, about_subjects: true };
    let work = async {
        let report = send_files(&lake, &request).await?;
        let rows = if report.there { 0 } else { report.files.iter().filter_map(|file| file.rows).sum() };
        Ok((report, rows))
    };
    let report = setup.deed(&lake, deed, work).await?;
    drop(progress);
    let mut rows = Rows::new(&["file", "rows#", "bytes#", "sha256"]);
    for file in &report.files {
        let count = file.rows.map(|rows| rows.to_string()).unwrap_or_default();
        rows.push([&file.name, &count, &file.bytes.to_string(), &file.sha256]);
    }
    super::answer(setup, rows).await?;
    let folder = args.out.display();
    setup.say(&if report.there {
        format!("{folder} has all of it already; nothing was written")
    } else {
        format!("{folder}: snapshot {}, marked {tlp}", report.snapshot)
    });
    Ok(())
}

async fn taxii(args: SendTaxiiArgs, setup: &Setup) -> Result<(), Failure> {
    if args.url.split_once("://").is_some_and(|(_, rest)| rest.split('/').next().is_some_and(|host| host.contains('@')))
    {
        // The address is kept in the outbox and in the journal, where a password must not be.
        return Err(
            Failure::usage("name and password do not belong into the address").with_help("give them with --user")
        );
    }
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let progress = setup.progress();
    progress.say(format!("sending to {}", args.url));
    let request = TaxiiRequest {
        url: args.url,
        collection: args.collection,
        account: args.user.map(|(name, password)| Account { name, password }),
        marking: args.how.tlp,
        sender: sender(args.how),
        timeout: Duration::from_secs(args.timeout),
        patience: Duration::from_secs(args.patience),
    };
    let what = format!("send taxii --url {} --tlp {}", request.url, request.marking.word());
    let deed = Deed { verb: Verb::Disclosure, what, about_subjects: true };
    let work = async {
        let report = send_taxii(&lake, &request).await?;
        let rows = report.delivered;
        Ok((report, rows))
    };
    let report = setup.deed(&lake, deed, work).await?;
    drop(progress);
    let mut rows = Rows::new(&["queued#", "delivered#", "there#", "pending#", "refused#", "waiting#", "retries#"]);
    let refused = report.refused.len() as u64;
    let counts =
        [report.queued, report.delivered, report.there, report.pending, refused, report.waiting, report.retries];
    rows.push(counts.map(|count| count.to_string()).each_ref().map(String::as_str));
    super::answer(setup, rows).await?;
    for (item, why) in report.refused.iter().take(NAMED) {
        setup.say(&format!("refused {item}: {why}"));
    }
    setup.say_more(&format!("snapshot {}, {} objects as they were sent before", report.snapshot, report.known));
    verdict(&report)
}

fn verdict(report: &TaxiiReport) -> Result<(), Failure> {
    let Some(fault) = &report.fault else { return Ok(()) };
    let waits = format!(
        "nothing is lost: {} objects wait in the outbox, and the next call sends them (`headwater send list`)",
        report.waiting
    );
    let (exit, code) = match fault {
        SendFault::Unreachable(_) => (Exit::Io, "send.unreachable"),
        SendFault::Denied(_) => (Exit::Permission, "send.denied"),
        SendFault::WrongServer(_) => (Exit::Io, "send.wrong_server"),
        SendFault::Refused(_) => (Exit::Runtime, "send.refused"),
    };
    Err(Failure::new(exit, code, fault.to_string()).with_help(waits))
}

async fn list(setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let sql = "SELECT destination, state, count(*) AS messages, max(attempts) AS attempts, max(last_time) AS last_time, \
               last_value(note ORDER BY last_time, message_id) AS note FROM assess.outbox_state \
               GROUP BY destination, state ORDER BY destination, state";
    let session = setup.session(&lake);
    let mut output = Output::new(setup.output())?;
    execute(&session, sql, &mut output).await?;
    output.close()
}

fn sender(how: SendAs) -> Option<String> {
    how.sender.or_else(|| environment("HEADWATER_SENDER"))
}
