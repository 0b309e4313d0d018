//! Who stands behind the schemes, as the watchlist knows them.
//!
//! Half of the members are listed with an account and half by name alone, spelt as another office would: in Cyrillic,
//! family name first, without diacritics. Around them are people and companies who share a name or an address and
//! nothing else.

use super::Stage;
use crate::bank::{ALPHA, AccountId, GAMMA};
use crate::calendar::{day, first_day};
use crate::truth::Network;

/// Network, entity, name, topics, notes.
const ORGANIZATIONS: [(&str, &str, &str, &[&str], &str); 4] = [
    ("N01", "o-kestrel", "Kestrel group", &["crime", "crime.traffick.drug"], "Cocaine, cash couriers, virtual assets."),
    ("N02", "o-lantern", "Lantern Office", &["crime.fin"], "Launders for others through shells."),
    ("N03", "o-grey-harbour", "Grey Harbour crew", &["crime", "crime.traffick.drug"], "Port infiltration, cash."),
    ("N04", "o-night-market", "Night Market ring", &["crime"], "Recruits account holders for online fraud."),
];

/// A member: scheme, entity, names, born, country, whether the account is on file.
type Member = (&'static str, &'static str, &'static [&'static str], &'static str, &'static str, bool);

const MEMBERS: [Member; 12] = [
    ("T01-easy-1", "p-petrov", &["Владимир Петров", "Петров Владимир Сергеевич"], "1976-02-19", "ru", false),
    ("T01-hard-2", "p-holm", &["Rasmus Holm"], "1988-07-04", "dk", true),
    ("T02-easy-1", "p-osipov", &["Kirill Osipov"], "1985-12-01", "ee", false),
    ("T03-easy-1", "p-yildiz", &["Yıldız, Mehmet"], "1982-04-23", "tr", false),
    ("T01-hard-1", "p-vrettos", &["Konstantinos Vrettos", "Kostas Vrettos"], "1991-09-12", "gr", true),
    ("T02-hard-1", "p-marchetti", &["Silvia Marchetti"], "1996-01-28", "it", true),
    ("T02-hard-2", "p-wrona", &["WRONA Tomasz"], "1999-06-15", "pl", false),
    ("T03-hard-1", "p-petkus", &["Jonas Petkus"], "1993-10-09", "lt", true),
    ("T03-hard-2", "p-liepa", &["Edgars Liepa"], "1997-03-03", "lv", true),
    ("T08-easy-1", "p-vaher", &["Hanna Liisa Vaher"], "2001-05-21", "ee", false),
    ("T08-hard-1", "p-theodorou", &["Nikos Theodorou"], "1989-08-30", "cy", true),
    ("T08-hard-2", "p-zarins", &["ZARINS, Arturs"], "2000-11-11", "lv", false),
];

/// The address of a formation agent, shared by twelve companies.
const QUILL_LANE: &str = "Suite 9, 40 Quill Lane, London EC2A 9ZZ";

/// A shell: scheme, entity, country, incorporated, address, whether the account is on file.
type Shell = (&'static str, &'static str, &'static str, &'static str, &'static str, bool);

const SHELLS: [Shell; 6] = [
    ("T05-easy-1", "c-kuldne", "ee", "2023-10-05", "Narva mnt 5, 10117 Tallinn", false),
    ("T05-hard-1", "c-pyrgos", "cy", "2022-12-12", "Makarios Avenue 88, Limassol", true),
    ("T05-hard-2", "c-akrotiri", "cy", "2023-03-30", "Makarios Avenue 88, Limassol", true),
    ("T11-easy-1", "c-bluewater", "cy", "2023-08-14", "Makarios Avenue 88, Limassol", true),
    ("T11-hard-1", "c-quillmark", "gb", "2020-04-27", QUILL_LANE, true),
    ("T11-hard-2", "c-ormond", "gb", "2023-11-20", QUILL_LANE, true),
];

/// Others at the agent's address, of whom nothing is known.
const NEIGHBOURS: [&str; 10] = [
    "Fennel & Rook Ltd",
    "Sixpence Media Ltd",
    "Tallow Street Coffee Ltd",
    "Northlight Yoga Ltd",
    "Brambling Software Ltd",
    "Castor & Pollux Travel Ltd",
    "Greywether Tutors Ltd",
    "Pomfret Antiques Ltd",
    "Larkspur Events Ltd",
    "Ivory Gull Consulting Ltd",
];

/// Puts the organisations on the list.
pub(super) fn found(stage: &mut Stage<'_>) {
    for (id, entity, name, topics, notes) in ORGANIZATIONS {
        let entity = stage.plan.watchlist.organization(entity, name, topics, notes);
        stage.plan.networks.push(Network { id, entity, identifiers: Vec::new() });
    }
}

/// Puts the subjects of planted schemes on the list, with what an office would know of them.
pub(super) fn enlist(stage: &mut Stage<'_>) {
    for (scheme, entity, names, born, country, on_file) in MEMBERS {
        let Some((account, organization)) = subject(stage, scheme) else { continue };
        let list = &mut stage.plan.watchlist;
        list.person(entity, names, born, country, &["crime"]);
        if on_file {
            list.membership(entity, &organization, "member")
        } else {
            list.unknown_link(entity, &organization, "associate")
        }
        if on_file {
            file_account(stage, entity, account);
        }
    }
    let list = &mut stage.plan.watchlist;
    list.person("p-varga", &["Lucian Varga", "Варга Лучиан"], "1968-01-07", "md", &["crime.fin"]);
    list.membership("p-varga", "o-lantern", "organiser");
    list.person("p-penhale", &["Doreen Penhale"], "1951-09-09", "gb", &[]);
    for (scheme, entity, country, since, address, on_file) in SHELLS {
        let Some((account, _)) = subject(stage, scheme) else { continue };
        let name = stage.book.account(account).name.clone();
        let list = &mut stage.plan.watchlist;
        list.company(entity, &name, country, since, address, &["corp.shell"]);
        list.ownership("p-varga", entity, "100");
        list.directorship("p-penhale", entity);
        if on_file {
            file_account(stage, entity, account);
        }
    }
    for (index, name) in NEIGHBOURS.into_iter().enumerate() {
        let since = format!("20{:02}-0{}-15", 12 + index, index % 9 + 1);
        stage.plan.watchlist.company(&format!("c-quill-{}", index + 1), name, "gb", &since, QUILL_LANE, &[]);
    }
    service(stage);
    startup(stage);
}

/// The account of a scheme and the entity of its network; the account is noted in the network.
fn subject(stage: &mut Stage<'_>, scheme: &str) -> Option<(AccountId, String)> {
    let planted = stage.plan.planted.iter().find(|planted| planted.id == scheme)?;
    let network = stage.plan.networks.iter_mut().find(|network| network.id == planted.network)?;
    network.identifiers.push(stage.book.account(planted.subject).identifier.clone());
    Some((planted.subject, network.entity.clone()))
}

fn file_account(stage: &mut Stage<'_>, entity: &str, account: AccountId) {
    let account = stage.book.account(account);
    stage.plan.watchlist.bank_account(entity, &account.identifier, account.bank.bic);
}

/// The exchange is a business, not a suspect; but an analyst must know whose wallet that is.
fn service(stage: &mut Stage<'_>) {
    let list = &mut stage.plan.watchlist;
    list.company("c-amber", "Amber Coin Exchange OÜ", "ee", "2018-06-01", "Rävala pst 4, 10143 Tallinn", &["fin"]);
    list.wallet("c-amber", &stage.chain.address("exchange"));
    file_account(stage, "c-amber", stage.cast.exchange);
}

/// The start-up that looks like a shell is in the company register like any other.
fn startup(stage: &mut Stage<'_>) {
    let decoy = stage.plan.planted.iter().find(|planted| planted.id == "T11-decoy-1").map(|planted| planted.subject);
    let list = &mut stage.plan.watchlist;
    list.company("c-toravere", "Tõravere Sensorid OÜ", "ee", "2023-09-01", "Observatooriumi 1, Tõravere", &[]);
    if let Some(account) = decoy {
        file_account(stage, "c-toravere", account);
    }
}

/// People who are nearly called like somebody on the list, and live ordinary lives.
pub(super) fn namesakes(stage: &mut Stage<'_>) {
    for name in ["Vladimir Petrovsky", "Viktor Petrov", "Kirill Ossipenko"] {
        let account = stage.person(&ALPHA, name);
        stage.ordinary_life(account, 0, first_day(), day(2024, 12, 20));
    }
    for name in ["Mehmet Yıldırım", "Nicos Theodosiou"] {
        let account = stage.person(&GAMMA, name);
        stage.ordinary_life(account, 2, first_day(), day(2024, 12, 20));
    }
}
