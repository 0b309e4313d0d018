//! T17: money to or from a country under a call for action.
//!
//! The rule looks at the country of the account, never at a nationality, from 1,000 euro on. It cannot know why, so its
//! decoys are flagged by right, and say so in their purpose.

use super::{Stage, all};
use crate::bank::{ALPHA, BETA, GAMMA, IRAN, MYANMAR, NORTH_KOREA};
use crate::calendar::{DAY, at, day, plus};

pub(super) fn plant(stage: &mut Stage<'_>) {
    let easy = stage.company(&GAMMA, "Halcyon Marine Spares Ltd");
    let (tehran, yangon) =
        (stage.company(&IRAN, "Alborz Darya Co."), stage.company(&MYANMAR, "Irrawaddy Timber Agency"));
    let start = at(day(2024, 3, 11), 11, 15);
    let rows = [(0, tehran, 1_480_000), (9, tehran, 1_725_000), (17, tehran, 990_000), (30, yangon, 640_000)];
    let rows = rows.map(|(days, to, cents)| stage.book.euro(start + days * DAY, easy, to, cents, "Spare parts, pump"));
    stage.plant("T17-easy-1", true, easy, "", all(rows.to_vec()));

    // Exactly the least amount, and inbound.
    let hard = stage.company(&ALPHA, "Sadama Agentuur OÜ");
    let pyongyang = stage.company(&NORTH_KOREA, "Taedong Trading Corp.");
    let time = at(day(2024, 5, 21), 10, 40);
    let rows = vec![stage.book.euro(time, pyongyang, hard, 100_000, "agency fee MV \"Morning Calm\"")];
    stage.plant("T17-hard-1", true, hard, "", all(rows));

    // Split so that no payment reaches the least amount.
    let missed = stage.company(&GAMMA, "Cedar Point Forwarding Ltd");
    let bandar = stage.company(&IRAN, "Bandar Cargo Services");
    let start = at(day(2024, 8, 20), 12, 30);
    let rows = [94_000, 97_500, 96_000, 98_800];
    let rows = rows.iter().enumerate();
    let rows =
        rows.map(|(index, cents)| stage.book.euro(start + index as i64 * 3 * DAY, missed, bandar, *cents, "freight"));
    let rows = rows.collect();
    stage.plant("T17-hard-2", false, missed, "", all(rows));

    // A nurse supports her parents.
    let nurse = stage.person(&BETA, "Thandar Win");
    stage.ordinary_life(nurse, 1, day(2023, 7, 1), day(2024, 12, 20));
    let parents = stage.person(&MYANMAR, "U Win Maung");
    let mut rows = Vec::new();
    for month in 0..6 {
        let time = stage.moment(plus(day(2024, 6, 27), month * 30), 19);
        rows.push(stage.book.euro(time, nurse, parents, 105_000, "family support, medicine"));
    }
    stage.plant("T17-decoy-1", false, nurse, "", all(rows));

    // Licensed aid.
    let charity = stage.company(&BETA, "Winter Bread Relief");
    let clinic = stage.company(&NORTH_KOREA, "Hamhung Children Clinic");
    let time = at(day(2024, 10, 3), 14, 5);
    let text = "Humanitarian aid, licence INV/2024/0031";
    let rows = vec![stage.book.euro(time, charity, clinic, 2_400_000, text)];
    stage.plant("T17-decoy-2", false, charity, "", all(rows));
}
