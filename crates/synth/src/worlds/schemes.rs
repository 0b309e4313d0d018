//! The planted cases, one function a typology, in the order of the catalogue.
//!
//! Thresholds of the catalogue are repeated here in words and never imported: the truth must not move when a rule does.

use super::frame::Role;
use super::life;
use super::stage::{Level, Stage};

mod corporate;
mod exposure;
mod layering;
mod obfuscation;
mod parallel;
mod passthrough;
mod placement;
mod predicate;

/// Plants one case.
type Plant = fn(&mut Stage<'_>, Level);
/// Plants one decoy of each kind.
type Decoy = fn(&mut Stage<'_>);

/// Typology, the days a case needs, what plants it, what plants its decoys.
const SCHEMES: [(&str, i64, Plant, Decoy); 23] = [
    ("structuring", 60, placement::structuring, placement::takings),
    ("smurfing_fan_in", 60, placement::smurfing, placement::collections),
    ("fan_out_distribution", 30, passthrough::fan_out, passthrough::refunds),
    ("scatter_gather", 40, layering::scatter_gather, layering::shared_bill),
    ("rapid_pass_through", 50, passthrough::rapid, passthrough::agents),
    ("cycle_round_trip", 55, layering::cycle, layering::repaid),
    ("layering_chain", 40, layering::chain, layering::supply),
    ("dormant_reactivation", 260, passthrough::dormant, passthrough::inheritance),
    ("funnel_account", 50, placement::funnel, placement::student),
    ("mule_account", 60, passthrough::mule, passthrough::newcomer),
    ("shell_pass_through", 120, corporate::shell, corporate::startup),
    ("undisclosed_common_control", 40, corporate::common_control, corporate::office_network),
    ("cash_business_anomaly", 120, placement::cash_business, placement::season),
    ("high_risk_corridor", 40, exposure::corridor, exposure::remittance),
    ("loan_back", 165, corporate::loan_back, corporate::group_loan),
    ("underground_banking", 100, parallel::underground, parallel::currency_desk),
    ("mirror_transfer_broker", 100, parallel::broker, parallel::remitter),
    ("investment_scam_outflow", 60, predicate::scam, predicate::renovation),
    ("ponzi_flow", 110, predicate::ponzi, predicate::savings_circle),
    ("sanctions_exposure", 40, exposure::sanctions, exposure::before_listing),
    ("tf_micro_donation", 45, exposure::donations, exposure::charity),
    ("vasp_hop_without_trade", 30, obfuscation::vasp_hop, obfuscation::abandoned),
    ("p2p_exchanger_or_kiosk", 50, placement::exchanger, placement::friends),
];

/// Plants so many cases of each typology and difficulty, and so many decoys of each kind.
pub(super) fn plant_all(stage: &mut Stage<'_>, cases: u32) {
    if cases == 0 {
        return;
    }
    for (typology, days, plant, decoy) in SCHEMES {
        if !stage.fits(typology, days) {
            continue;
        }
        // A trade in which every tenth shop launders has other norms.
        let cases = match typology {
            "cash_business_anomaly" => cases.min(stage.frame.count(Role::Shop) / 50),
            _ => cases,
        };
        if cases == 0 {
            stage.plan.left_out.push(format!("{typology} needs 2,500 accounts"));
        }
        for _ in 0..cases {
            for level in Level::ALL {
                plant(stage, level);
            }
            decoy(stage);
        }
    }
    for (id, typology, subject, references) in life::decoys(stage.frame) {
        stage.case(id, typology, None, subject, &references);
    }
}
