//! Companies: T11, T12, T19.

use super::super::frame::{AE, CH, CY, DE, Role, VG};
use super::super::stage::{Level, Stage};
use crate::calendar::{DAY, HOUR, stamp};

/// Puts a company with its account on file, founded so many days before `time`.
fn file(stage: &mut Stage<'_>, account: u32, founded: i64, address: &str) {
    let id = format!("c-{account}");
    let since: String = stamp(founded).chars().take(10).collect();
    let (name, bank) = (stage.frame.name(account, true), stage.bank(account));
    stage.plan.entities.company(&id, &name, &since, address, &[]);
    let identifier = stage.frame.identifier(account, bank);
    stage.plan.entities.account(&id, &identifier);
}

/// Money in from one country and out to another, less what stays.
fn relay(stage: &mut Stage<'_>, shell: u32, start: i64, rounds: i64, share: i64) -> Vec<u64> {
    let payers = [stage.newcomer(DE, true), stage.company()];
    let payees = [stage.newcomer(CH, true), stage.newcomer(AE, true)];
    let mut evidence = Vec::new();
    for number in 0..rounds {
        let cents = stage.dice.between(28_000, 70_000) * 100;
        let time = start + number * 12 * DAY;
        let side = number as usize % 2;
        evidence.push(stage.pay(time, payers[side], shell, cents, "Consultancy, as per contract"));
        evidence.push(stage.pay(time + 4 * DAY, shell, payees[side], cents * share / 1_000, "Licence fee, as agreed"));
    }
    evidence
}

/// T11: a company younger than two years, or at an address of ten, that pays on 0.9 in 90 days and no wages, tax or light.
pub(super) fn shell(stage: &mut Stage<'_>, level: Level) {
    let subject = stage.newcomer(CY, true);
    // The 90 days before the last payment are in the books at every difficulty.
    let start = stage.start(52, 68);
    let age = level.of(200, 640, 300);
    file(stage, subject, start - age * DAY, &format!("Makarios Avenue {}, Limassol", subject % 400));
    let mut evidence = relay(stage, subject, start, level.of(6, 4, 5), level.of(970, 925, 950));
    if level == Level::Hard {
        // A shell that bought itself an electricity bill.
        for month in 0..3 {
            let energy = stage.frame.near(CY, Role::Energy, 0);
            evidence.push(stage.pay(start + (3 + month * 25) * DAY, subject, energy, 6_240, "Electricity"));
        }
    }
    stage.case("T11", "shell_pass_through", Some(level), subject, &evidence);
}

/// A start-up spends its grant abroad, and on wages.
pub(super) fn startup(stage: &mut Stage<'_>) {
    let subject = stage.newcomer(DE, true);
    let start = stage.start(52, 68);
    file(stage, subject, start - 200 * DAY, &format!("Werkstrasse {}", subject % 400));
    let mut evidence = relay(stage, subject, start, 5, 910);
    for month in 0..3 {
        let worker = stage.resident();
        evidence.push(stage.pay(start + (10 + month * 28) * DAY, subject, worker, 95_000, "Salary"));
    }
    stage.case("T11", "shell_pass_through", None, subject, &evidence);
}

/// T12: two parties who share a director, an address or a phone and trade, with no relation declared.
pub(super) fn common_control(stage: &mut Stage<'_>, level: Level) {
    let (payer, payee) = (stage.company(), stage.company());
    let director = format!("director {payer}");
    match level {
        Level::Plain => {
            for account in [payer, payee] {
                stage.fact(account, "director", director.clone());
                stage.fact(account, "phone", format!("+000 8{payer:08}"));
            }
        }
        Level::Medium => {
            for account in [payer, payee] {
                stage.fact(account, "address", format!("Harbour Road {payer}"));
            }
        }
        // A straw man for each: nothing is shared any more.
        Level::Hard => {
            stage.fact(payer, "director", director);
            stage.fact(payee, "director", format!("straw {payee}"));
        }
    }
    let start = stage.start(5, 30);
    let mut evidence = Vec::new();
    for number in 0..level.of(5, 1, 5) {
        let cents = stage.dice.between(4_000, 19_000) * 100;
        evidence.push(stage.pay(start + number * 5 * DAY, payer, payee, cents, "Marketing services"));
    }
    stage.case("T12", "undisclosed_common_control", Some(level), payer, &evidence);
}

/// Sixty customers of one accountant give the accountant's address, and two of them trade; a couple shares a flat.
pub(super) fn office_network(stage: &mut Stage<'_>) {
    let firms: Vec<u32> = (0..60).map(|_| stage.company()).collect();
    for firm in &firms {
        stage.fact(*firm, "address", format!("Ledger House {}", firms[0]));
    }
    let start = stage.start(5, 30);
    let evidence = [stage.pay(start, firms[0], firms[1], 340_000, "Website")];
    stage.case("T12-office", "undisclosed_common_control", None, firms[0], &evidence);
    let (one, other) = (stage.person(), stage.person());
    for account in [one, other] {
        stage.fact(account, "address", format!("Family Lane {one}"));
    }
    let (first, second) = (format!("p-{one}"), format!("p-{other}"));
    stage.plan.entities.family(&first, &second);
    for (id, account) in [(&first, one), (&second, other)] {
        let identifier = stage.frame.identifier(account, stage.bank(account));
        stage.plan.entities.account(id, &identifier);
    }
    let start = stage.start(5, 30);
    let mut evidence = Vec::new();
    for number in 0..4 {
        evidence.push(stage.pay(start + number * 6 * DAY + HOUR, one, other, 80_000, "household"));
    }
    stage.case("T12-family", "undisclosed_common_control", None, one, &evidence);
}

/// Puts a company on file that is nine years old at an address of its own.
fn establish(stage: &mut Stage<'_>, account: u32) -> String {
    let founded = stage.frame.moment(-9 * 365, 0);
    file(stage, account, founded, &format!("Quay {account}"));
    format!("c-{account}")
}

/// Money to an account in the Virgin Islands, and back from there so many days later.
fn there_and_back(
    stage: &mut Stage<'_>,
    [payer, haven, lender, borrower]: [u32; 4],
    (start, days): (i64, i64),
    share: i64,
    purposes: [&'static str; 2],
) -> Vec<u64> {
    let funder = stage.company();
    let cents = stage.dice.between(90_000, 240_000) * 100;
    stage.pay(start - 2 * DAY, funder, payer, cents, "sale of a plot, second part");
    let out = stage.pay(start, payer, haven, cents, purposes[0]);
    let back = stage.dice.between(share - 10, share + 10);
    vec![out, stage.pay(start + days * DAY, lender, borrower, cents / 1_000 * back, purposes[1])]
}

/// T19: money that leaves for an offshore account and within 180 days is back as a loan of about the same value, from that
/// account (plain, and hard, where a third is missing) or from a company its holder runs to another of the owner's (medium).
pub(super) fn loan_back(stage: &mut Stage<'_>, level: Level) {
    let (low, high, share) = level.of((45, 70, 975), (140, 155, 850), (45, 70, 680));
    let days = stage.dice.between(low, high);
    let start = stage.start(5, days + 2);
    let haven = stage.newcomer(VG, true);
    let payer = if level == Level::Medium { stage.any(Role::Employer) } else { stage.company() };
    let (lender, borrower) = if level == Level::Medium {
        let (lender, borrower) = (stage.newcomer(CY, true), stage.company());
        let filed = [payer, borrower, haven, lender].map(|account| establish(stage, account));
        stage.plan.entities.owner(&format!("owner-{borrower}"), &filed[..2]);
        stage.plan.entities.directorship(&filed[2], &filed[3]);
        (lender, borrower)
    } else {
        (haven, payer)
    };
    let purposes = ["market study, as agreed", "shareholder loan, agreement 7"];
    let evidence = there_and_back(stage, [payer, haven, lender, borrower], (start, days), share, purposes);
    stage.case("T19", "loan_back", Some(level), payer, &evidence);
}

/// A group's treasury lends its company what the company had placed there: flagged by right, since papers alone tell. A fund
/// calls capital and gives it back when the purchase fails, and an escrow account releases what was paid into it: no loans.
pub(super) fn group_loan(stage: &mut Stage<'_>) {
    for (id, days, share, purposes) in [
        ("T19-group", 90, 960, ["placement with group treasury", "intragroup loan, facility B"]),
        ("T19-call", 70, 990, ["capital call no. 3", "return of capital, purchase not closed"]),
        ("T19-escrow", 40, 990, ["escrow, purchase of shares", "escrow release"]),
    ] {
        let (company, abroad) = (stage.company(), stage.newcomer(VG, true));
        for account in [company, abroad] {
            establish(stage, account);
        }
        let start = stage.start(5, days + 2);
        let evidence = there_and_back(stage, [company, abroad, abroad, company], (start, days), share, purposes);
        stage.case(id, "loan_back", None, company, &evidence);
    }
}
