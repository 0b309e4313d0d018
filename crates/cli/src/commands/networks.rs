//! `headwater networks`: the networks around known groups and around nobody known, and who is in one.

use crate::args::NetworksArgs;
use crate::errors::{Exit, Failure};
use crate::output::Output;
use crate::setup::Setup;

pub(super) async fn run(args: NetworksArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let session = setup.session(&lake);
    let mut output = Output::new(setup.output())?;
    let rows = match &args.network {
        None => super::sql::answer(&session, NETWORKS, &mut output).await?,
        Some(network) => {
            let quoted = network.replace('\'', "''");
            super::sql::answer(&session, &PARTIES.replace("$network", &format!("'{quoted}'")), &mut output).await?
        }
    };
    output.close()?;
    match args.network {
        Some(network) if rows == 0 => {
            let message = format!("there is no network {network}");
            Err(Failure::new(Exit::Empty, "empty", message).with_help("headwater networks lists them"))
        }
        _ => Ok(()),
    }
}

const NETWORKS: &str = "SELECT network, kind, caption, members, accounts, findings, roles, confidence \
    FROM intel.networks ORDER BY findings DESC, network";

const PARTIES: &str = "SELECT party, name, role, basis, confidence, explanation, array_to_string(evidence, ' ') AS evidence \
    FROM intel.network_parties WHERE network = $network ORDER BY confidence DESC, party, role";
